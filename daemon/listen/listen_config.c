/* Reading listeners: addresses, and groups that say more. */
#include "daemon/listen/listen_config.h"

#include "base/error.h"
#include "base/str.h"
#include "model/auth_config.h"

static enum dm_code read_address(struct settings *file, struct settings_node *node,
                                 void *target, struct dm_error *err)
{
    struct listen_config *listen = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (!address_parse(text, &listen->address))
        return settings_expected(file, node, err, "%s", address_syntax());
    return DM_OK;
}

static enum dm_code read_tls(struct settings *file, struct settings_node *node,
                             void *target, struct dm_error *err)
{
    struct listen_config *listen = target;
    DM_TRY(tls_config_read(file, node, &listen->tls, err));
    listen->has_tls = true;
    return DM_OK;
}

/* Values read by a function are written through the whole struct: their offset is 0. */
#define ADDRESS_ROW                                                                      \
    {                                                                                    \
        .name = "address", .doc = "Where, as above.", .type = SETTING_READ,              \
        .read = read_address                                                             \
    }
#define INSECURE_ROW                                                                     \
    {                                                                                    \
        .name = "insecure",                                                              \
        .doc =                                                                           \
            "That whoever reaches it is served without saying who they are is meant.",   \
        .type = SETTING_BOOL, .offset = offsetof(struct listen_config, insecure),        \
        .preset = "false"                                                                \
    }

static const struct setting table[] = {
    ADDRESS_ROW,
    INSECURE_ROW,
    {.name = "tls",
     .doc = "Serves HTTPS there, TLS 1.2 or 1.3. Without this group it is HTTP.",
     .type = SETTING_READ,
     .read = read_tls,
     .group = &tls_config_settings},
};

static const struct setting inherited_table[] = {
    INSECURE_ROW,
    {.name = "tls",
     .doc = "As in a group of listen.",
     .type = SETTING_READ,
     .read = read_tls,
     .group = &tls_config_settings,
     .inherits = true},
};

/* By config_load_auth, which a daemon alone does. */
static enum dm_code leave_auth(struct settings *file, struct settings_node *node,
                               void *target, struct dm_error *err)
{
    (void)target;
    return settings_is_group(node)
               ? DM_OK
               : settings_expected(file, node, err, "a group, { tokens = ( … ); }");
}

static const struct setting admin_table[] = {
    ADDRESS_ROW,
    INSECURE_ROW,
    {.name = "auth",
     .doc = "Who may ask for /metrics and /status; /live and /ready are for everybody. "
            "As the auth of an app, without allow, models and limits.",
     .type = SETTING_READ,
     .read = leave_auth,
     .group = &auth_admin_settings},
    {.name = "tls",
     .doc = "As in a group of listen.",
     .type = SETTING_READ,
     .read = read_tls,
     .group = &tls_config_settings,
     .inherits = true},
};

const struct setting_table listen_config_settings = {table, DM_COUNT(table)};
const struct setting_table listen_config_inherited_settings = {inherited_table,
                                                               DM_COUNT(inherited_table)};
const struct setting_table listen_config_admin_settings = {admin_table,
                                                           DM_COUNT(admin_table)};

static bool has_address(const struct listen_config *listen)
{
    return listen->address.is_unix || *listen->address.port;
}

/* The group, by a table; or an address alone. */
static enum dm_code read_one(struct settings *file, struct settings_node *node,
                             const char *name, const struct setting_table *rows,
                             struct listen_config *ret_listen, struct dm_error *err)
{
    struct listen_config listen = {.has_tls = false};
    DM_TRY(settings_where(file, node, name, &listen.place, err));
    if (settings_is_group(node))
        DM_TRY(settings_read(file, node, rows->rows, rows->count, &listen, err));
    else
        DM_TRY(read_address(file, node, &listen, err));
    if (!has_address(&listen))
        return settings_expected(file, node, err, "an address in the group: %s",
                                 address_syntax());
    *ret_listen = listen;
    return DM_OK;
}

enum dm_code listen_config_read_list(struct settings *file, struct settings_node *node,
                                     struct listen_config **ret_at, size_t *ret_count,
                                     struct dm_error *err)
{
    bool is_list = settings_is_list(node);
    size_t count = is_list ? settings_count(node) : 1;
    if (count == 0 || settings_is_group(node))
        return settings_expected(file, node, err,
                                 "at least one address, and groups in ( )");
    struct listen_config *at = arena_new(settings_arena(file), count * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_one(file, is_list ? settings_at(node, i) : node, "listen",
                        &listen_config_settings, &at[i], err));
    *ret_at = at;
    *ret_count = count;
    return DM_OK;
}

enum dm_code listen_config_read_inherited(struct settings *file,
                                          struct settings_node *node,
                                          struct listen_config *ret_listen,
                                          struct dm_error *err)
{
    struct listen_config listen = {.has_tls = false};
    DM_TRY(settings_where(file, node, "inherited", &listen.place, err));
    DM_TRY(settings_read(file, node, inherited_table, DM_COUNT(inherited_table), &listen,
                         err));
    *ret_listen = listen;
    return DM_OK;
}

enum dm_code listen_config_read_admin(struct settings *file, struct settings_node *node,
                                      bool *ret_is_there,
                                      struct listen_config *ret_listen,
                                      struct dm_error *err)
{
    struct dm_str text = STR("a group's");
    if (!settings_is_group(node))
        DM_TRY(settings_string(file, node, &text, err));
    *ret_is_there = text.len > 0;
    if (!text.len)
        return DM_OK;
    return read_one(file, node, "admin", &listen_config_admin_settings, ret_listen, err);
}
