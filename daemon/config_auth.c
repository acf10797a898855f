/* Reading the admin's `auth`. */
#include "daemon/config_auth.h"

#include "base/str.h"

static struct settings_node *find(const struct settings_node *group, const char *name)
{
    size_t count = group && settings_is_group(group) ? settings_count(group) : 0;
    for (size_t i = 0; i < count; i++)
        if (str_equal(settings_name(settings_at(group, i)), dm_str(name)))
            return settings_at(group, i);
    return NULL;
}

enum dm_code config_load_auth(const char *path, const struct environment *environment,
                              struct config *config, struct dm_error *err)
{
    const struct auth_place place = {.environment = environment, .is_admin = true};
    DM_AUTO(settings) *file = NULL;
    if (!config->has_admin)
        return DM_OK;
    DM_TRY(settings_open(path, &config->arena, &file, err));
    struct settings_node *group = find(find(settings_root(file), "admin"), "auth");
    return group ? auth_config_read(file, group, &place, &config->admin_auth, err)
                 : DM_OK;
}

static void warn(const struct auth_config *auth)
{
    if (auth->warning.len)
        log_text(LOG_WARNING, "%s", auth->warning.ptr);
}

void config_warn_of_auth(const struct config *config)
{
    for (size_t i = 0; i < config->app_count; i++)
        warn(&config->apps[i]->auth);
    warn(&config->admin_auth);
}
