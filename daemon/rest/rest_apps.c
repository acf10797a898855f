/* The apps: which there are, and the models of each. */
#include <jansson.h>

#include "base/error.h"
#include "daemon/auth/authenticate.h"
#include "daemon/rest/rest.h"

/* Those that the caller may use. */
static json_t *model_names(const struct dm_app *app, const struct scope *scope)
{
    json_t *names = json_array();
    for (size_t i = 0; i < dm_app_model_count(app); i++) {
        const char *name = dm_app_model_name(app, i);
        if (!scope_has_model(scope, dm_str(name)))
            continue;
        if (json_array_append_new(names, json_string(name))) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

static json_t *describe(const struct site *site, const struct dm_app *app,
                        const struct principal *principal)
{
    const char *name = dm_app_name(app);
    json_t *href = json_sprintf("/apps/%s", name);
    return json_pack(
        "{s:s, s:b, s:o, s:o}", "name", name, "default", app == site->default_app,
        "models", model_names(app, principal ? &principal->scope : NULL), "href", href);
}

enum dm_code rest_apps_list(struct exchange *exchange, struct dm_error *err)
{
    const struct site *site = exchange->site;
    json_t *list = json_array();
    for (size_t i = 0; i < site->app_count; i++) {
        const struct dm_app *app = site->apps[i]->app;
        const struct principal *principal;
        if (!authenticate_for(exchange, app, &principal))
            continue;
        if (json_array_append_new(list, describe(site, app, principal))) {
            json_decref(list);
            return error_nomem(err);
        }
    }
    return reply_document(exchange, list, err);
}

enum dm_code rest_apps_get(struct exchange *exchange, struct dm_error *err)
{
    return reply_document(
        exchange, describe(exchange->site, exchange->app, exchange->principal), err);
}
