/* The process's own figures. */
#include "daemon/admin/process.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"

static double figure(enum metric metric)
{
    double value = -1;
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    process_add_samples(&samples);
    for (size_t i = 0; i < samples.count; i++)
        if (samples.at[i].metric == metric)
            value = samples.at[i].value;
    return value;
}

TEST(process, counts_its_descriptors)
{
    double before = figure(METRIC_OPEN_FDS);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    cr_assert_eq(figure(METRIC_OPEN_FDS), before + 1);
    close(fd);
    cr_assert_gt(figure(METRIC_MAX_FDS), before);
}

TEST(process, knows_when_it_started_and_what_it_uses)
{
    double age = (double)time(NULL) - figure(METRIC_START_TIME);
    cr_assert(age > -5 && age < 3600, "%f", age);
    cr_assert_gt(figure(METRIC_RESIDENT_MEMORY), 64 * 1024);
    cr_assert_gt(figure(METRIC_VIRTUAL_MEMORY), figure(METRIC_RESIDENT_MEMORY));
    cr_assert_geq(figure(METRIC_CPU_SECONDS), 0);
}
