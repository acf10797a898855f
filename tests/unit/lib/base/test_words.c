/* Splitting a command line. The expected words are those of Python's shlex.split, which
 * botocore splits with. */
#include "base/words.h"
#include "support/test.h"

enum { WORDS = 6 };

static void assert_words(const char *text, char *const *words,
                         const char *const *expected)
{
    size_t i = 0;
    for (; expected[i]; i++) {
        cr_assert_not_null(words[i], "[%s] has %zu words", text, i);
        cr_assert_str_eq(words[i], expected[i], "[%s] word %zu is [%s]", text, i,
                         words[i]);
    }
    cr_assert_null(words[i], "[%s] has a word more: [%s]", text, words[i]);
}

TEST(words, are_split_as_a_shell_splits_them)
{
    static const struct {
        const char *text, *words[WORDS];
    } cases[] = {
        {"", {NULL}},
        {" \t\r\n", {NULL}},
        {"a", {"a"}},
        {" a b  c\t", {"a", "b", "c"}},
        {"/opt/x --flag=1 -v", {"/opt/x", "--flag=1", "-v"}},
        {"'a b' c", {"a b", "c"}},
        {"\"a b\" c", {"a b", "c"}},
        {"a'b c'd\"e f\"", {"ab cde f"}},
        {"''", {""}},
        {"a '' \"\" b", {"a", "", "", "b"}},
        {"a\\ b", {"a b"}},
        {"\\' \\\"", {"'", "\""}},
        {"\"a\\\"b\"", {"a\"b"}},
        {"\"a\\\\b\"", {"a\\b"}},
        {"\"a\\nb\\$\"", {"a\\nb\\$"}},
        {"'a\\b'", {"a\\b"}},
        {"'a'\\''b'", {"a'b"}},
        {"'\"' \"'\"", {"\"", "'"}},
        {"a#b #c", {"a#b", "#c"}},
        {"$HOME `x` * ~", {"$HOME", "`x`", "*", "~"}},
        {"a;b|c&d>e", {"a;b|c&d>e"}},
        {"a\nb", {"a", "b"}},
        {"\\\nb \"c\nd\"", {"\nb", "c\nd"}},
        {"\xc3\xa9 '\xc3\xbc x'", {"\xc3\xa9", "\xc3\xbc x"}},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        char **words = NULL;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 4096);
        assert_ok(words_split(dm_str(cases[i].text), &arena, &words, &err), err);
        assert_words(cases[i].text, words, cases[i].words);
    }
}

TEST(words, of_a_half_command_are_refused)
{
    static const struct {
        struct dm_str text;
        const char *message;
    } cases[] = {
        {STR("'"), "a quotation has no end"},
        {STR("a \"b"), "a quotation has no end"},
        {STR("a'b\""), "a quotation has no end"},
        {STR("\"a\\\""), "a quotation has no end"},
        {STR("a\\"), "nothing follows the last backslash"},
        {STR("\"a\\"), "nothing follows the last backslash"},
        {STR("a\0b"), "it holds a NUL"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        char **words = NULL;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 4096);
        cr_assert_eq(words_split(cases[i].text, &arena, &words, &err), DM_E_INVALID);
        assert_str(dm_str(err.message), cases[i].message);
        cr_assert_null(words);
    }
}

TEST(words, fit_where_every_second_byte_begins_one)
{
    struct dm_error err = {0};
    char **words = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    assert_ok(words_split(STR("a b c d e"), &arena, &words, &err), err);
    assert_words("a b c d e", words,
                 (const char *const[]){"a", "b", "c", "d", "e", NULL});
}

TEST(words, survive_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        char **words = NULL;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 4096);
        enum dm_code code = words_split(STR("a 'b c'"), &arena, &words, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
