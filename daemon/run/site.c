/* The apps of one thread, by one configuration. */
#include "daemon/run/site.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* --- one app --- */

static void site_app_unref(struct site_app *app)
{
    if (!app || --app->references > 0)
        return;
    dm_app_free(app->app);
    for (size_t i = 0; i < DM_COUNT(app->documents); i++)
        kept_document_done(&app->documents[i]);
    mem_free(app);
}
DM_AUTO_DEFINE(site_app, site_app_unref)

static enum dm_code run_app(struct app_config *config,
                            const struct environment *environment, struct dm_loop *loop,
                            struct site_app **ret_app, struct dm_error *err)
{
    DM_AUTO(site_app) *app = mem_new(sizeof *app);
    if (!app)
        return error_nomem(err);
    app->references = 1;
    app->config = config;
    if (app_new(config, loop, environment, &app->app, err))
        return config_blame_app(config, err);
    *ret_app = DM_TAKE(app);
    return DM_OK;
}

/* The one that runs by that very configuration. */
static struct site_app *find_same(const struct site *before,
                                  const struct app_config *config)
{
    for (size_t i = 0; before && i < before->app_count; i++)
        if (before->apps[i]->config == config)
            return before->apps[i];
    return NULL;
}

/* --- the site --- */

enum dm_code site_new(struct config *config, struct site **ret_site, struct dm_error *err)
{
    struct site *site = mem_new(sizeof *site);
    if (!site)
        return error_nomem(err);
    site->config = config_ref(config);
    site->request_timeout_ms = config->request_timeout_ms;
    *ret_site = site;
    return DM_OK;
}

static enum dm_code add_app(struct site *site, struct app_config *config,
                            const struct environment *environment, struct dm_loop *loop,
                            const struct site *before, struct dm_error *err)
{
    struct site_app **place = &site->apps[site->app_count];
    struct site_app *same = find_same(before, config);
    if (same) {
        same->references++;
        *place = same;
    } else {
        DM_TRY(run_app(config, environment, loop, place, err));
    }
    site->app_count++;
    return DM_OK;
}

enum dm_code site_new_with_apps(struct config *config,
                                const struct environment *environment,
                                struct dm_loop *loop, const struct site *before,
                                struct site **ret_site, struct dm_error *err)
{
    DM_AUTO(site) *site = NULL;
    DM_TRY(site_new(config, &site, err));
    site->apps = mem_new(config->app_count * sizeof(struct site_app *));
    if (!site->apps)
        return error_nomem(err);
    for (size_t i = 0; i < config->app_count; i++)
        DM_TRY(add_app(site, config->apps[i], environment, loop, before, err));
    if (config->default_app < config->app_count)
        site->default_app = site->apps[config->default_app]->app;
    *ret_site = DM_TAKE(site);
    return DM_OK;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    for (size_t i = 0; i < site->app_count; i++)
        site_app_unref(site->apps[i]);
    mem_free(site->apps);
    config_unref(site->config);
    mem_free(site);
}

struct dm_app *site_find_app(const struct site *site, struct dm_str name)
{
    for (size_t i = 0; i < site->app_count; i++)
        if (str_equal(name, dm_str(dm_app_name(site->apps[i]->app))))
            return site->apps[i]->app;
    return NULL;
}

struct kept_document *site_document(const struct site *site, const struct dm_app *app,
                                    bool is_named)
{
    size_t i = 0;
    while (site->apps[i]->app != app)
        i++;
    return &site->apps[i]->documents[is_named];
}
