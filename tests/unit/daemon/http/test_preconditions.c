/* What the header fields ask for: Prefer, If-Match, If-None-Match, traceparent. */
#include "daemon/http/precondition.h"
#include "daemon/http/preference.h"
#include "daemon/http/traceparent.h"
#include "support/test.h"

static bool lenient(const char *prefer)
{
    struct preferences preferences = preferences_read(dm_str(prefer));
    assert_str(dm_str(preferences_applied(&preferences, false)),
               preferences.lenient ? "handling=lenient" : "");
    return preferences.lenient;
}

TEST(preference, for_leniency_is_found_in_the_list)
{
    cr_assert(lenient("handling=lenient"));
    cr_assert(lenient("Handling = \"Lenient\""));
    cr_assert(lenient("respond-async, handling=lenient; x=y, wait=10"));
    cr_assert_not(lenient(NULL));
    cr_assert_not(lenient(""));
    cr_assert_not(lenient("handling=strict"));
    cr_assert_not(lenient("handling"));
    cr_assert_not(lenient("lenient"));
    cr_assert_not(lenient("x; handling=lenient"));
    cr_assert_not(lenient("handling=strict, handling=lenient"));
}

TEST(preference, for_what_a_write_returns_is_applied_where_it_was)
{
    static const struct {
        const char *prefer, *not_returned, *returned;
    } cases[] = {
        {"return=minimal", "", "return=minimal"},
        {"return=representation", "", "return=representation"},
        {"handling=lenient, Return=\"Minimal\"", "handling=lenient",
         "handling=lenient, return=minimal"},
        {"return=representation;x=y,handling=lenient", "handling=lenient",
         "handling=lenient, return=representation"},
        {"return=minimal, return=representation", "", "return=minimal"},
        {"return=headers-only", "", ""},
        {"return", "", ""},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct preferences preferences = preferences_read(dm_str(cases[i].prefer));
        assert_str(dm_str(preferences_applied(&preferences, false)),
                   cases[i].not_returned);
        assert_str(dm_str(preferences_applied(&preferences, true)), cases[i].returned);
    }
}

static enum precondition check(const char *if_match, const char *if_none_match)
{
    struct head head = {.if_match = {if_match != NULL, dm_str(if_match)},
                        .if_none_match = {if_none_match != NULL, dm_str(if_none_match)}};
    return precondition_check(&head, STR("\"a,b\""));
}

TEST(precondition, if_none_match_compares_weakly)
{
    const char *const unchanged[] = {
        "\"a,b\"", "*", " * ", "W/\"a,b\"", "\"x\", \"a,b\"", "\"x\",W/\"y\"  ,\"a,b\"",
    };
    const char *const changed[] = {
        "", "\"a\"", "\"x\"", "a,b", "\"a,b", "\"A,B\"", "x, \"a,b\"", "*, \"x\"",
    };
    for (size_t i = 0; i < DM_COUNT(unchanged); i++)
        cr_assert_eq(check(NULL, unchanged[i]), PRECONDITION_UNCHANGED, "%s",
                     unchanged[i]);
    for (size_t i = 0; i < DM_COUNT(changed); i++)
        cr_assert_eq(check(NULL, changed[i]), PRECONDITION_MET, "%s", changed[i]);
}

TEST(precondition, if_match_compares_strongly_and_comes_first)
{
    cr_assert_eq(check(NULL, NULL), PRECONDITION_MET);
    cr_assert_eq(check("\"a,b\"", NULL), PRECONDITION_MET);
    cr_assert_eq(check("*", NULL), PRECONDITION_MET);
    cr_assert_eq(check("\"x\", \"a,b\"", NULL), PRECONDITION_MET);
    cr_assert_eq(check("W/\"a,b\"", NULL), PRECONDITION_FAILED);
    cr_assert_eq(check("W/\"a,b\", \"a,b\"", NULL), PRECONDITION_MET);
    cr_assert_eq(check("\"x\"", NULL), PRECONDITION_FAILED);
    cr_assert_eq(check("", NULL), PRECONDITION_FAILED);
    cr_assert_eq(check("\"x\"", "\"a,b\""), PRECONDITION_FAILED);
    cr_assert_eq(check("\"a,b\"", "\"a,b\""), PRECONDITION_UNCHANGED);
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

TEST(traceparent, is_of_the_w3c_form_or_ignored)
{
    const char *const valid[] = {
        "00-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-ff",
        "01-" TRACE "-" PARENT "-01-what-comes-later",
    };
    const char *const invalid[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-0g",
        "00-" TRACE "-" PARENT "-01-more",
        "01-" TRACE "-" PARENT "-01more",
        "01-" TRACE "-" PARENT "-01-a b",
        "ff-" TRACE "-" PARENT "-01",
        "00-4BF92F3577b34da6a3ce929d0e0e4736-" PARENT "-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00_" TRACE "-" PARENT "-01",
    };
    for (size_t i = 0; i < DM_COUNT(valid); i++)
        cr_assert(traceparent_valid(dm_str(valid[i])), "%s", valid[i]);
    for (size_t i = 0; i < DM_COUNT(invalid); i++)
        cr_assert_not(traceparent_valid(dm_str(invalid[i])), "%s", invalid[i]);
}
