/* Taking a snapshot of a shard. */
#include "daemon/admin/snapshot.h"

#include "base/mem.h"
#include "daemon/admin/traffic.h"
#include "daemon/http/exchange.h"
#include "daemon/log/access_log.h"
#include "model/app_stats.h"

static const struct sample_labels unlabelled = {{NULL}};

/* Who visits one app. The names are the snapshot's own: it may outlive the app. */
struct visit {
    struct snapshot *snapshot;
    const char *app, *model;
    struct upstream_view **last;
};

/* --- ways to DynamoDB --- */

static const char *keep(struct visit *visit, const char *text)
{
    struct samples *samples = &visit->snapshot->samples;
    const char *kept = arena_str(&samples->arena, dm_str(text)).ptr;
    samples->failed = samples->failed || !kept;
    return kept;
}

static void add_view(struct visit *visit, const struct upstream_stats *stats)
{
    const struct cred_status *status = &stats->credentials;
    const char *provider = status->usable ? status->provider : status->failed;
    struct samples *samples = &visit->snapshot->samples;
    struct upstream_view *view = arena_new(&samples->arena, sizeof *view);
    if (!view) {
        samples->failed = true;
        return;
    }
    view->app = visit->app;
    view->model = visit->model;
    view->can_sign = status->usable;
    view->provider = provider ? provider : "";
    view->reason = "";
    view->expires_ms = status->usable ? status->expires_ms : 0;
    view->breaker = breaker_state_name(stats->figures.breaker);
    if (!status->usable)
        view->reason = keep(visit, *status->message ? status->message
                                                    : "credentials are being loaded");
    *visit->last = view;
    visit->last = &view->next;
}

/* --- figures --- */

static void add_credentials(const struct visit *visit, const struct upstream_stats *stats)
{
    struct samples *samples = &visit->snapshot->samples;
    const struct cred_status *status = &stats->credentials;
    struct sample_labels labels = {{visit->app, visit->model}};
    samples_add(samples, METRIC_CREDENTIALS_READY, labels, status->usable);
    if (status->provider && status->expires_ms) {
        labels.values[2] = status->provider;
        samples_add(samples, METRIC_CREDENTIALS_EXPIRY, labels,
                    (double)status->expires_ms / 1000);
    }

    struct cred_provider_status provider;
    for (size_t i = 0; cred_chain_provider(stats->chain, i, &provider); i++) {
        labels.values[2] = provider.name;
        samples_add(samples, METRIC_CREDENTIAL_LOADS, labels, (double)provider.loads);
        samples_add(samples, METRIC_CREDENTIAL_FAILURES, labels,
                    (double)provider.failures);
    }
}

/* A sample for each value of the third label. */
static void add_kind(struct samples *samples, enum metric metric,
                     struct sample_labels labels, const char *third, double value)
{
    labels.values[2] = third;
    samples_add(samples, metric, labels, value);
}

static void add_by_kind(struct samples *samples, struct sample_labels labels,
                        const struct client_figures *figures)
{
    for (int i = 0; i < CLIENT_RETRY_COUNT; i++)
        add_kind(samples, METRIC_UPSTREAM_RETRIES, labels, client_retry_name(i),
                 (double)figures->retries[i]);
    for (int i = 0; i < CLIENT_THROTTLE_COUNT; i++)
        add_kind(samples, METRIC_UPSTREAM_THROTTLES, labels, client_throttle_name(i),
                 (double)figures->throttles[i]);
    for (int i = BREAKER_CLOSED; i <= BREAKER_HALF_OPEN; i++)
        add_kind(samples, METRIC_UPSTREAM_BREAKERS, labels, breaker_state_name(i),
                 (int)figures->breaker == i);
    add_kind(samples, METRIC_UPSTREAM_REFUSED, labels, "breaker",
             (double)figures->refused);
    add_kind(samples, METRIC_UPSTREAM_REFUSED, labels, "queue",
             (double)figures->overloaded);
}

static void add_upstream(const struct visit *visit, const struct upstream_stats *stats)
{
    struct samples *samples = &visit->snapshot->samples;
    const struct client_figures *figures = &stats->figures;
    struct sample_labels labels = {{visit->app, visit->model}};
    add_by_kind(samples, labels, figures);
    samples_add(samples, METRIC_UPSTREAM_ATTEMPTS, labels, (double)figures->attempts);
    samples_add(samples, METRIC_UPSTREAM_QUEUED, labels, (double)figures->waiting);
    samples_add(samples, METRIC_UPSTREAM_IN_FLIGHT, labels, (double)figures->in_flight);
    samples_add_histogram(samples, METRIC_UPSTREAM_DURATION, labels, &figures->latency);
}

static void add_capacity(struct visit *visit, const struct upstream_stats *stats)
{
    for (const struct table_capacity *at = stats->capacity; at; at = at->next) {
        struct sample_labels labels = {{visit->app, keep(visit, at->table)}};
        if (labels.values[1])
            samples_add(&visit->snapshot->samples, METRIC_CAPACITY, labels, at->units);
    }
}

static void add_coalesced(const struct visit *visit, const struct upstream_stats *stats)
{
    struct samples *samples = &visit->snapshot->samples;
    const struct coalesce_figures *figures = &stats->coalesced;
    struct sample_labels labels = {{visit->app, visit->model}};
    samples_add(samples, METRIC_COALESCED_GETS, labels, (double)figures->gets);
    samples_add(samples, METRIC_COALESCED_SHARED, labels, (double)figures->shared);
    samples_add(samples, METRIC_COALESCED_APART, labels, (double)figures->apart);
    samples_add_histogram(samples, METRIC_COALESCED_KEYS, labels, &figures->keys);
}

static void visit_upstream(const struct upstream_stats *stats, void *ctx)
{
    struct visit *visit = ctx;
    visit->model = keep(visit, stats->model);
    add_view(visit, stats);
    add_credentials(visit, stats);
    add_upstream(visit, stats);
    add_capacity(visit, stats);
    add_coalesced(visit, stats);
}

static void visit_cache(const struct cache_stats *stats, void *ctx)
{
    struct visit *visit = ctx;
    struct samples *samples = &visit->snapshot->samples;
    const struct cache_figures *figures = &stats->figures;
    struct sample_labels labels = {{visit->app, keep(visit, stats->model)}};
    add_kind(samples, METRIC_CACHE_ANSWERS, labels, "hit", (double)figures->hits);
    add_kind(samples, METRIC_CACHE_ANSWERS, labels, "stale", (double)figures->stale);
    add_kind(samples, METRIC_CACHE_ANSWERS, labels, "negative",
             (double)figures->negative);
    add_kind(samples, METRIC_CACHE_ANSWERS, labels, "miss", (double)figures->misses);
    add_kind(samples, METRIC_CACHE_ANSWERS, labels, "passed", (double)figures->passed);
    samples_add(samples, METRIC_CACHE_COLLAPSED, labels, (double)figures->joined);
    samples_add(samples, METRIC_CACHE_EVICTIONS, labels, (double)figures->evictions);
    samples_add(samples, METRIC_CACHE_ENTRIES, labels, (double)figures->entries);
    samples_add(samples, METRIC_CACHE_BYTES, labels, (double)figures->bytes);
}

static void visit_app(struct visit *visit, struct dm_app *app, bool seek_credentials)
{
    visit->app = keep(visit, dm_app_name(app));
    if (seek_credentials)
        app_seek_credentials(app);
    app_stats(app, visit_upstream, visit);
    app_cache_stats(app, visit_cache, visit);
}

/* --- what it was asked for --- */

static void add_model(const char *app, const char *model, const struct tally *tally,
                      void *ctx)
{
    struct snapshot *snapshot = ctx;
    struct samples *samples = &snapshot->samples;
    struct model_view *view = arena_new(&samples->arena, sizeof *view);
    if (!view) {
        samples->failed = true;
        return;
    }
    *view = (struct model_view){snapshot->models, app, model, *tally};
    snapshot->models = view;
}

static size_t count_exchanges(const struct service *service)
{
    size_t count = 0;
    for (const struct exchange *exchange = service->exchanges; exchange;
         exchange = exchange->next)
        count++;
    return count;
}

static void add_access_log(struct samples *samples, const struct access_lane *lane)
{
    struct access_figures figures = access_log_figures(lane);
    samples_add(samples, METRIC_ACCESS_LOG_LINES, (struct sample_labels){{"written"}},
                (double)figures.written);
    samples_add(samples, METRIC_ACCESS_LOG_LINES, (struct sample_labels){{"dropped"}},
                (double)figures.dropped);
}

static void add_limits(struct samples *samples, const struct limiter *limiter)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        samples_add(samples, METRIC_LIMIT_REACHED,
                    (struct sample_labels){{limit_name((enum limit)i)}},
                    (double)limiter->reached[i]);
    samples_add(samples, METRIC_MEMORY_HELD, unlabelled, (double)limiter->memory.used);
}

static void add_shard(struct samples *samples, const struct service *service,
                      const struct shard_figures *figures)
{
    samples_add(samples, METRIC_CONNECTIONS, unlabelled, (double)figures->connections);
    samples_add(samples, METRIC_CONNECTIONS_ACCEPTED, unlabelled,
                (double)figures->accepted);
    samples_add(samples, METRIC_IN_FLIGHT, unlabelled, (double)count_exchanges(service));
    add_limits(samples, &service->limiter);
    samples_add(samples, METRIC_TLS_HANDSHAKES, (struct sample_labels){{"done"}},
                (double)service->handshakes.done);
    samples_add(samples, METRIC_TLS_HANDSHAKES, (struct sample_labels){{"failed"}},
                (double)service->handshakes.failed);
}

struct snapshot *snapshot_new(const struct service *service,
                              const struct shard_figures *figures)
{
    DM_AUTO(snapshot) *snapshot = mem_new(sizeof *snapshot);
    if (!snapshot)
        return NULL;
    samples_init(&snapshot->samples);
    snapshot->draining = figures->draining;
    snapshot->failures = service->failures;
    add_shard(&snapshot->samples, service, figures);
    if (service->access)
        add_access_log(&snapshot->samples, service->access);
    if (service->traffic) {
        traffic_add_samples(service->traffic, &snapshot->samples);
        refusals_add_samples(&service->refusals, &snapshot->samples);
        traffic_tally(service->traffic, add_model, snapshot);
    }

    struct visit visit = {.snapshot = snapshot, .last = &snapshot->upstreams};
    const struct site *site = service->site;
    for (size_t i = 0; i < site->app_count; i++)
        visit_app(&visit, site->apps[i]->app, figures->seek_credentials);
    return snapshot->samples.failed ? NULL : DM_TAKE(snapshot);
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    samples_done(&snapshot->samples);
    mem_free(snapshot);
}
