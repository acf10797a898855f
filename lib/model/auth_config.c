/* Reading an `auth` group. */
#include "model/auth_config.h"

#include "base/error.h"
#include "model/auth_names.h"
#include "model/auth_reading.h"
#include "model/fingerprint.h"
#include "model/model_config.h"

enum { NAME_LEN_MAX = 64, TOKENS_BYTES_MAX = 1024 * 1024 };

/* --- what all have --- */

static bool name_is_good(struct dm_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || memchr("._@-", c, 4);
        if (!good)
            return false;
    }
    return name.len > 0 && name.len <= NAME_LEN_MAX;
}

static enum dm_code take_name(struct auth_reading *reading,
                              const struct settings_node *group, struct dm_str name,
                              struct dm_error *err)
{
    const struct auth_config *config = reading->config;
    const struct settings_node *node = settings_place(group, "name");
    if (!name_is_good(name))
        return settings_expected(reading->file, node, err,
                                 "a name: 1 to %d of a-z, A-Z, 0-9, ., _, @ and -",
                                 NAME_LEN_MAX);
    for (size_t i = 0; i + 1 < config->principal_count; i++)
        if (str_equal(config->principals[i].name, name))
            return settings_expected(reading->file, node, err,
                                     "a name that no other has; \"%s\" is there already",
                                     name.ptr);
    return DM_OK;
}

static enum dm_code take_allow(struct auth_reading *reading,
                               const struct settings_node *group,
                               const struct auth_member *member, struct scope *scope,
                               struct dm_error *err)
{
    bool good = member->allow.count > 0;
    for (size_t i = 0; good && i < member->allow.count; i++) {
        bool reads = str_equal(member->allow.at[i], STR("read"));
        good = reads || str_equal(member->allow.at[i], STR("write"));
        scope->read = scope->read || reads;
        scope->write = scope->write || !reads;
    }
    return good ? DM_OK
                : settings_expected(reading->file, settings_place(group, "allow"), err,
                                    "\"read\", \"write\" or both");
}

static bool is_model(const struct auth_place *place, struct dm_str name)
{
    for (size_t i = 0; i < place->model_count; i++)
        if (str_equal(place->models[i].name, name))
            return true;
    return false;
}

static enum dm_code take_models(struct auth_reading *reading,
                                const struct settings_node *group,
                                const struct auth_member *member, struct scope *scope,
                                struct dm_error *err)
{
    const struct settings_node *node = settings_place(group, "models");
    if (node == group)
        return DM_OK;
    if (!member->models.count)
        return settings_expected(reading->file, node, err, "at least one model");
    for (size_t i = 0; i < member->models.count; i++)
        if (!is_model(reading->place, member->models.at[i]))
            return settings_expected(reading->file, node, err,
                                     "models of this app; \"%s\" is none",
                                     member->models.at[i].ptr);
    scope->of_some = true;
    scope->models = member->models.at;
    scope->model_count = member->models.count;
    return DM_OK;
}

/* --- one of each list --- */

static enum dm_code read_token(struct auth_reading *reading,
                               const struct settings_node *group,
                               const struct auth_member *member,
                               const struct principal *principal, struct dm_error *err)
{
    if (!member->sha256.at && !member->file.len && !member->credential.len)
        return settings_expected(reading->file, group, err,
                                 "sha256, file or credential in each group");
    if (member->sha256.at)
        DM_TRY(auth_read_digests(reading, group, &member->sha256, principal, err));
    if (member->file.len)
        DM_TRY(auth_read_file(reading, group, member->file, principal, err));
    if (member->credential.len)
        DM_TRY(auth_read_credential(reading, group, member->credential, principal, err));
    return DM_OK;
}

static bool san_is_good(struct dm_str san)
{
    static const struct dm_str kinds[] = {{"DNS:", 4}, {"URI:", 4}, {"EMAIL:", 6}};
    for (size_t i = 0; i < DM_COUNT(kinds); i++)
        if (str_starts(san, kinds[i]))
            return san.len > kinds[i].len;
    return false;
}

static enum dm_code read_certificate(struct auth_reading *reading,
                                     const struct settings_node *group,
                                     const struct auth_member *member,
                                     const struct principal *principal,
                                     struct dm_error *err)
{
    struct auth_config *config = reading->config;
    if (!member->subject.len == !member->san.len)
        return settings_expected(reading->file, group, err,
                                 "subject or san in each group, and not both");
    if (member->subject.len && !memchr(member->subject.ptr, '=', member->subject.len))
        return settings_expected(reading->file, settings_place(group, "subject"), err,
                                 "a subject: \"CN=web,O=Acme\"");
    if (member->san.len && !san_is_good(member->san))
        return settings_expected(reading->file, settings_place(group, "san"), err,
                                 "\"DNS:…\", \"URI:…\" or \"EMAIL:…\"");
    config->certificates[config->certificate_count++] =
        (struct auth_certificate){member->subject, member->san, principal};
    return DM_OK;
}

typedef enum dm_code (*find_fn)(struct dm_str name, bool *ret_found, uint32_t *ret_id,
                                struct dm_error *err);

static enum dm_code find_id(struct auth_reading *reading,
                            const struct settings_node *group, const char *setting,
                            struct dm_str name, find_fn find, uint32_t *ret_id,
                            struct dm_error *err)
{
    bool found = false;
    DM_TRY(find(name, &found, ret_id, err));
    return found ? DM_OK
                 : settings_expected(reading->file, settings_place(group, setting), err,
                                     "a %s of this system; \"%s\" is none", setting,
                                     name.ptr);
}

static enum dm_code read_peer(struct auth_reading *reading,
                              const struct settings_node *group,
                              const struct auth_member *member,
                              const struct principal *principal, struct dm_error *err)
{
    struct auth_config *config = reading->config;
    struct auth_peer peer = {.principal = principal};
    bool has_uid = member->uid != AUTH_NO_ID, has_gid = member->gid != AUTH_NO_ID;
    peer.is_group = has_gid || member->group.len;
    peer.id = has_uid ? member->uid : member->gid;
    if (has_uid + has_gid + (member->user.len > 0) + (member->group.len > 0) != 1)
        return settings_expected(reading->file, group, err,
                                 "uid, user, gid or group in each group, one of them");
    if (member->user.len)
        DM_TRY(
            find_id(reading, group, "user", member->user, auth_find_user, &peer.id, err));
    if (member->group.len)
        DM_TRY(find_id(reading, group, "group", member->group, auth_find_group, &peer.id,
                       err));
    config->peers[config->peer_count++] = peer;
    return DM_OK;
}

/* --- the lists --- */

static enum dm_code read_kind(struct auth_reading *reading, enum auth_kind kind,
                              const struct settings_node *group,
                              const struct auth_member *member,
                              const struct principal *principal, struct dm_error *err)
{
    switch (kind) {
    case AUTH_TOKENS:
        return read_token(reading, group, member, principal, err);
    case AUTH_CERTIFICATES:
        return read_certificate(reading, group, member, principal, err);
    case AUTH_PEERS:
        return read_peer(reading, group, member, principal, err);
    case AUTH_KINDS:
        break;
    }
    return DM_OK;
}

/* The limits are the principal's from the start, so that they are freed whatever comes.
 */
static enum dm_code read_one(struct auth_reading *reading, enum auth_kind kind,
                             const struct setting_table *table,
                             struct settings_node *group, struct dm_error *err)
{
    static struct dm_str both[] = {{"read", 4}, {"write", 5}};
    struct auth_member member = {
        .allow = {both, 2}, .uid = AUTH_NO_ID, .gid = AUTH_NO_ID};
    struct principal *principal =
        &reading->config->principals[reading->config->principal_count++];
    if (!settings_is_group(group))
        return settings_expected(reading->file, group, err, "groups, ( { name = …; } )");
    enum dm_code code =
        settings_read(reading->file, group, table->rows, table->count, &member, err);
    principal->limits = member.limits;
    DM_TRY(code);
    principal->name = member.name;
    DM_TRY(take_name(reading, group, member.name, err));
    DM_TRY(take_allow(reading, group, &member, &principal->scope, err));
    DM_TRY(take_models(reading, group, &member, &principal->scope, err));
    return read_kind(reading, kind, group, &member, principal, err);
}

static enum dm_code read_list(struct auth_reading *reading, enum auth_kind kind,
                              const struct setting_table *table,
                              const struct settings_node *list, struct dm_error *err)
{
    for (size_t i = 0; i < settings_count(list); i++)
        DM_TRY(read_one(reading, kind, table, settings_at(list, i), err));
    return DM_OK;
}

static enum dm_code count_all(struct auth_reading *reading,
                              const struct settings_node *group,
                              const struct auth_lists *lists, size_t *ret_count,
                              struct dm_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < AUTH_KINDS; i++) {
        const struct settings_node *node = lists->at[i];
        if (node && (!settings_is_list(node) || !settings_count(node)))
            return settings_expected(reading->file, node, err,
                                     "a list of groups, ( { name = …; } )");
        count += node ? settings_count(node) : 0;
    }
    if (!count)
        return settings_expected(reading->file, group, err,
                                 "tokens, certificates or peers: else nobody may");
    *ret_count = count;
    return DM_OK;
}

static enum dm_code read_lists(struct auth_reading *reading,
                               const struct settings_node *group,
                               const struct setting_table *table,
                               const struct auth_lists *lists, struct dm_error *err)
{
    struct auth_config *config = reading->config;
    struct arena *arena = settings_arena(reading->file);
    size_t count = 0;
    DM_TRY(count_all(reading, group, lists, &count, err));
    config->principals = arena_new(arena, count * sizeof *config->principals);
    config->certificates = arena_new(arena, count * sizeof *config->certificates);
    config->peers = arena_new(arena, count * sizeof *config->peers);
    if (!config->principals || !config->certificates || !config->peers)
        return error_nomem(err);
    for (size_t i = 0; i < AUTH_KINDS; i++)
        if (lists->at[i])
            DM_TRY(read_list(reading, (enum auth_kind)i, table->rows[i].group,
                             lists->at[i], err));
    return auth_keep_tokens(reading, err);
}

enum dm_code auth_config_read(struct settings *file, struct settings_node *group,
                              const struct auth_place *place, struct auth_config *config,
                              struct dm_error *err)
{
    const struct setting_table *table =
        place->is_admin ? &auth_admin_settings : &auth_settings;
    struct auth_lists lists = {{NULL}};
    struct auth_reading reading = {.file = file, .place = place, .config = config};
    DM_TRY(settings_read(file, group, table->rows, table->count, &lists, err));
    buf_init(&reading.tokens, TOKENS_BYTES_MAX);
    enum dm_code code = read_lists(&reading, group, table, &lists, err);
    buf_done(&reading.tokens);
    return code;
}

/* --- life --- */

void auth_config_done(struct auth_config *config)
{
    for (size_t i = 0; i < config->principal_count; i++)
        limits_done(&config->principals[i].limits);
}

enum dm_code auth_config_fingerprint(const struct auth_config *config,
                                     struct fingerprint_maker *maker,
                                     struct dm_error *err)
{
    for (size_t i = 0; i < config->token_count; i++) {
        const struct auth_token *token = &config->tokens[i];
        size_t whose = (size_t)(token->principal - config->principals);
        DM_TRY(fingerprint_add(maker, &whose, sizeof whose, err));
        DM_TRY(fingerprint_add(maker, &token->digest, sizeof token->digest, err));
    }
    for (size_t i = 0; i < config->peer_count; i++)
        DM_TRY(fingerprint_add(maker, &config->peers[i].id, sizeof config->peers[i].id,
                               err));
    return DM_OK;
}

void auth_config_inherit(struct auth_config *config, const struct auth_config *before)
{
    for (size_t i = 0; i < config->principal_count; i++)
        for (size_t j = 0; j < before->principal_count; j++)
            if (str_equal(config->principals[i].name, before->principals[j].name))
                limits_inherit(&config->principals[i].limits,
                               &before->principals[j].limits);
}
