/* Samples folded together, and the text that they make. */
#include "daemon/admin/metrics.h"

#include "support/test.h"

static const struct sample_labels unlabelled = {{NULL}};

/* The text of these samples, terminated. */
static struct dm_buf written(struct samples *samples)
{
    struct dm_buf out;
    buf_init(&out, 256 * 1024);
    cr_assert(!samples->failed);
    metrics_write(samples, &out);
    buf_add_char(&out, '\0');
    cr_assert(!out.failed);
    return out;
}

static void expect_line(struct samples *samples, const char *line)
{
    DM_AUTO_DONE(dm_buf) out = written(samples);
    cr_assert(strstr(out.ptr, line), "no %s in:\n%s", line, out.ptr);
}

static size_t count_lines(const char *text, const char *beginning)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, beginning)); at++)
        count += at == text || at[-1] == '\n';
    return count;
}

TEST(metrics, tells_of_every_metric_though_there_is_no_sample)
{
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    DM_AUTO_DONE(dm_buf) out = written(&samples);
    cr_assert_eq(count_lines(out.ptr, "# HELP "), METRIC_COUNT);
    cr_assert_eq(count_lines(out.ptr, "# TYPE "), METRIC_COUNT);
    cr_assert_eq(count_lines(out.ptr, "dynamod_"), 0);
    cr_assert(!strstr(out.ptr, "(null)"));
}

TEST(metrics, are_documented_each_in_a_row)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 64 * 1024);
    metrics_document(&out);
    buf_add_char(&out, '\0');
    cr_assert_eq(count_lines(out.ptr, "| `"), METRIC_COUNT);
    cr_assert(strstr(out.ptr, "| `dynamod_request_duration_seconds` | histogram | `app`, "
                              "`route` | "));
}

TEST(metrics, sum_up_over_threads)
{
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    samples_add(&samples, METRIC_CONNECTIONS, unlabelled, 3);
    samples_add(&samples, METRIC_IN_FLIGHT, unlabelled, 1);
    samples_add(&samples, METRIC_CONNECTIONS, unlabelled, 4);
    expect_line(&samples, "\ndynamod_connections 7\n");
    expect_line(&samples, "\ndynamod_requests_in_flight 1\n");
}

TEST(metrics, take_the_least_where_a_sum_means_nothing)
{
    struct sample_labels labels = {{"todo", "", "imds"}};
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    samples_add(&samples, METRIC_CREDENTIALS_EXPIRY, labels, 1700000002.5);
    samples_add(&samples, METRIC_CREDENTIALS_EXPIRY, labels, 1700000001.5);
    expect_line(&samples, "\ndynamod_credentials_expiry_timestamp_seconds{app=\"todo\","
                          "model=\"\",provider=\"imds\"} 1700000001.5\n");
}

TEST(metrics, are_told_apart_by_their_labels)
{
    struct sample_labels one = {{"a", "", "/models", "GET", "2xx"}};
    struct sample_labels other = {{"a", "", "/models", "GET", "4xx"}};
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    samples_add(&samples, METRIC_REQUESTS, other, 1);
    samples_add(&samples, METRIC_REQUESTS, one, 2);
    samples_add(&samples, METRIC_REQUESTS, other, 5);
    expect_line(&samples,
                "\ndynamod_requests_total{app=\"a\",model=\"\",route=\"/models\","
                "method=\"GET\",status=\"2xx\"} 2\n"
                "dynamod_requests_total{app=\"a\",model=\"\",route=\"/models\","
                "method=\"GET\",status=\"4xx\"} 6\n");
}

TEST(metrics, escape_what_would_end_a_label)
{
    struct sample_labels labels = {{"a\"b\\c\nd", "x"}};
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    samples_add(&samples, METRIC_UPSTREAM_QUEUED, labels, 1);
    expect_line(&samples,
                "dynamod_upstream_queued{app=\"a\\\"b\\\\c\\nd\",model=\"x\"} 1\n");
}

TEST(metrics, accumulate_the_buckets_of_a_histogram)
{
    struct sample_labels labels = {{"a", "/models"}};
    struct histogram histogram = {.sum_us = 0};
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    histogram_add(&histogram, 90);
    histogram_add(&histogram, 200);
    samples_add_histogram(&samples, METRIC_REQUEST_DURATION, labels, &histogram);
    samples_add_histogram(&samples, METRIC_REQUEST_DURATION, labels, &histogram);
#define NAME "dynamod_request_duration_seconds"
#define LABELS "app=\"a\",route=\"/models\""
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"0.0001\"} 2\n");
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"0.00025\"} 4\n");
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"10\"} 4\n");
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"+Inf\"} 4\n");
    expect_line(&samples, NAME "_sum{" LABELS "} 0.00058\n");
    expect_line(&samples, NAME "_count{" LABELS "} 4\n");
#undef NAME
#undef LABELS
}

TEST(metrics, show_a_histogram_of_keys_as_such)
{
    struct sample_labels labels = {{"a", ""}};
    struct histogram histogram = {.counts = {3, 0, 2}, .sum_us = 9};
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    samples_add_histogram(&samples, METRIC_COALESCED_KEYS, labels, &histogram);
#define NAME "dynamod_coalesced_keys"
#define LABELS "app=\"a\",model=\"\""
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"1\"} 3\n");
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"3\"} 5\n");
    expect_line(&samples, NAME "_bucket{" LABELS ",le=\"100\"} 5\n");
    expect_line(&samples, NAME "_sum{" LABELS "} 9\n");
    expect_line(&samples, NAME "_count{" LABELS "} 5\n");
#undef NAME
#undef LABELS
}

TEST(samples, are_copied_with_their_histograms)
{
    struct histogram histogram = {.sum_us = 0};
    DM_AUTO_DONE(samples) all;
    samples_init(&all);
    {
        DM_AUTO_DONE(samples) one;
        samples_init(&one);
        histogram_add(&histogram, 1);
        samples_add_histogram(&one, METRIC_UPSTREAM_DURATION,
                              (struct sample_labels){{"a", ""}}, &histogram);
        samples_add(&one, METRIC_CONNECTIONS, unlabelled, 2);
        samples_add_all(&all, &one);
    }
    expect_line(&all,
                "dynamod_upstream_duration_seconds_count{app=\"a\",model=\"\"} 1\n");
    expect_line(&all, "\ndynamod_connections 2\n");
}

TEST(samples, fail_as_a_whole)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct histogram histogram = {.sum_us = 0};
        DM_AUTO_DONE(samples) one, all;
        samples_init(&one);
        samples_init(&all);
        samples_add(&one, METRIC_CONNECTIONS, unlabelled, 2);
        samples_add_histogram(&one, METRIC_UPSTREAM_DURATION,
                              (struct sample_labels){{"a", ""}}, &histogram);
        samples_add_all(&all, &one);
        cr_assert_eq(all.failed, mem_failed());
        samples_done(&one);
        samples_done(&all);
    }
}
