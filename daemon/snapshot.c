/* Taking a snapshot of a shard. */
#include "daemon/snapshot.h"

#include "base/mem.h"
#include "daemon/exchange.h"
#include "daemon/traffic.h"
#include "model/app_stats.h"

static const struct sample_labels unlabelled = {{NULL}};

/* Who visits one app. */
struct visit {
    struct snapshot *snapshot;
    const char *app;
    struct unready **last;
};

/* --- readiness --- */

static const char *keep(struct visit *visit, const char *text)
{
    struct samples *samples = &visit->snapshot->samples;
    const char *kept = arena_str(&samples->arena, dm_str(text)).ptr;
    samples->failed = samples->failed || !kept;
    return kept;
}

static void add_unready(struct visit *visit, const struct upstream_stats *stats)
{
    const struct cred_status *status = &stats->credentials;
    struct samples *samples = &visit->snapshot->samples;
    struct unready *unready = arena_new(&samples->arena, sizeof *unready);
    if (!unready) {
        samples->failed = true;
        return;
    }
    unready->app = visit->app;
    unready->model = stats->model;
    unready->provider = status->failed ? status->failed : "";
    unready->reason =
        keep(visit, *status->message ? status->message : "credentials are being loaded");
    *visit->last = unready;
    visit->last = &unready->next;
}

/* --- figures --- */

static void add_credentials(const struct visit *visit, const struct upstream_stats *stats)
{
    struct samples *samples = &visit->snapshot->samples;
    const struct cred_status *status = &stats->credentials;
    struct sample_labels labels = {{visit->app, stats->model}};
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
    struct sample_labels labels = {{visit->app, stats->model}};
    add_by_kind(samples, labels, figures);
    samples_add(samples, METRIC_UPSTREAM_ATTEMPTS, labels, (double)figures->attempts);
    samples_add(samples, METRIC_UPSTREAM_QUEUED, labels, (double)figures->waiting);
    samples_add(samples, METRIC_UPSTREAM_IN_FLIGHT, labels, (double)figures->in_flight);
    samples_add_histogram(samples, METRIC_UPSTREAM_DURATION, labels, &figures->latency);
}

static void visit_upstream(const struct upstream_stats *stats, void *ctx)
{
    struct visit *visit = ctx;
    if (!stats->credentials.usable)
        add_unready(visit, stats);
    add_credentials(visit, stats);
    add_upstream(visit, stats);
}

static size_t count_exchanges(const struct service *service)
{
    size_t count = 0;
    for (const struct exchange *exchange = service->exchanges; exchange;
         exchange = exchange->next)
        count++;
    return count;
}

static void add_shard(struct samples *samples, const struct service *service,
                      const struct shard_figures *figures)
{
    samples_add(samples, METRIC_CONNECTIONS, unlabelled, (double)figures->connections);
    samples_add(samples, METRIC_CONNECTIONS_ACCEPTED, unlabelled,
                (double)figures->accepted);
    samples_add(samples, METRIC_IN_FLIGHT, unlabelled, (double)count_exchanges(service));
    if (service->traffic)
        traffic_add_samples(service->traffic, samples);
}

struct snapshot *snapshot_new(const struct service *service,
                              const struct shard_figures *figures)
{
    DM_AUTO(snapshot) *snapshot = mem_new(sizeof *snapshot);
    if (!snapshot)
        return NULL;
    samples_init(&snapshot->samples);
    snapshot->draining = figures->draining;
    add_shard(&snapshot->samples, service, figures);

    struct visit visit = {.snapshot = snapshot, .last = &snapshot->unready};
    for (size_t i = 0; i < service->app_count; i++) {
        visit.app = dm_app_name(service->apps[i]);
        if (!figures->draining)
            app_seek_credentials(service->apps[i]);
        app_stats(service->apps[i], visit_upstream, &visit);
    }
    return snapshot->samples.failed ? NULL : DM_TAKE(snapshot);
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    samples_done(&snapshot->samples);
    mem_free(snapshot);
}
