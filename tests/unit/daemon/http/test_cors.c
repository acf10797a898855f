/* Which origin may read an answer. */
#include "daemon/http/cors.h"
#include "daemon/http/head.h"
#include "support/test.h"

static struct dm_str app = {"https://app.example", 19};

static const char *allowed(const struct cors_config *config, unsigned count,
                           const char *origin)
{
    struct head_field field = {count, dm_str(origin)};
    return cors_allow_origin(config, &field);
}

TEST(cors, allows_nobody_by_default)
{
    const struct cors_config none = {.any = false};
    cr_assert_null(allowed(&none, 1, "https://app.example"));
    cr_assert_not(cors_varies(&none));
}

TEST(cors, allows_origins_that_are_exactly_those)
{
    static const char *const refused[] = {"https://app.example.evil",
                                          "https://app.example:444",
                                          "http://app.example",
                                          "https://APP.example",
                                          "https://xapp.example",
                                          "https://app.example/",
                                          "null",
                                          "",
                                          "*"};
    const struct cors_config config = {.origins = {&app, 1}};
    cr_assert_str_eq(allowed(&config, 1, "https://app.example"), "https://app.example");
    cr_assert_null(allowed(&config, 2, "https://app.example"));
    for (size_t i = 0; i < DM_COUNT(refused); i++)
        cr_assert_null(allowed(&config, 1, refused[i]), "%s", refused[i]);
    cr_assert(cors_varies(&config));
}

TEST(cors, allows_all_where_it_says_so)
{
    const struct cors_config config = {.origins = {&app, 1}, .any = true};
    cr_assert_str_eq(allowed(&config, 1, "https://evil.example"), "*");
    cr_assert_str_eq(allowed(&config, 0, ""), "*");
    cr_assert_not(cors_varies(&config));
}
