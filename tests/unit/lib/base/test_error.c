/* Errors. */
#include "base/error.h"
#include "base/utf8.h"
#include "support/test.h"

TEST(error, holds_code_and_message_and_forgets_what_was_before)
{
    struct dm_error err = {.retry_after_s = 3, .hint = "old", .upstream_type = "Old"};
    cr_assert_eq(error_set(&err, DM_E_INVALID, "%s is %d", "x", 1), DM_E_INVALID);
    cr_assert_eq(err.code, DM_E_INVALID);
    cr_assert_str_eq(err.message, "x is 1");
    cr_assert_str_eq(err.hint, "");
    cr_assert_str_eq(err.upstream_type, "");
    cr_assert_eq(err.retry_after_s, 0);
    error_hint(&err, "try %d", 2);
    cr_assert_str_eq(err.hint, "try 2");
    cr_assert_str_eq(err.message, "x is 1");
}

TEST(error, need_not_be_asked_for)
{
    cr_assert_eq(error_set(NULL, DM_E_TIMEOUT, "late"), DM_E_TIMEOUT);
    cr_assert_eq(error_nomem(NULL), DM_E_NOMEM);
    error_hint(NULL, "none");
}

TEST(error, says_when_memory_ran_out)
{
    struct dm_error err = {0};
    cr_assert_eq(error_nomem(&err), DM_E_NOMEM);
    cr_assert_eq(err.code, DM_E_NOMEM);
    cr_assert_gt(strlen(err.message), 0);
}

TEST(error, cuts_a_long_message_at_a_character)
{
    char text[3 * sizeof((struct dm_error *)0)->message];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t at = shift; at + 4 < sizeof text; at += 4)
            memcpy(text + at, "\xF0\x9F\x98\x80", 5);
        struct dm_error err = {0};
        error_set(&err, DM_E_INVALID, "%s", text);
        size_t len = strlen(err.message);
        cr_assert(utf8_valid((struct dm_str){err.message, len}), "shift %zu", shift);
        cr_assert_geq(len + 4, sizeof err.message);
    }
}

TEST(error, has_a_name_for_each_code)
{
    for (int code = 0; code < DM_E_CODE_COUNT; code++)
        cr_assert(dm_code_name((enum dm_code)code)[0]);
    cr_assert_str_eq(dm_code_name(DM_E_NOT_FOUND), "item-not-found");
    cr_assert_str_eq(dm_code_name(DM_E_CODE_COUNT), "unknown");
    cr_assert_str_eq(dm_code_name((enum dm_code) - 1), "unknown");
}
