/* Figures of the process: getrusage(2), getrlimit(2), proc(5). */
#include "daemon/admin/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void add(struct samples *samples, enum metric metric, double value)
{
    samples_add(samples, metric, (struct sample_labels){{NULL}}, value);
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void add_cpu(struct samples *samples)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        add(samples, METRIC_CPU_SECONDS,
            seconds(&usage.ru_utime) + seconds(&usage.ru_stime));
}

static void add_memory(struct samples *samples)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return;
    bool good = fscanf(file, "%lu %lu", &pages, &resident) == 2;
    fclose(file);
    if (!good)
        return;
    double page = (double)sysconf(_SC_PAGESIZE);
    add(samples, METRIC_RESIDENT_MEMORY, (double)resident * page);
    add(samples, METRIC_VIRTUAL_MEMORY, (double)pages * page);
}

/* Without ".", ".." and the directory itself. */
static void add_open_fds(struct samples *samples)
{
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return;
    size_t count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    add(samples, METRIC_OPEN_FDS, (double)(count - 3));
}

static void add_max_fds(struct samples *samples)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        add(samples, METRIC_MAX_FDS, (double)limit.rlim_cur);
}

/* Field 22 of stat, in ticks since the machine started: the 20th behind the command's
 * name, which is in brackets and may hold anything. */
static bool read_start_ticks(unsigned long long *ret_ticks)
{
    char text[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return false;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);

    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at && sscanf(at, "%llu", ret_ticks) == 1;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add_start_time(struct samples *samples)
{
    unsigned long long ticks = 0;
    if (!read_start_ticks(&ticks))
        return;
    double booted = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
    add(samples, METRIC_START_TIME,
        booted + (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

void process_add_samples(struct samples *samples)
{
    add_cpu(samples);
    add_memory(samples);
    add_open_fds(samples);
    add_max_fds(samples);
    add_start_time(samples);
}
