/* What may be in a header field. */
#include "net/http_field.h"
#include "support/test.h"

TEST(http_field, has_a_token_for_a_name)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    cr_assert_not(field_is_name(STR("")));
    for (int c = 0; c < 256; c++) {
        const char name[] = {'X', (char)c};
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_mark = (c >= '0' && c <= '9') || (c && strchr(marks, c));
        cr_assert_eq(field_is_name((struct dm_str){name, 2}), is_letter || is_mark, "%d",
                     c);
    }
}

TEST(http_field, has_no_control_character_in_its_value_but_the_tab)
{
    cr_assert(field_is_value(STR("")));
    for (int c = 0; c < 256; c++) {
        const char value[] = {'x', (char)c};
        bool is_control = (c < ' ' && c != '\t') || c == 0x7f;
        cr_assert_eq(field_is_value((struct dm_str){value, 2}), !is_control, "%d", c);
        for (size_t at = 0; at < 19; at++) {
            char large[] = "\t2345678\t012\xc3\xa9"
                           "5678\t";
            large[at] = (char)c;
            cr_assert_eq(field_is_value((struct dm_str){large, 19}), !is_control, "%d",
                         c);
        }
    }
}
