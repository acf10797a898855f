/* The sentence of a 404. */
#include "model/model.h"
#include "support/test.h"

static struct dm_error not_found(const char *message, struct dm_str hash,
                                 struct dm_str range, const char *own)
{
    struct model_config config = {.name = STR("todo"), .message = dm_str(message)};
    struct dm_model model = {.config = &config};
    struct dm_error err = {0};
    cr_assert_eq(model_not_found(&model, hash, range, dm_str(own), &err), DM_E_NOT_FOUND);
    return err;
}

static void expect(const char *message, const char *hash, const char *range,
                   const char *own, const char *sentence)
{
    struct dm_error err = not_found(message, dm_str(hash), dm_str(range), own);
    assert_str(dm_str(err.message), sentence);
}

TEST(message, is_the_requests_else_the_models_else_a_plain_sentence)
{
    expect("no todo {hash}", "42", NULL, "gone", "gone");
    expect("no todo {hash}", "42", NULL, "", "no todo 42");
    expect("", "42", NULL, "", "no such item: 42");
    expect("", "42", "7", "", "no such item: 42, 7");
    expect("", "", NULL, "", "no item in this model");
}

TEST(message, puts_the_keys_in_the_models_words_and_leaves_the_requests_alone)
{
    expect("{hash}/{range}/{hash}/{other}", "a", "b", "", "a/b/a/{other}");
    expect("{hash", "a", "b", "", "{hash");
    expect("x", "a", NULL, "{hash}", "{hash}");
    expect("{hash}", "{range}", "b", "", "{range}");
}

TEST(message, of_first_is_not_one_that_names_keys)
{
    expect("no todo {hash}", "", NULL, "", "no item in this model");
    expect("nothing to do", "", NULL, "", "nothing to do");
}

TEST(message, shows_a_nul_of_a_key_and_cuts_long_keys_at_a_character)
{
    struct dm_error err = not_found("{hash}!", (struct dm_str){"a\0b", 3}, STR(""), "");
    assert_str(dm_str(err.message), "a\xEF\xBF\xBD"
                                    "b!");

    char longest[2049] = {0};
    for (size_t i = 0; i < 1024; i++)
        memcpy(longest + 2 * i, "é", 2);
    err = not_found("{hash}{hash}{hash}", dm_str(longest), STR(""), "");
    cr_assert_eq(strlen(err.message), 510, "511 would end inside a character");
}
