/* What takes a restart. */
#include "daemon/run/restart.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/config_tls.h"

/* In the order of enum restart. */
static const char *const names[] = {"listen",           "inherited",  "admin",
                                    "threads",          "log_format", "access_log",
                                    "max_header_bytes", "core_dumps"};

static bool same_place(const struct listen_config *a, const struct listen_config *b)
{
    return a->has_tls == b->has_tls && address_equal(&a->address, &b->address);
}

static bool same_listen(const struct config *a, const struct config *b)
{
    bool same = a->listen_count == b->listen_count;
    for (size_t i = 0; same && i < a->listen_count; i++)
        same = same_place(&a->listen[i], &b->listen[i]);
    return same;
}

static bool same_admin(const struct config *a, const struct config *b)
{
    return a->has_admin == b->has_admin &&
           (!a->has_admin || same_place(&a->admin, &b->admin));
}

static bool same_access_log(const struct config *a, const struct config *b)
{
    return str_equal(a->access_log.file, b->access_log.file) &&
           str_equal(a->access_log.format, b->access_log.format);
}

static unsigned find_changes(const struct config *a, const struct config *b)
{
    unsigned set = 0;
    set |= same_listen(a, b) ? 0 : RESTART_LISTEN;
    set |= a->inherited.has_tls == b->inherited.has_tls ? 0 : RESTART_INHERITED;
    set |= same_admin(a, b) ? 0 : RESTART_ADMIN;
    set |= a->threads == b->threads ? 0 : RESTART_THREADS;
    set |= a->log_format == b->log_format ? 0 : RESTART_LOG_FORMAT;
    set |= same_access_log(a, b) ? 0 : RESTART_ACCESS_LOG;
    set |=
        a->limits.header_bytes == b->limits.header_bytes ? 0 : RESTART_MAX_HEADER_BYTES;
    set |= a->core_dumps == b->core_dumps ? 0 : RESTART_CORE_DUMPS;
    return set;
}

static const struct listen_config *find_listen(const struct config *config,
                                               const struct address *address)
{
    for (size_t i = 0; i < config->listen_count; i++)
        if (address_equal(&config->listen[i].address, address))
            return &config->listen[i];
    return NULL;
}

/* Where it is stays; what else is said of it is taken. */
static enum dm_code keep_listen(struct config *config, const struct config *served,
                                struct dm_error *err)
{
    size_t size = served->listen_count * sizeof(struct listen_config);
    struct listen_config *listen = arena_new(&config->arena, size);
    if (!listen)
        return error_nomem(err);
    for (size_t i = 0; i < served->listen_count; i++) {
        const struct listen_config *at = &served->listen[i];
        DM_TRY(config_keep_listen(config, at, find_listen(config, &at->address),
                                  &listen[i], err));
    }
    config->listen = listen;
    config->listen_count = served->listen_count;
    return config_keep_listen(config, &served->inherited, &config->inherited,
                              &config->inherited, err);
}

static enum dm_code keep_admin(struct config *config, const struct config *served,
                               struct dm_error *err)
{
    const struct listen_config *said = config->has_admin ? &config->admin : NULL;
    config->has_admin = served->has_admin;
    config->admin_is_closed =
        !said && (served->admin_is_closed || auth_config_asks(&served->admin_auth));
    return config_keep_listen(config, &served->admin, said, &config->admin, err);
}

/* An empty text has no bytes of its own. */
static enum dm_code copy_text(struct config *config, struct dm_str text,
                              struct dm_str *ret_text, struct dm_error *err)
{
    struct dm_str copy = arena_str(&config->arena, text);
    if (!copy.ptr)
        return error_nomem(err);
    *ret_text = copy;
    return DM_OK;
}

static bool is_kept(const struct config *config, const char *name)
{
    for (size_t i = 0; i < DM_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return config->awaits_restart & 1U << i;
    return false;
}

/* What is kept is shown as it is served. */
static enum dm_code keep_shown(struct config *config, const struct config *served,
                               struct dm_error *err)
{
    struct dm_value shown = {.type = DM_M};
    shown.as.map.at =
        arena_new(&config->arena, config_settings.count * sizeof *shown.as.map.at);
    if (!shown.as.map.at)
        return error_nomem(err);
    for (size_t i = 0; i < config_settings.count; i++) {
        struct dm_str name = dm_str(config_settings.rows[i].name);
        const struct config *from = is_kept(config, name.ptr) ? served : config;
        const struct dm_value *value = value_member(&from->shown, name);
        if (!value)
            continue;
        struct value_member *member = &shown.as.map.at[shown.as.map.count++];
        member->name = name;
        DM_TRY(value_copy(value, &config->arena, &member->value, err));
    }
    config->shown = shown;
    return DM_OK;
}

enum dm_code restart_keep(struct config *config, const struct config *served,
                          struct dm_error *err)
{
    config->awaits_restart = find_changes(config, served);
    DM_TRY(keep_listen(config, served, err));
    DM_TRY(keep_admin(config, served, err));
    config->threads = served->threads;
    config->log_format = served->log_format;
    config->core_dumps = served->core_dumps;
    config->limits.header_bytes = served->limits.header_bytes;
    DM_TRY(copy_text(config, served->access_log.file, &config->access_log.file, err));
    DM_TRY(copy_text(config, served->access_log.format, &config->access_log.format, err));
    return keep_shown(config, served, err);
}

void restart_say(unsigned set, char *text, size_t size)
{
    const char *between = "";
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        if (!(set & 1U << i) || len >= size)
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%s", between, names[i]);
        between = ", ";
    }
    if (len && len < size)
        snprintf(text + len, size - len, ": a change takes a restart");
}
