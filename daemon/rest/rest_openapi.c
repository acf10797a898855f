/* The app's OpenAPI document: made once, and anew when a table's keys or indexes turn out
 * to be others. */
#include "base/error.h"
#include "base/str.h"
#include "daemon/openapi/openapi.h"
#include "daemon/rest/rest.h"

static enum dm_code make(struct exchange *exchange, const struct model_listing *models,
                         size_t count, struct kept_document *kept, struct dm_error *err)
{
    const struct openapi_app app = {
        .name = dm_app_name(exchange->app),
        .is_named = exchange->values.app.ptr,
        .models = models,
        .model_count = count,
        .asks = auth_config_asks(app_auth(exchange->app)),
        .page_max = count ? models[0].config->max_page_items : 0,
    };
    return kept_document_make(kept, openapi_document(&app), exchange->service->etags,
                              err);
}

/* What is not known now may be at the next request. */
static bool all_known(const struct model_listing *models, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (models[i].problem)
            return false;
    return true;
}

/* The app's, as all who may use the whole of it are shown it. */
static enum dm_code choose_kept(struct exchange *exchange,
                                const struct model_listing *models, size_t count,
                                struct kept_document **ret_kept, struct dm_error *err)
{
    struct kept_document *kept =
        site_document(exchange->site, exchange->app, exchange->values.app.ptr);
    uint64_t generation = app_generation(exchange->app);
    if (!kept_document_holds(kept, generation)) {
        DM_TRY(make(exchange, models, count, kept, err));
        if (all_known(models, count))
            kept_document_keep(kept, generation);
    }
    *ret_kept = kept;
    return DM_OK;
}

static enum dm_code reply_kept(struct exchange *exchange,
                               const struct kept_document *kept, struct dm_error *err)
{
    exchange->reply.body.max = PAGE_REPLY_MAX;
    buf_add_str(&exchange->reply.body, buf_str(&kept->text));
    DM_TRY(buf_check(&exchange->reply.body, "reply", err));
    reply_tagged(exchange, &kept->etag, representation_type(exchange->representation));
    return DM_OK;
}

/* What shows a part of the app is for its caller alone. */
static enum dm_code answer(struct exchange *exchange, const struct model_listing *models,
                           size_t count, struct dm_error *err)
{
    const struct principal *principal = exchange->principal;
    struct kept_document *kept = NULL;
    if (!principal || scope_is_whole(&principal->scope)) {
        DM_TRY(choose_kept(exchange, models, count, &kept, err));
        return reply_kept(exchange, kept, err);
    }
    struct kept_document own = {.is_whole = false};
    enum dm_code code = make(exchange, models, count, &own, err);
    if (!code)
        code = reply_kept(exchange, &own, err);
    kept_document_done(&own);
    return code;
}

static void done(enum dm_code code, const struct model_listing *models, size_t count,
                 const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    if (code)
        reply_problem(exchange, err);
    else if (answer(exchange, models, count, &failure))
        reply_problem(exchange, &failure);
    exchange_resume(exchange);
}

enum dm_code rest_openapi_get(struct exchange *exchange, struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    return app_list_models(exchange->app, exchange->site->request_timeout_ms, &context,
                           done, exchange, &exchange->call, err);
}
