/* Plots: what is drawn of which points. */
#include "daemon/admin/status_plot.h"

#include "base/error.h"
#include "support/test.h"

static const struct plot_line rate[] = {{plot_rate, "line", false}};
static const struct plot_line median[] = {{plot_median, "line", false}};
static const struct plot_line area[] = {{plot_rate, "area", true}};

/* Each step brings so many requests. */
static struct history *made(const unsigned *requests, size_t count)
{
    struct dm_error err = {0};
    struct history *history = NULL;
    struct tally tally = {.requests = 0};
    assert_ok(history_new(0, &history, &err), err);
    for (size_t i = 0; i < count; i++) {
        tally.requests += requests[i];
        tally.durations.counts[3] += requests[i];
        history_gather(history, (int64_t)(i + 1) * HISTORY_STEP_MS);
        history_add(history, "", "", &tally);
        history_step(history);
    }
    return history;
}

static void expect_path(const struct history *history, const struct plot_line *line,
                        const char *path)
{
    struct plot plot = {.history = history,
                        .series = history_all(history),
                        .places = plot_points(history),
                        .lines = line,
                        .line_count = 1,
                        .label = "x"};
    struct dm_buf out;
    buf_init(&out, 65536);
    plot_write(&plot, plot_most(&plot), &out);
    buf_add_char(&out, '\0');
    cr_assert(strstr(out.ptr, path), "no %s in %s", path, out.ptr);
    buf_done(&out);
}

TEST(status_plot, has_the_newest_at_the_right_and_the_most_at_the_top)
{
    const unsigned requests[] = {10, 40, 20};
    DM_AUTO(history) *history = made(requests, DM_COUNT(requests));
    expect_path(history, rate, "d=\"M27 74.0L28 2.0L29 50.0\"");
}

TEST(status_plot, fills_down_to_the_axis)
{
    const unsigned requests[] = {10, 40};
    DM_AUTO(history) *history = made(requests, DM_COUNT(requests));
    expect_path(history, area, "d=\"M28 74.0L29 2.0V100H28Z\"");
}

TEST(status_plot, leaves_a_gap_where_there_is_no_value)
{
    const unsigned requests[] = {10, 10, 0, 10};
    DM_AUTO(history) *history = made(requests, DM_COUNT(requests));
    expect_path(history, median, "d=\"M26 2.0L27 2.0M29 2.0h.5\"");
}

TEST(status_plot, is_empty_at_the_beginning)
{
    DM_AUTO(history) *history = made(NULL, 0);
    expect_path(history, rate, "<path class=\"line\" d=\"\"/>");
}

TEST(status_plot, looks_back_further_as_time_goes_by)
{
    unsigned requests[HISTORY_POINTS + 1] = {0};
    static const size_t counts[][2] = {{1, 30},   {30, 30},   {31, 90},
                                       {91, 180}, {181, 360}, {HISTORY_POINTS + 1, 360}};
    for (size_t i = 0; i < DM_COUNT(counts); i++) {
        DM_AUTO(history) *history = made(requests, counts[i][0]);
        cr_assert_eq(plot_points(history), counts[i][1]);
    }
}
