/* A `limits` group: what is read of it, and what it lets through. */
#include "model/limits_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/test.h"

enum { SECOND = 1000000 };

/* Reads what is written here as the group of a file of its own. */
static enum dm_code read_group(const char *text, struct limits *limits,
                               struct dm_error *err)
{
    char path[] = "/tmp/dynamod-test-XXXXXX";
    int fd = mkstemp(path);
    DM_AUTO(settings) *file = NULL;
    struct arena arena;
    cr_assert(fd >= 0 && dprintf(fd, "limits = { %s };\n", text) > 0);
    close(fd);
    arena_init(&arena, 64 * 1024);
    enum dm_code code = settings_open(path, &arena, &file, err);
    if (!code)
        code = limits_config_read(file, settings_at(settings_root(file), 0), limits, err);
    unlink(path);
    arena_done(&arena);
    return code;
}

static struct limits limits_of(const char *text)
{
    struct limits limits = {0};
    struct dm_error err = {0};
    assert_ok(read_group(text, &limits, &err), err);
    return limits;
}

static const char *refuse(const struct limits *limits, unsigned uses)
{
    int64_t wait_us = 0;
    return limits_refuse(limits, uses, SECOND, &wait_us);
}

TEST(limits_config, without_rates_limits_nothing)
{
    struct limits limits = limits_of("requests_per_second = 0;");
    cr_assert_null(limits.buckets);
    cr_assert_null(refuse(&limits, LIMIT_READS | LIMIT_WRITES));
    cr_assert_null(refuse(NULL, LIMIT_READS));
    limits_charge(&limits, SECOND, 1e6, 1e6);
    limits_charge(NULL, SECOND, 1, 1);
    limits_done(&limits);
}

TEST(limits_config, limits_requests)
{
    struct limits limits = limits_of("requests_per_second = 2.5;");
    cr_assert_null(refuse(&limits, LIMIT_READS));
    cr_assert_null(refuse(&limits, LIMIT_WRITES));
    cr_assert_str_eq(refuse(&limits, LIMIT_READS), "requests_per_second");
    limits_done(&limits);
    limits_done(&limits);
}

TEST(limits_config, charges_what_reads_and_writes_consumed_apart)
{
    struct limits limits =
        limits_of("read_units_per_second = 1; write_units_per_second = 1;");
    limits_charge(&limits, SECOND, 5, 0);
    cr_assert_str_eq(refuse(&limits, LIMIT_READS), "read_units_per_second");
    cr_assert_null(refuse(&limits, LIMIT_WRITES));
    limits_charge(&limits, SECOND, 0, 5);
    cr_assert_str_eq(refuse(&limits, LIMIT_WRITES), "write_units_per_second");
    limits_done(&limits);
}

TEST(limits_config, counts_no_request_that_is_refused_for_its_units)
{
    struct limits limits =
        limits_of("requests_per_second = 1; read_units_per_second = 1;");
    limits_charge(&limits, SECOND, 5, 0);
    cr_assert(refuse(&limits, LIMIT_READS));
    cr_assert_null(refuse(&limits, LIMIT_WRITES));
    limits_done(&limits);
}

TEST(limits_config, that_takes_another_s_place_goes_on_with_its_buckets)
{
    struct limits before = limits_of("requests_per_second = 1;");
    struct limits after = limits_of("requests_per_second = 1.5;");
    struct limits none = {0};
    cr_assert_null(refuse(&before, LIMIT_READS));
    limits_inherit(&after, &none);
    limits_inherit(&none, &before);
    cr_assert_null(none.buckets);
    limits_inherit(&after, &before);
    limits_done(&before);
    cr_assert_str_eq(refuse(&after, LIMIT_READS), "requests_per_second");
    limits_done(&after);
}

TEST(limits_config, refuses_what_no_rate_is)
{
    static const char *const wrong[] = {
        "requests_per_second = -1;",       "requests_per_second = 0.0001;",
        "read_units_per_second = 1e7;",    "write_units_per_second = true;",
        "requests_per_second = \"many\";", "requests = 1;"};
    for (size_t i = 0; i < DM_COUNT(wrong); i++) {
        struct limits limits = {0};
        struct dm_error err = {0};
        cr_assert_eq(read_group(wrong[i], &limits, &err), DM_E_CONFIG, "%s", wrong[i]);
        cr_assert_null(limits.buckets);
    }
}

TEST(limits_config, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct limits limits = {0};
        struct dm_error err = {0};
        enum dm_code code = read_group("requests_per_second = 1;", &limits, &err);
        cr_assert(code == DM_OK || mem_failed());
        limits_done(&limits);
    }
}
