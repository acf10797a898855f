/* Requests counted by kind. */
#include "daemon/admin/traffic.h"

#include "support/test.h"

static const struct traffic_kind kind = {.app = "todo",
                                         .model = "task",
                                         .route = "/models",
                                         .method = "GET",
                                         .status_class = 2};

/* The one sample of that metric and, as the first label that differs, that status. */
static const struct sample *find(const struct samples *samples, enum metric metric,
                                 const char *status)
{
    const struct sample *found = NULL;
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->at[i];
        if (sample->metric != metric ||
            (status && strcmp(sample->labels.values[4], status) != 0))
            continue;
        cr_assert_null(found, "two samples");
        found = sample;
    }
    cr_assert(found);
    return found;
}

TEST(traffic, counts_each_kind_and_times_each_route)
{
    struct traffic traffic = {.counts = NULL};
    struct traffic_kind failed = kind;
    failed.status_class = 5;
    traffic_count(&traffic, &kind, 50);
    traffic_count(&traffic, &kind, 50);
    traffic_count(&traffic, &failed, 5000);

    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    traffic_add_samples(&traffic, &samples);
    cr_assert_eq(find(&samples, METRIC_REQUESTS, "2xx")->value, 2);
    cr_assert_eq(find(&samples, METRIC_REQUESTS, "5xx")->value, 1);
    cr_assert_str_eq(find(&samples, METRIC_REQUESTS, "2xx")->labels.values[0], "todo");
    cr_assert_eq(find(&samples, METRIC_REQUEST_DURATION, NULL)->histogram->sum_us, 5100);
    cr_assert_eq(find(&samples, METRIC_UNCOUNTED, NULL)->value, 0);
    traffic_done(&traffic);
}

TEST(traffic, has_a_class_for_those_that_left)
{
    struct traffic traffic = {.counts = NULL};
    struct traffic_kind left = kind;
    left.status_class = 0;
    traffic_count(&traffic, &left, 1);
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    traffic_add_samples(&traffic, &samples);
    cr_assert_eq(find(&samples, METRIC_REQUESTS, "none")->value, 1);
    traffic_done(&traffic);
}

/* Far more than there are buckets: each place in this text is another route. */
TEST(traffic, keeps_many_kinds_apart)
{
    static const char patterns[2000] = "";
    struct traffic traffic = {.counts = NULL};
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < DM_COUNT(patterns); i++) {
            struct traffic_kind one = kind;
            one.route = &patterns[i];
            for (one.status_class = 2; one.status_class <= 5; one.status_class++)
                traffic_count(&traffic, &one, 1);
        }
    }
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    traffic_add_samples(&traffic, &samples);
    size_t kinds = 0;
    for (size_t i = 0; i < samples.count; i++) {
        if (samples.at[i].metric != METRIC_REQUESTS)
            continue;
        cr_assert_eq(samples.at[i].value, 2);
        kinds++;
    }
    cr_assert_eq(kinds, 4 * DM_COUNT(patterns));
    traffic_done(&traffic);
}

/* Of an app that is gone, and of one that took its place: names are told by their text.
 */
TEST(traffic, keeps_names_of_its_own)
{
    struct traffic traffic = {.counts = NULL};
    for (size_t i = 0; i < 2; i++) {
        char app[] = "todo", model[] = "task";
        struct traffic_kind lent = kind;
        lent.app = app;
        lent.model = model;
        traffic_count(&traffic, &lent, 1);
        memset(app, 'x', sizeof app - 1);
        memset(model, 'x', sizeof model - 1);
    }
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    traffic_add_samples(&traffic, &samples);
    const struct sample *sample = find(&samples, METRIC_REQUESTS, "2xx");
    cr_assert_eq(sample->value, 2);
    cr_assert_str_eq(sample->labels.values[0], "todo");
    cr_assert_str_eq(sample->labels.values[1], "task");
    traffic_done(&traffic);
}

TEST(traffic, tells_the_app_from_the_model)
{
    struct traffic traffic = {.counts = NULL};
    struct traffic_kind other = kind;
    other.app = "tod";
    other.model = "otask";
    traffic_count(&traffic, &kind, 1);
    traffic_count(&traffic, &other, 1);
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    traffic_add_samples(&traffic, &samples);
    size_t kinds = 0;
    for (size_t i = 0; i < samples.count; i++)
        kinds += samples.at[i].metric == METRIC_REQUESTS;
    cr_assert_eq(kinds, 2);
    traffic_done(&traffic);
}

TEST(traffic, says_what_it_could_not_count)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct traffic traffic = {.counts = NULL};
        traffic_count(&traffic, &kind, 1);
        cr_assert_eq(traffic.uncounted, mem_failed());
        traffic_done(&traffic);
    }
}
