/* Making the apps' missing tables, on a loop of its own. */
#include "daemon/run/tables.h"

#include "daemon/log/log.h"
#include "model/app.h"

enum { TIMEOUT_MS = 30000 };

static void complain(const struct app_config *config, const struct dm_error *err)
{
    const struct log_field fields[] = {
        {"app", dm_str(app_config_name(config))},
        {"detail", dm_str(err->message)},
    };
    log_fields(LOG_ERROR, "tables are not made", fields, DM_COUNT(fields));
}

static enum dm_code create(struct app_config *config,
                           const struct environment *environment, struct dm_error *err)
{
    DM_AUTO(dm_loop) *loop = NULL;
    DM_AUTO(dm_app) *app = NULL;
    struct dm_error why;
    DM_TRY(dm_loop_new(&loop, err));
    if (app_new(config, loop, environment, &app, err))
        return config_blame_app(config, err);
    if (app_config_creates_tables(config) && app_create_tables(app, TIMEOUT_MS, &why))
        complain(config, &why);
    return DM_OK;
}

static bool is_served(const struct config *before, const struct app_config *app)
{
    return before && config_find_app(before, app_config_name(app)) == app;
}

enum dm_code tables_create(const struct config *config, const struct config *before,
                           const struct environment *environment,
                           bool (*is_over)(void *ctx), void *ctx, struct dm_error *err)
{
    for (size_t i = 0; i < config->app_count && !is_over(ctx); i++)
        if (!is_served(before, config->apps[i]))
            DM_TRY(create(config->apps[i], environment, err));
    return DM_OK;
}
