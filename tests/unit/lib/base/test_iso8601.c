/* ISO 8601. */
#include "base/iso8601.h"

#include <stdio.h>

#include "base/str.h"
#include "support/test.h"

static const char *again(const char *text, char *out, size_t size)
{
    struct instant instant;
    if (!iso8601_read(dm_str(text), &instant))
        return "no";
    DM_AUTO_DONE(dm_buf) buf;
    buf_init(&buf, 64);
    iso8601_write(&instant, &buf);
    snprintf(out, size, "%.*s", STR_ARG(buf_str(&buf)));
    return out;
}

TEST(iso8601, reads_what_people_write)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"2024-01-02T03:04:05.000006+0000", "2024-01-02T03:04:05.000006Z"},
        {"2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"},
        {"2024-01-02t03:04:05z", "2024-01-02T03:04:05Z"},
        {"2024-01-02 03:04:05.1", "2024-01-02T03:04:05.100000Z"},
        {"2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05.123456Z"},
        {"2024-01-02T03:04:05,5Z", "2024-01-02T03:04:05.500000Z"},
        {"2024-01-02T03:04:05+01:30", "2024-01-02T01:34:05Z"},
        {"2024-01-02T03:04-05", "2024-01-02T08:04:00Z"},
        {"2024-01-01T00:00:00+0001", "2023-12-31T23:59:00Z"},
        {"2024-02-29", "2024-02-29T00:00:00Z"},
        {"2024-01", "2024-01-01T00:00:00Z"},
        {"2024", "2024-01-01T00:00:00Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"0001-01-01", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {"2000-02-29T12:00Z", "2000-02-29T12:00:00Z"},
    };
    char shown[64];
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        cr_expect_str_eq(again(cases[i].text, shown, sizeof shown), cases[i].shown, "%s",
                         cases[i].text);
}

TEST(iso8601, refuses_all_else)
{
    static const char *const texts[] = {
        "",
        "24",
        "2024-",
        "2024-1-1",
        "2024-13",
        "2024-00",
        "2024-02-30",
        "1900-02-29",
        "2024-01-02T",
        "2024-01-02T03",
        "2024-01-02T24:00",
        "2024-01-02T03:60",
        "2024-01-02T03:04:60",
        "2024-01-02T03:04:05.",
        "2024-01-02T03:04:05.1234567890",
        "2024-01-02T03:04:05+",
        "2024-01-02T03:04:05+1",
        "2024-01-02T03:04:05+24:00",
        "2024-01-02T03:04:05Zx",
        "2024-01-02Z",
        "2024-01-02T03:04:05+01:",
        "0000-01-01",
        "0001-01-01T00:00+01",
        "9999-12-31T23:59-01",
        "10000-01-01",
        "-024-01-01",
        ("2024-01-02\xc2\xa0"
         "03:04"),
    };
    struct instant instant = {7, 7};
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        cr_expect_not(iso8601_read(dm_str(texts[i]), &instant), "%s", texts[i]);
    cr_expect_eq(instant.seconds, 7);
}

TEST(iso8601, a_nul_is_no_separator)
{
    struct instant instant;
    cr_expect_not(iso8601_read(STR("2024-01-02\00003:04"), &instant));
}

TEST(iso8601, counts_every_day_of_four_centuries)
{
    for (int64_t day = -719162; day < -719162 + 4 * 146097; day += 1) {
        struct instant instant = {day * 86400, 0}, read = {0, 0};
        DM_AUTO_DONE(dm_buf) text;
        buf_init(&text, 64);
        iso8601_write(&instant, &text);
        if (!iso8601_read(buf_str(&text), &read) || read.seconds != instant.seconds)
            cr_assert_fail("%.*s", STR_ARG(buf_str(&text)));
    }
}
