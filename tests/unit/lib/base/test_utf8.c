/* UTF-8. */
#include "base/utf8.h"
#include "support/test.h"

TEST(utf8, takes_every_length_of_character)
{
    cr_assert(utf8_valid(STR("")));
    cr_assert(utf8_valid(STR("plain text, longer than eight bytes")));
    cr_assert(utf8_valid(STR("a\0b")));
    cr_assert(
        utf8_valid(STR("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80")));
    cr_assert(utf8_valid(STR("\xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF")));
}

TEST(utf8, takes_nothing_else)
{
    static const char *const wrong[] = {
        "\x80",     /* a continuation alone */
        "\xC0\x80", /* overlong */
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", /* surrogates */
        "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", /* past U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xC2",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xE2\x82z",
        "\xF0\x9F\x98z",
        "\xC2z",
    };
    for (size_t i = 0; i < DM_COUNT(wrong); i++) {
        cr_assert_not(utf8_valid(dm_str(wrong[i])), "case %zu", i);
        char after[32] = "12345678";
        memcpy(after + 8, wrong[i], strlen(wrong[i]));
        cr_assert_not(utf8_valid(dm_str(after)), "case %zu", i);
    }
}

TEST(utf8, is_cut_between_characters)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t len = 0; len < DM_COUNT(cuts); len++)
        cr_assert_eq(utf8_cut(text, len), cuts[len], "len %zu", len);
}

TEST(utf8, encodes_what_it_takes)
{
    static const unsigned code_points[] = {0,      0x7F,   0x80,    0x7FF,   0x800,
                                           0xD7FF, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF};
    static const size_t sizes[] = {1, 1, 2, 2, 3, 3, 3, 4, 4, 4};
    for (size_t i = 0; i < DM_COUNT(sizes); i++) {
        char out[4];
        size_t size = utf8_encode(code_points[i], out);
        cr_assert_eq(size, sizes[i]);
        cr_assert(utf8_valid((struct dm_str){out, size}));
    }
    char euro[4];
    cr_assert_eq(utf8_encode(0x20AC, euro), 3);
    cr_assert_arr_eq(euro, "\xE2\x82\xAC", 3);
}
