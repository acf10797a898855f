/* The pull reader. */
#include <stdlib.h>

#include "codec/json_reader.h"
#include "support/test.h"

enum { DEPTH = 5 };

/* Whether the text is one JSON value; the text is exactly as long as its memory, so that
 * reading past it is seen. */
static enum dm_code skip(struct dm_str text, struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    struct json_reader reader;
    char *copy = malloc(text.len + !text.len);
    memcpy(copy, text.ptr, text.len);
    arena_init(&arena, 1 << 16);
    reader_init(&reader, (struct dm_str){copy, text.len}, DEPTH, &arena);
    enum dm_code code = reader_skip(&reader, err);
    if (!code)
        code = reader_end(&reader, err);
    free(copy);
    return code;
}

TEST(json_reader, walks_objects_and_arrays)
{
    DM_AUTO_DONE(arena) arena;
    struct json_reader reader;
    struct dm_error err = {0};
    struct dm_str text;
    bool more, truth;
    arena_init(&arena, 1 << 16);
    reader_init(&reader, STR(" {\"a\" : [ 1 , true ],\"b\":{}, \"c\":null}\n"), DEPTH,
                &arena);

    cr_assert_eq(reader_peek(&reader), READER_OBJECT);
    assert_ok(reader_object_begin(&reader, &err), err);
    assert_ok(reader_object_next(&reader, &text, &more, &err), err);
    assert_str(text, "a");
    cr_assert_eq(reader_peek(&reader), READER_ARRAY);
    assert_ok(reader_array_begin(&reader, &err), err);
    assert_ok(reader_array_next(&reader, &more, &err), err);
    assert_ok(reader_number(&reader, &text, &err), err);
    assert_str(text, "1");
    assert_ok(reader_array_next(&reader, &more, &err), err);
    assert_ok(reader_bool(&reader, &truth, &err), err);
    cr_assert(more && truth);
    assert_ok(reader_array_next(&reader, &more, &err), err);
    cr_assert_not(more);

    assert_ok(reader_object_next(&reader, &text, &more, &err), err);
    assert_str(text, "b");
    assert_ok(reader_object_begin(&reader, &err), err);
    assert_ok(reader_object_next(&reader, &text, &more, &err), err);
    cr_assert_not(more);
    assert_ok(reader_object_next(&reader, &text, &more, &err), err);
    assert_str(text, "c");
    cr_assert(more);
    assert_ok(reader_null(&reader, &err), err);
    assert_ok(reader_object_next(&reader, &text, &more, &err), err);
    cr_assert_not(more);
    cr_assert_eq(reader.depth, 0);
    assert_ok(reader_end(&reader, &err), err);
}

TEST(json_reader, foresees_what_comes)
{
    static const struct {
        const char *text;
        enum reader_type type;
    } cases[] = {{" {", READER_OBJECT},  {"\t[", READER_ARRAY},  {"\"", READER_STRING},
                 {"-1", READER_NUMBER},  {"0", READER_NUMBER},   {"9", READER_NUMBER},
                 {"true", READER_BOOL},  {"false", READER_BOOL}, {"null", READER_NULL},
                 {"", READER_INVALID},   {"x", READER_INVALID},  {"]", READER_INVALID},
                 {"+1", READER_INVALID}, {"\v1", READER_INVALID}};
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct json_reader reader;
        reader_init(&reader, dm_str(cases[i].text), DEPTH, NULL);
        cr_assert_eq(reader_peek(&reader), cases[i].type, "%s", cases[i].text);
    }
}

TEST(json_reader, lends_strings_without_escapes)
{
    struct json_reader reader;
    struct dm_error err = {0};
    struct dm_str source = STR("\"caf\xC3\xA9\""), text;
    reader_init(&reader, source, DEPTH, NULL);
    assert_ok(reader_string(&reader, &text, &err), err);
    cr_assert_eq(text.ptr, source.ptr + 1);
    cr_assert_eq(text.len, 5);
}

TEST(json_reader, takes_control_characters_in_no_string)
{
    for (int c = 0; c < 0x20; c++) {
        char text[] = "\"ab?d efgh ijkl\"";
        struct dm_error err = {0};
        text[3] = (char)c;
        cr_assert_eq(skip((struct dm_str){text, 16}, &err), DM_E_INVALID);
        cr_assert_str_eq(err.message, "byte 3: a control character in a string");
    }
}

TEST(json_reader, takes_utf8_alone)
{
    static const char *const wrong[] = {
        "\"\x80\"",        "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
        "\"abc\xE2\x82\"", "\"\xFF\\n\"",  "{\"\xC3\":1}",     "\"\xC3\\u00A9\""};
    for (size_t i = 0; i < DM_COUNT(wrong); i++) {
        struct dm_error err = {0};
        cr_assert_eq(skip(dm_str(wrong[i]), &err), DM_E_INVALID, "case %zu", i);
        cr_assert(strstr(err.message, "not UTF-8"), "%s", err.message);
    }
}

/* One string of that length, whose byte at that place is c. */
static enum dm_code read_one(size_t length, size_t place, char c, struct dm_str *ret_text,
                             struct arena *arena)
{
    struct json_reader reader;
    char *text = arena_alloc(arena, length + 2);
    cr_assert(text);
    memset(text, 'x', length + 2);
    text[0] = text[length + 1] = '"';
    text[1 + place] = c;
    reader_init(&reader, (struct dm_str){text, length + 2}, 4, arena);
    return reader_string(&reader, ret_text, NULL);
}

TEST(json_reader, finds_what_is_special_wherever_it_stands)
{
    for (size_t length = 1; length <= 20; length++) {
        for (size_t place = 0; place < length; place++) {
            DM_AUTO_DONE(arena) arena;
            struct dm_str text = {NULL, 0};
            arena_init(&arena, 1 << 16);
            cr_assert(read_one(length, place, '\x1f', &text, &arena));
            cr_assert(read_one(length, place, '\0', &text, &arena));
            cr_assert(read_one(length, place, '\\', &text, &arena));
            cr_assert(read_one(length, place, '\x80', &text, &arena));
            cr_assert(read_one(length, place, '\xff', &text, &arena));
            cr_assert_not(read_one(length, place, '\x7f', &text, &arena));
            cr_assert_eq(text.len, length);
            cr_assert_not(read_one(length, place, '"', &text, &arena));
            cr_assert_eq(text.len, place);
        }
    }
}

TEST(json_reader, goes_as_deep_as_it_is_told)
{
    struct dm_error err = {0};
    assert_ok(skip(STR("[[[[[1]]]]]"), &err), err);
    assert_ok(skip(STR("[{\"a\":[[[]]]},[[[[]]]]]"), &err), err);
    cr_assert_eq(skip(STR("[[[[[[1]]]]]]"), &err), DM_E_INVALID);
    cr_assert_str_eq(err.message, "byte 5: nested deeper than 5");
    cr_assert_eq(skip(STR("[[[[[{"), &err), DM_E_INVALID);
}

/* Cut anywhere, nothing is left of a document that could be taken for one. */
TEST(json_reader, takes_no_document_that_is_cut_short)
{
    struct dm_str whole = STR("{\"a\":[1.5e3,true,null,\"x\\ud83d\\ude00\"],\"b\":{}}");
    struct dm_error err = {0};
    assert_ok(skip(whole, &err), err);
    for (size_t len = 0; len < whole.len; len++)
        cr_assert_eq(skip((struct dm_str){whole.ptr, len}, &err), DM_E_INVALID, "%zu",
                     len);
}

TEST(json_reader, takes_a_nul_for_no_end)
{
    struct dm_error err = {0};
    cr_assert_eq(skip(STR("1\0"), &err), DM_E_INVALID);
    cr_assert_eq(skip(STR("\0"), &err), DM_E_INVALID);
}

TEST(json_reader, leaves_its_outputs_untouched_on_failure)
{
    DM_AUTO_DONE(arena) arena;
    struct json_reader reader;
    struct dm_str text = STR("old");
    bool truth = true;
    arena_init(&arena, 1 << 16);
    reader_init(&reader, STR("\"a\\x\""), DEPTH, &arena);
    cr_assert_eq(reader_string(&reader, &text, NULL), DM_E_INVALID);
    reader_init(&reader, STR("x"), DEPTH, &arena);
    cr_assert_eq(reader_number(&reader, &text, NULL), DM_E_INVALID);
    cr_assert_eq(reader_bool(&reader, &truth, NULL), DM_E_INVALID);
    reader_init(&reader, STR("{\"a\" 1}"), DEPTH, &arena);
    cr_assert_eq(reader_object_begin(&reader, NULL), DM_OK);
    cr_assert_eq(reader_object_next(&reader, &text, &truth, NULL), DM_E_INVALID);
    assert_str(text, "old");
    cr_assert(truth);
}

TEST(json_reader, says_when_memory_runs_out)
{
    DM_AUTO_DONE(arena) arena;
    struct json_reader reader;
    struct dm_str text;
    arena_init(&arena, 0);
    reader_init(&reader, STR("\"\\n\""), DEPTH, &arena);
    cr_assert_eq(reader_string(&reader, &text, NULL), DM_E_NOMEM);
}
