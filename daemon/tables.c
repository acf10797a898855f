/* Making the apps' missing tables, on a loop of its own. */
#include "daemon/tables.h"

#include "daemon/log.h"
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
    DM_TRY(app_new(config, loop, environment, &app, err));
    if (app_create_tables(app, TIMEOUT_MS, &why))
        complain(config, &why);
    return DM_OK;
}

enum dm_code tables_create(const struct config *config,
                           const struct environment *environment, struct dm_error *err)
{
    for (size_t i = 0; i < config->app_count; i++)
        if (app_config_creates_tables(config->apps[i]))
            DM_TRY(create(config->apps[i], environment, err));
    return DM_OK;
}
