/* Keys. */
#include "base/utf8.h"
#include "support/test.h"
#include "value/key.h"

enum { ARENA_MAX = 1 << 16 };

static const struct dm_str none = {NULL, 0};

static struct key_schema schema_of(enum dm_type hash)
{
    return (struct key_schema){.hash = {STR("id"), hash}};
}

static struct key_schema composite(enum dm_type hash, enum dm_type range)
{
    return (struct key_schema){.hash = {STR("id"), hash}, .range = {STR("at"), range}};
}

static void assert_refused(struct key_schema schema, struct dm_str hash,
                           struct dm_str range, const char *message)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key = {.hash.type = DM_BS};
    arena_init(&arena, ARENA_MAX);
    cr_assert_eq(key_parse(&schema, hash, range, &arena, &key, &err), DM_E_INVALID_KEY);
    cr_assert_str_eq(err.message, message);
    cr_assert(utf8_valid(dm_str(err.message)));
    cr_assert_eq(key.hash.type, DM_BS);
}

static void assert_hash(enum dm_type type, struct dm_str text, struct dm_str expected)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    struct key_schema schema = schema_of(type);
    arena_init(&arena, ARENA_MAX);
    assert_ok(key_parse(&schema, text, none, &arena, &key, &err), err);
    cr_assert_eq(key.hash.type, type);
    cr_assert(str_equal(key.hash.as.text, expected), "got %.*s",
              STR_ARG(key.hash.as.text));
    cr_assert_neq(key.hash.as.text.ptr, text.ptr);
    assert_str(key.hash_attribute.name, "id");
    cr_assert(str_empty(key.range_attribute.name));
}

TEST(key, takes_a_string_as_it_is)
{
    assert_hash(DM_S, STR("42"), STR("42"));
    assert_hash(DM_S, STR("a/b\0c \xF0\x9F\x98\x80"), STR("a/b\0c \xF0\x9F\x98\x80"));
}

TEST(key, makes_numbers_canonical)
{
    assert_hash(DM_N, STR("1.0"), STR("1"));
    assert_hash(DM_N, STR("+1e3"), STR("1000"));
    assert_hash(DM_N, STR("-0"), STR("0"));
}

TEST(key, decodes_base64url)
{
    assert_hash(DM_B, STR("-_8"), STR("\xFB\xFF"));
    assert_hash(DM_B, STR("-_8="), STR("\xFB\xFF"));
    assert_hash(DM_B, STR("AA"), STR("\0"));
}

TEST(key, has_both_halves_where_the_table_has_them)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    struct key_schema schema = composite(DM_S, DM_N);
    arena_init(&arena, ARENA_MAX);
    assert_ok(key_parse(&schema, STR("a"), STR("02"), &arena, &key, &err), err);
    assert_str(key.hash.as.text, "a");
    assert_str(key.range.as.text, "2");
    cr_assert_eq(key.range.type, DM_N);
    assert_str(key.range_attribute.name, "at");
}

TEST(key, of_a_wrong_type_says_what_was_expected)
{
    assert_refused(schema_of(DM_N), STR("abc"), none,
                   "key \"id\" must be a number (N): got \"abc\"");
    assert_refused(schema_of(DM_S), STR("a\xFF"), none,
                   "key \"id\" must be a string (S): got \"a\\xff\"");
    assert_refused(schema_of(DM_B), STR("a+b="), none,
                   "key \"id\" must be base64url of binary (B): got \"a+b=\"");
    assert_refused(composite(DM_S, DM_N), STR("a"), STR("x"),
                   "key \"at\" must be a number (N): got \"x\"");
}

TEST(key, of_a_wrong_number_hints_at_the_rule)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    struct key_schema schema = schema_of(DM_N);
    arena_init(&arena, ARENA_MAX);
    cr_assert_eq(key_parse(&schema, STR("1e126"), none, &arena, &key, &err),
                 DM_E_INVALID_KEY);
    cr_assert(strstr(err.hint, "E+125"), "%s", err.hint);
}

TEST(key, that_is_empty_is_refused)
{
    assert_refused(schema_of(DM_S), STR(""), none,
                   "key \"id\" must be a string (S), and not empty: got \"\"");
    assert_refused(schema_of(DM_B), STR("===="), none,
                   "key \"id\" must be base64url of binary (B): got \"====\"");
    assert_refused(composite(DM_S, DM_B), STR("a"), STR(""),
                   "key \"at\" must be base64url of binary (B), and not empty: got \"\"");
}

TEST(key, that_is_missing_is_refused)
{
    assert_refused(composite(DM_S, DM_N), STR("a"), none,
                   "key \"at\" is missing: it must be a number (N)");
    assert_refused(schema_of(DM_S), none, none,
                   "key \"id\" is missing: it must be a string (S)");
}

TEST(key, that_is_superfluous_is_refused)
{
    assert_refused(schema_of(DM_S), STR("a"), STR("b"),
                   "the table has no range key: its key is \"id\" alone, got \"b\"");
    assert_refused(schema_of(DM_S), STR("a"), STR(""),
                   "the table has no range key: its key is \"id\" alone, got \"\"");
}

TEST(key, has_a_longest_hash_and_a_longest_range)
{
    static char text[KEY_HASH_MAX + 1];
    memset(text, 'k', sizeof text);
    assert_hash(DM_S, (struct dm_str){text, KEY_HASH_MAX},
                (struct dm_str){text, KEY_HASH_MAX});
    assert_refused(schema_of(DM_S), (struct dm_str){text, KEY_HASH_MAX + 1}, none,
                   "key \"id\" must be a string (S) of at most 2048 bytes: got 2049");
    assert_refused(composite(DM_S, DM_S), STR("a"),
                   (struct dm_str){text, KEY_RANGE_MAX + 1},
                   "key \"at\" must be a string (S) of at most 1024 bytes: got 1025");
}

TEST(key, binary_is_measured_decoded)
{
    static char text[(KEY_RANGE_MAX + 2) / 3 * 4];
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    struct key_schema schema = composite(DM_B, DM_B);
    memset(text, 'A', sizeof text);
    arena_init(&arena, ARENA_MAX);
    struct dm_str longest = {text, KEY_RANGE_MAX / 3 * 4 + 2};
    assert_ok(key_parse(&schema, STR("AA"), longest, &arena, &key, &err), err);
    cr_assert_eq(key.range.as.text.len, KEY_RANGE_MAX);
    assert_refused(schema, STR("AA"), (struct dm_str){text, longest.len + 1},
                   "key \"at\" must be base64url of binary (B) of at most 1024 bytes: "
                   "got 1025");
}

TEST(key, errors_cut_a_long_value)
{
    static char text[3000];
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    struct key_schema schema = schema_of(DM_N);
    memset(text, 'x', sizeof text);
    arena_init(&arena, ARENA_MAX);
    cr_assert_eq(
        key_parse(&schema, (struct dm_str){text, sizeof text}, none, &arena, &key, &err),
        DM_E_INVALID_KEY);
    cr_assert_leq(strlen(err.message), 128);
    cr_assert(strstr(err.message, "xxx…\""), "%s", err.message);
}

TEST(key, survives_each_allocation_failing)
{
    static const enum dm_type types[] = {DM_S, DM_N, DM_B};
    for (size_t i = 0; i < DM_COUNT(types); i++) {
        struct key_schema schema = composite(types[i], types[i]);
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(arena) arena;
            struct dm_error err = {0};
            struct key key;
            arena_init(&arena, ARENA_MAX);
            enum dm_code code =
                key_parse(&schema, STR("1234"), STR("5678"), &arena, &key, &err);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        }
    }
}

TEST(key_schema, is_compared_by_names_and_types)
{
    struct key_schema a = composite(DM_S, DM_N), b = composite(DM_S, DM_N);
    cr_assert(key_schema_equal(&a, &b));
    b.range.type = DM_S;
    cr_assert_not(key_schema_equal(&a, &b));
    b = composite(DM_S, DM_N);
    b.hash.name = STR("ID");
    cr_assert_not(key_schema_equal(&a, &b));
    b = schema_of(DM_S);
    cr_assert_not(key_schema_equal(&a, &b));
    a = schema_of(DM_S);
    a.range.type = DM_B; /* of no attribute: means nothing */
    cr_assert(key_schema_equal(&a, &b));
}

TEST(key, is_taken_out_of_an_item)
{
    static const struct key_schema of_item = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};
    struct value_member members[] = {{STR("at"), {.type = DM_N, .as.text = STR("1")}},
                                     {STR("id"), {.type = DM_S, .as.text = STR("x")}}};
    struct dm_value item = {.type = DM_M, .as.map = {members, 2}};
    struct key taken;
    cr_assert(key_of_item(&of_item, &item, &taken));
    assert_str(taken.hash.as.text, "x");
    assert_str(taken.range.as.text, "1");
    members[0].value.type = DM_S;
    cr_assert_not(key_of_item(&of_item, &item, &taken));
    item.as.map.count = 0;
    cr_assert_not(key_of_item(&of_item, &item, &taken));
}
