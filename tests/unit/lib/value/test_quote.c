/* Quoting for error messages. */
#include "base/utf8.h"
#include "support/test.h"
#include "value/quote.h"

TEST(quote, leaves_printable_text_alone)
{
    cr_assert_str_eq(quote(STR("")).text, "");
    cr_assert_str_eq(quote(STR("caf\xC3\xA9 \"42\" \xF0\x9F\x98\x80")).text,
                     "caf\xC3\xA9 \"42\" \xF0\x9F\x98\x80");
}

TEST(quote, spells_out_bytes_that_cannot_be_shown)
{
    cr_assert_str_eq(quote(STR("a\0b\n\x7F")).text, "a\\x00b\\x0a\\x7f");
    cr_assert_str_eq(quote(STR("\xC3")).text, "\\xc3");
    cr_assert_str_eq(quote(STR("\xFFz\xC2\x85")).text, "\\xffz\\xc2\\x85");
    cr_assert_str_eq(quote(STR("\xC2\xA0")).text, "\xC2\xA0");
}

TEST(quote, cuts_long_text_between_characters)
{
    char text[300];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t at = shift; at + 4 <= sizeof text; at += 4)
            memcpy(text + at, "\xF0\x9F\x98\x80", 4);
        struct quote quoted = quote((struct dm_str){text, 296 + shift});
        struct dm_str shown = dm_str(quoted.text);
        cr_assert(utf8_valid(shown));
        cr_assert(str_ends(shown, STR("…")));
        cr_assert_leq(shown.len, sizeof quoted.text - 1);
        cr_assert_geq(shown.len, QUOTE_MAX - 3);
    }
}

TEST(quote, shows_text_of_just_the_limit_whole)
{
    char text[QUOTE_MAX + 1];
    memset(text, 'x', sizeof text);
    cr_assert_eq(strlen(quote((struct dm_str){text, QUOTE_MAX}).text), QUOTE_MAX);
    cr_assert(
        str_ends(dm_str(quote((struct dm_str){text, QUOTE_MAX + 1}).text), STR("x…")));
}
