/* The Authorization field. */
#include "daemon/auth/bearer.h"
#include "support/test.h"

TEST(bearer, is_a_scheme_in_any_case_and_a_token)
{
    static const char *const values[] = {
        "Bearer ab.c-_~+/09==", "bearer ab.c-_~+/09==", "BEARER    ab.c-_~+/09==",
        "bEaReR ab.c-_~+/09==  "};
    for (size_t i = 0; i < DM_COUNT(values); i++) {
        struct dm_str token;
        cr_assert(bearer_parse(dm_str(values[i]), &token), "%s", values[i]);
        assert_str(token, "ab.c-_~+/09==");
    }
}

TEST(bearer, is_nothing_else)
{
    static const struct dm_str values[] = {
        {"", 0},
        {"Bearer", 6},
        {"Bearer ", 7},
        {"Bearer   ", 9},
        {"Basic YTpi", 10},
        {" Bearer a", 9},
        {"Bearera", 7},
        {"Bearer\ta", 8},
        {"Bearer a b", 10},
        {"Bearer a,b", 10},
        {"Bearer =", 8},
        {"Bearer a=b", 10},
        {"Bearer \"a\"", 10},
        {"Bearer a\0b", 10},
        {"Bearer \xc3\xbc", 9},
        {"Bearer a;", 9},
        {"Bearer a%20", 11},
        {"Bear er a", 9},
        {"Bearer: a", 9},
    };
    for (size_t i = 0; i < DM_COUNT(values); i++) {
        struct dm_str token = {NULL, 7};
        cr_assert_not(bearer_parse(values[i], &token), "%s", values[i].ptr);
        cr_assert(!token.ptr && token.len == 7);
    }
}
