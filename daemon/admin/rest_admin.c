/* What the admin's listener serves: /live, /ready, /metrics and /status. */
#include "base/error.h"
#include "base/str.h"
#include "daemon/admin/admin.h"
#include "daemon/admin/process.h"
#include "daemon/admin/rest_status.h"
#include "daemon/http/exchange.h"
#include "daemon/http/json.h"
#include "daemon/http/server.h"
#include "daemon/listen/entrance.h"
#include "daemon/listen/tls_credentials.h"
#include "daemon/log/log.h"
#include "daemon/run/reload.h"

enum { METRICS_MAX = 64 * 1024 * 1024 };

/* --- the two questions with a yes or a no --- */

/* Why it is no: an array of objects, empty for yes. */
struct verdict {
    json_t *reasons;
    json_t *named; /* app and model → true: each is told once */
    bool is_no;
};

static void add_reason(struct verdict *verdict, json_t *reason)
{
    verdict->is_no = true;
    json_array_append_new(verdict->reasons, reason);
}

/* Takes what the verdict holds. */
static enum dm_code reply_verdict(struct exchange *exchange, const char *question,
                                  struct verdict *verdict, struct dm_error *err)
{
    struct reply *reply = &exchange->reply;
    json_t *document = json_pack("{s:b, s:o}", question, !verdict->is_no, "reasons",
                                 DM_TAKE(verdict->reasons));
    json_decref(DM_TAKE(verdict->named));
    json_write_document(document, &reply->body);
    json_decref(document);
    DM_TRY(buf_check(&reply->body, "reply", err));
    reply->status = verdict->is_no ? 503 : 200;
    reply->retry_after_s = verdict->is_no;
    reply->content_type = "application/json";
    return DM_OK;
}

/* Whether it was the first. */
static bool name(struct verdict *verdict, const struct upstream_view *unready)
{
    json_t *key = json_sprintf("%s/%s", unready->app, unready->model);
    const char *text = json_string_value(key);
    bool is_first = !text || !json_object_get(verdict->named, text);
    if (text)
        json_object_set_new(verdict->named, text, json_true());
    json_decref(key);
    return is_first;
}

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

static void add_upstream(struct verdict *verdict, const struct upstream_view *unready)
{
    if (unready->can_sign)
        return;
    verdict->is_no = true;
    if (name(verdict, unready))
        add_reason(verdict,
                   json_pack("{s:s, s:s*, s:s*, s:s}", "app", unready->app, "model",
                             text_or_null(unready->model), "provider",
                             text_or_null(unready->provider), "reason", unready->reason));
}

static void add_text(struct verdict *verdict, const char *reason)
{
    add_reason(verdict, json_pack("{s:s}", "reason", reason));
}

/* --- the answers, once a round has ended --- */

static struct verdict silent_shards(const struct admin *admin)
{
    struct verdict verdict = {.reasons = json_array(), .named = json_object()};
    size_t silent = 0, count = admin_shard_count(admin);
    for (size_t i = 0; i < count; i++)
        silent += admin_shard(admin, i).silent;
    if (silent)
        add_reason(&verdict, json_pack("{s:o}", "reason",
                                       json_sprintf("%zu of %zu threads do not answer",
                                                    silent, count)));
    return verdict;
}

static enum dm_code answer_live(struct exchange *exchange, struct dm_error *err)
{
    struct verdict verdict = silent_shards(exchange->service->admin);
    return reply_verdict(exchange, "live", &verdict, err);
}

static enum dm_code answer_ready(struct exchange *exchange, struct dm_error *err)
{
    const struct admin *admin = exchange->service->admin;
    struct verdict verdict = silent_shards(admin);
    bool draining = false, unknown = false;
    for (size_t i = 0; i < admin_shard_count(admin); i++) {
        struct shard_view shard = admin_shard(admin, i);
        unknown = unknown || (!shard.last && !shard.silent);
        if (!shard.last)
            continue;
        draining = draining || shard.last->draining;
        for (const struct upstream_view *at = shard.last->upstreams; at; at = at->next)
            add_upstream(&verdict, at);
    }
    if (draining)
        add_text(&verdict, "draining");
    if (unknown)
        add_text(&verdict, "out of memory");
    return reply_verdict(exchange, "ready", &verdict, err);
}

static void add_process(struct samples *samples, const struct admin *admin)
{
    struct sample_labels none = {{NULL}};
    struct sample_labels build = {{dm_version(), server_library_version()}};
    size_t silent = 0, count = admin_shard_count(admin);
    for (size_t i = 0; i < count; i++)
        silent += admin_shard(admin, i).silent;
    samples_add(samples, METRIC_BUILD_INFO, build, 1);
    samples_add(samples, METRIC_THREADS, none, (double)count);
    samples_add(samples, METRIC_SILENT_THREADS, none, (double)silent);
    process_add_samples(samples);
}

static void add_log(struct samples *samples)
{
    struct log_figures figures = log_figures();
    samples_add(samples, METRIC_LOG_LINES, (struct sample_labels){{"written"}},
                (double)figures.written);
    samples_add(samples, METRIC_LOG_LINES, (struct sample_labels){{"folded"}},
                (double)figures.folded);
    samples_add(samples, METRIC_LOG_LINES, (struct sample_labels){{"dropped"}},
                (double)figures.dropped);
}

static void add_reloads(struct samples *samples, struct reload *reload)
{
    struct sample_labels none = {{NULL}};
    struct reload_status status;
    if (!reload)
        return;
    reload_read_status(reload, &status);
    samples_add(samples, METRIC_RELOADS, (struct sample_labels){{"succeeded"}},
                (double)status.succeeded);
    samples_add(samples, METRIC_RELOADS, (struct sample_labels){{"failed"}},
                (double)status.failed);
    samples_add(samples, METRIC_RELOAD_SUCCESSFUL, none, !status.last_failed);
    samples_add(samples, METRIC_RELOAD_TIME, none, (double)status.loaded_ms / 1000);
}

static void add_certificates(struct samples *samples, const struct sockets *sockets,
                             bool is_admin, const struct config *config)
{
    for (size_t i = 0; i < sockets->count; i++) {
        const struct entrance entrance = {.socket = &sockets->at[i],
                                          .is_admin = is_admin};
        const struct listen_config *listen = entrance_listen(&entrance, config);
        if (listen->has_tls)
            samples_add(samples, METRIC_CERTIFICATE_EXPIRY,
                        (struct sample_labels){{sockets->at[i].url}},
                        (double)tls_credentials_expiry(listen->tls.credentials));
    }
}

static enum dm_code answer_metrics(struct exchange *exchange, struct dm_error *err)
{
    const struct admin *admin = exchange->service->admin;
    struct reply *reply = &exchange->reply;
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    add_process(&samples, admin);
    add_log(&samples);
    add_reloads(&samples, exchange->service->reload);
    add_certificates(&samples, exchange->service->served, false, exchange->site->config);
    add_certificates(&samples, exchange->service->listening, true,
                     exchange->site->config);
    refusals_add_samples(&exchange->service->refusals, &samples);
    for (size_t i = 0; i < admin_shard_count(admin); i++)
        if (admin_shard(admin, i).last)
            samples_add_all(&samples, &admin_shard(admin, i).last->samples);
    if (samples.failed)
        return error_nomem(err);

    reply->body.max = METRICS_MAX;
    metrics_write(&samples, &reply->body);
    DM_TRY(buf_check(&reply->body, "metrics", err));
    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return DM_OK;
}

/* --- the routes --- */

static enum dm_code live(struct exchange *exchange, struct dm_error *err)
{
    return admin_ask(exchange->service->admin, QUESTION_LIFE, exchange, answer_live, err);
}

static enum dm_code ready(struct exchange *exchange, struct dm_error *err)
{
    return admin_ask(exchange->service->admin, QUESTION_READINESS, exchange, answer_ready,
                     err);
}

static enum dm_code metrics(struct exchange *exchange, struct dm_error *err)
{
    return admin_ask(exchange->service->admin, QUESTION_READINESS, exchange,
                     answer_metrics, err);
}

const struct route_table *admin_routes(void)
{
    enum { GET_HEAD = METHOD_GET | METHOD_HEAD };
    static const struct route addresses[] = {
        {"/live", GET_HEAD, false, 0, 0, 0, 0, live, "live",
         "Whether every thread turns"},
        {"/ready", GET_HEAD, false, 0, 0, 0, 0, ready, "ready",
         "Whether requests can be answered"},
        {"/metrics", GET_HEAD, false, 0, 0, 0, 0, metrics, "metrics",
         "The figures, as Prometheus reads them"},
        {"/status", GET_HEAD, false, OFFER_HTML | OFFER_PLAIN, PARAMETER_REFRESH, 0, 0,
         rest_status_get, "status", "The state, for people"},
    };
    static const struct route_table table = {
        .routes = addresses, .count = DM_COUNT(addresses), .open_count = 2};
    return &table;
}
