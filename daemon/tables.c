/* Making the apps' missing tables, on a loop of its own. */
#include "daemon/tables.h"

#include "daemon/log.h"
#include "model/app.h"

enum { TIMEOUT_MS = 30000 };

static enum dm_code create(struct app_config *config,
                           const struct environment *environment, struct dm_error *err)
{
    DM_AUTO(dm_loop) *loop = NULL;
    DM_AUTO(dm_app) *app = NULL;
    DM_TRY(dm_loop_new(&loop, err));
    DM_TRY(app_new(config, loop, environment, &app, err));
    return app_create_tables(app, TIMEOUT_MS, err);
}

void tables_create(const struct config *config, const struct environment *environment)
{
    for (size_t i = 0; i < config->app_count; i++) {
        struct dm_error err;
        if (!app_config_creates_tables(config->apps[i]) ||
            !create(config->apps[i], environment, &err))
            continue;
        const struct log_field fields[] = {
            {"app", dm_str(app_config_name(config->apps[i]))},
            {"detail", dm_str(err.message)},
        };
        log_fields(LOG_ERROR, "tables are not made", fields, DM_COUNT(fields));
    }
}
