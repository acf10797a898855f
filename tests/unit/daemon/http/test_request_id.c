/* Request ids. */
#include "daemon/http/request_id.h"
#include "support/test.h"

TEST(request_id, is_32_hexadecimal_digits_and_never_the_same)
{
    struct dm_error err = {0};
    struct request_ids ids, others;
    char first[REQUEST_ID_MADE + 1], second[REQUEST_ID_MADE + 1];
    assert_ok(request_ids_init(&ids, &err), err);
    assert_ok(request_ids_init(&others, &err), err);

    request_id_make(&ids, first);
    cr_assert_eq(strlen(first), 32);
    cr_assert_eq(strspn(first, "0123456789abcdef"), 32);
    request_id_make(&ids, second);
    cr_assert_str_neq(first, second);
    request_id_make(&others, second);
    cr_assert_str_neq(first, second);
}

TEST(request_id, of_a_client_is_visible_ascii_of_a_bounded_length)
{
    char longest[REQUEST_ID_MAX + 1];
    memset(longest, 'x', sizeof longest);
    cr_assert(request_id_valid(STR("7")));
    cr_assert(request_id_valid(STR("!~\"=;")));
    cr_assert(request_id_valid((struct dm_str){longest, REQUEST_ID_MAX}));
    cr_assert_not(request_id_valid((struct dm_str){longest, REQUEST_ID_MAX + 1}));
    cr_assert_not(request_id_valid(STR("")));
    cr_assert_not(request_id_valid(STR("a b")));
    cr_assert_not(request_id_valid(STR("a\n")));
    cr_assert_not(request_id_valid(STR("\xc3\xa9")));
    cr_assert_not(request_id_valid(STR("a\0b")));
}
