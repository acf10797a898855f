/* Content negotiation. */
#include "daemon/http/accept.h"
#include "daemon/http/problem.h"
#include "support/cases.h"

TEST(accept, is_chosen_as_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/accepts");
    while (cases_next(&cases)) {
        struct dm_error err = {0};
        enum representation representation = REPRESENT_PLAIN;
        enum dm_code code =
            accept_choose(cases.input, OFFER_PLAIN | OFFER_TYPED, &representation, &err);
        const char *chosen =
            code ? problem_type(code) : representation_type(representation);
        cr_assert(str_equal(dm_str(chosen), cases.expected),
                  "\"%.*s\" gives %s, not %.*s", STR_ARG(cases.input), chosen,
                  STR_ARG(cases.expected));
    }
}

TEST(accept, does_not_choose_what_is_not_offered)
{
    struct dm_error err = {0};
    enum representation representation = REPRESENT_PLAIN;
    cr_assert_eq(accept_choose(STR("application/x-amz-json-1.0"), OFFER_PLAIN,
                               &representation, &err),
                 (enum dm_code)PROBLEM_NOT_ACCEPTABLE);
    assert_ok(accept_choose(STR("application/x-amz-json-1.0, */*;q=0.1"), OFFER_PLAIN,
                            &representation, &err),
              err);
    cr_assert_eq(representation, REPRESENT_PLAIN);
}
