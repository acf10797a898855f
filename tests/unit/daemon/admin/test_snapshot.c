/* What a shard without apps says of itself. */
#include "daemon/admin/snapshot.h"

#include "daemon/admin/traffic.h"
#include "daemon/http/exchange.h"
#include "support/test.h"

static const struct traffic_kind kind = {
    .app = "", .model = "", .route = "/apps", .method = "GET", .status_class = 2};

static struct site site = {.references = 1}; /* without apps */

static const struct shard_figures figures = {
    .connections = 3, .accepted = 5, .draining = true};

static double value(const struct snapshot *snapshot, enum metric metric)
{
    double sum = 0;
    for (size_t i = 0; i < snapshot->samples.count; i++)
        if (snapshot->samples.at[i].metric == metric)
            sum += snapshot->samples.at[i].value;
    return sum;
}

TEST(snapshot, has_the_shards_figures_and_its_traffic)
{
    struct dm_error err = {0};
    struct traffic traffic = {.counts = NULL};
    struct service service = {
        .traffic = &traffic, .clock = clock_system(), .site = &site};
    assert_ok(request_ids_init(&service.ids, &err), err);
    traffic_count(&traffic, &kind, 10);
    struct exchange *exchange = exchange_new(&service, NULL, STR("/apps"));

    DM_AUTO(snapshot) *snapshot = snapshot_new(&service, &figures);
    cr_assert(snapshot && snapshot->draining && !snapshot->upstreams);
    cr_assert_eq(value(snapshot, METRIC_CONNECTIONS), 3);
    cr_assert_eq(value(snapshot, METRIC_CONNECTIONS_ACCEPTED), 5);
    cr_assert_eq(value(snapshot, METRIC_IN_FLIGHT), 1);
    cr_assert_eq(value(snapshot, METRIC_REQUESTS), 1);
    exchange_free(exchange);
    traffic_done(&traffic);
}

TEST(snapshot, is_whole_or_none)
{
    struct traffic traffic = {.counts = NULL};
    struct service service = {
        .traffic = &traffic, .clock = clock_system(), .site = &site};
    traffic_count(&traffic, &kind, 10);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct snapshot *snapshot = snapshot_new(&service, &figures);
        cr_assert_eq(snapshot == NULL, mem_failed());
        snapshot_free(snapshot);
    }
    traffic_done(&traffic);
}
