/* An app's state, for operators. */
#include "model/app_stats.h"

#include "model/app_internal.h"
#include "store/coalesce/coalesce.h"

static void visit_upstream(const struct upstream *upstream, const char *model,
                           upstream_visitor_fn visit, void *ctx)
{
    if (!upstream->client)
        return;
    const struct cred_chain *chain = client_credentials(upstream->client);
    struct upstream_stats stats = {
        .model = model,
        .chain = chain,
        .credentials = cred_chain_status(chain),
        .capacity = client_capacity(upstream->client),
    };
    client_read_figures(upstream->client, &stats.figures);
    if (upstream->inner)
        coalesce_read_figures(upstream->store, &stats.coalesced);
    visit(&stats, ctx);
}

void app_stats(const struct dm_app *app, upstream_visitor_fn visit, void *ctx)
{
    size_t next = 0;
    visit_upstream(&app->upstreams[next++], "", visit, ctx);
    for (size_t i = 0; i < app->model_count; i++) {
        const struct model_config *model = app->models[i].config;
        if (model->has_own_dynamodb)
            visit_upstream(&app->upstreams[next++], model->name.ptr, visit, ctx);
    }
}

void app_cache_stats(const struct dm_app *app, cache_visitor_fn visit, void *ctx)
{
    for (size_t i = 0; i < app->model_count; i++) {
        const struct model_config *model = app->models[i].config;
        struct cache_stats stats = {.model = model->name.ptr};
        if (!model->space)
            continue;
        space_figures(model->space, &stats.figures);
        visit(&stats, ctx);
    }
}

/* Nobody waits for the end of it. */
static void begin_load(struct cred_chain *chain)
{
    struct cred_waiter waiter = {.done = NULL};
    cred_chain_wait(chain, &waiter);
    cred_chain_unwait(&waiter);
}

void app_seek_credentials(struct dm_app *app)
{
    for (size_t i = 0; i < app->upstream_count; i++) {
        const struct client *client = app->upstreams[i].client;
        struct cred_chain *chain = client ? client_credentials(client) : NULL;
        if (chain && !cred_chain_status(chain).usable)
            begin_load(chain);
    }
}

const char *app_model_name(const struct dm_app *app, struct dm_str name)
{
    const struct dm_model *model = app_model(app, name);
    return model ? model->config->name.ptr : NULL;
}
