/* Documents taken apart. */
#include "model/document.h"

#include "support/test.h"

static const struct document_member members[] = {
    {"keys", READER_ARRAY}, {"name", READER_STRING}, {"strong", READER_BOOL}};
enum { KEYS, NAME, STRONG, MEMBERS };

TEST(document, gives_members_as_they_stand)
{
    struct dm_str values[MEMBERS], name;
    struct dm_error err = {0};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 16);
    assert_ok(
        document_object(STR(" {\"n\\u0061me\" : \"\\u0041\" , \"keys\":[ 1,{} ]}\n"),
                        members, MEMBERS, values, &err),
        err);
    assert_str(values[KEYS], "[ 1,{} ]");
    assert_str(values[NAME], "\"\\u0041\"");
    cr_assert_null(values[STRONG].ptr);
    assert_ok(document_string(values[NAME], &arena, &name, &err), err);
    assert_str(name, "A");
    assert_ok(document_string(values[STRONG], &arena, &name, &err), err);
    cr_assert_null(name.ptr);
    cr_assert(document_is_true(STR("true")));
    cr_assert_not(document_is_true(STR("false")));
    cr_assert_not(document_is_true(values[STRONG]));
}

TEST(document, gives_elements_as_they_stand)
{
    struct dm_str *elements;
    size_t count;
    struct dm_error err = {0};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 16);
    assert_ok(document_array(STR("[ {\"a\":[1]} ,\"\\n\",[]]"), &arena, &elements, &count,
                             &err),
              err);
    cr_assert_eq(count, 3);
    assert_str(elements[0], "{\"a\":[1]}");
    assert_str(elements[1], "\"\\n\"");
    assert_str(elements[2], "[]");
    assert_ok(document_array((struct dm_str){NULL, 0}, &arena, &elements, &count, &err),
              err);
    cr_assert_eq(count, 0);
}

static void refuse(const char *text, const char *message)
{
    struct dm_str values[MEMBERS];
    struct dm_error err = {0};
    cr_assert_eq(document_object(dm_str(text), members, MEMBERS, values, &err),
                 DM_E_INVALID);
    cr_assert_str_eq(err.message, message);
}

TEST(document, refuses_what_has_another_shape)
{
    refuse("", "byte 0: expected an object");
    refuse("{} {}", "byte 3: expected nothing more");
    refuse("{\"x\":1}", "\"x\" is not known here");
    refuse("{\"\\u0007\":1}", "\"\\x07\" is not known here");
    refuse("{\"name\":1}", "\"name\": expected a string");
    refuse("{\"strong\":null}", "\"strong\": expected true or false");
    refuse("{\"name\":\"a\",\"name\":\"b\"}", "\"name\" is given twice");
    refuse("{\"keys\":[}", "byte 9: expected a value");
    refuse("{\"name\":\"\\ud800\"}", "byte 9: a wrong escape");
}

TEST(document, says_which_entry_is_to_blame)
{
    struct dm_error why = {.code = DM_E_INVALID_KEY, .message = "bad", .hint = "do"};
    struct dm_error err = {0};
    cr_assert_eq(document_blame("keys", 3, &why, &err), DM_E_INVALID_KEY);
    cr_assert_str_eq(err.message, "keys[3]: bad");
    cr_assert_str_eq(err.hint, "do");
    cr_assert_eq(document_blame("keys", 3, &why, NULL), DM_E_INVALID_KEY);
}
