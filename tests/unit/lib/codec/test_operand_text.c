/* Operands: text and declared type in, value out. */
#include "codec/ddb_json.h"
#include "codec/operand_text.h"
#include "support/cases.h"

enum { MEMORY_MAX = 1024 * 1024 };

typedef enum dm_code read_fn(const struct attribute *, const struct operand_text *,
                             struct arena *, struct dm_value *, struct dm_error *);

/* One case: "N 1.0". */
struct read {
    struct attribute attribute;
    bool declared;
    struct operand_text operand;
};

static struct read parse(struct dm_str input)
{
    struct dm_str type = str_split(&input, ' ');
    struct read read = {.attribute.name = STR("a"), .operand.text = input};
    read.declared = type.ptr[0] != '?';
    read.operand.quoted = str_equal(type, STR("?\""));
    cr_assert(!read.declared || attribute_type_from_name(type, &read.attribute.type,
                                                         &read.attribute.kind),
              "%.*s", STR_ARG(type));
    return read;
}

static enum dm_code run(read_fn *fn, const struct read *read, struct arena *arena,
                        struct dm_value *ret_value, struct dm_error *err)
{
    return fn(read->declared ? &read->attribute : NULL, &read->operand, arena, ret_value,
              err);
}

static void accepts(const char *path, read_fn *fn)
{
    struct cases cases = cases_open(path);
    while (cases_next(&cases)) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) out;
        struct dm_error err = {0};
        struct dm_value value;
        struct read read = parse(cases.input);
        arena_init(&arena, MEMORY_MAX);
        buf_init(&out, MEMORY_MAX);
        cr_assert_eq(run(fn, &read, &arena, &value, &err), DM_OK, "%.*s: %s",
                     STR_ARG(cases.input), err.message);
        ddb_json_write_value(&value, &out);
        cr_assert(str_equal(buf_str(&out), cases.expected), "%.*s is %.*s",
                  STR_ARG(cases.input), STR_ARG(buf_str(&out)));
    }
}

TEST(operand, is_read_by_its_declared_type_else_by_its_look)
{
    accepts(TEST_DATA "/cases/operand_accepted.txt", operand_text_read);
}

TEST(operand, of_contains_is_a_member_or_a_part)
{
    accepts(TEST_DATA "/cases/operand_members.txt", operand_text_read_member);
}

TEST(operand, of_another_type_is_refused_with_the_attribute_and_what_it_expects)
{
    static const char start[] = "attribute \"a\" must be ";
    struct cases cases = cases_open(TEST_DATA "/cases/operand_refused.txt");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(arena) arena;
        struct dm_error err = {0};
        struct dm_value value = {.type = DM_NULL};
        struct read read = parse(cases.input);
        arena_init(&arena, MEMORY_MAX);
        cr_assert_eq(run(operand_text_read, &read, &arena, &value, &err), DM_E_INVALID,
                     "%.*s", STR_ARG(cases.input));
        cr_assert(str_starts(dm_str(err.message), dm_str(start)), "%s", err.message);
        struct dm_str rest = dm_str(err.message + strlen(start));
        cr_assert(str_equal(rest, cases.expected), "%.*s: %s", STR_ARG(cases.input),
                  err.message);
        cr_assert_eq(value.type, DM_NULL);
    }
}

TEST(operand, that_is_not_utf_8_is_no_string)
{
    struct attribute attribute = {.name = STR("a"), .type = DM_S};
    struct operand_text operand = {STR("\xff"), false};
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value value;
    arena_init(&arena, MEMORY_MAX);
    cr_assert_eq(operand_text_read(&attribute, &operand, &arena, &value, &err),
                 DM_E_INVALID);
    assert_str(dm_str(err.hint), "a string is valid UTF-8");
    cr_assert_eq(operand_text_read(NULL, &operand, &arena, &value, &err), DM_E_INVALID);
    assert_str(dm_str(err.message), "expected a string (S): got \"\\xff\"");
}

TEST(operand, of_a_key_with_a_template_is_written_without_it)
{
    struct attribute key = {
        .name = STR("pk"), .type = DM_S, .prefix = STR("CUST#"), .suffix = STR("!")};
    struct operand_text operand = {STR("42"), false};
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value value;
    arena_init(&arena, MEMORY_MAX);
    assert_ok(operand_text_read(&key, &operand, &arena, &value, &err), err);
    assert_str(dm_value_text(&value), "CUST#42!");
    assert_ok(operand_text_read_member(&key, &operand, &arena, &value, &err), err);
    assert_str(dm_value_text(&value), "42");
}

TEST(operand, does_not_borrow_its_text)
{
    char text[] = "[\"open\"]";
    struct attribute attribute = {.name = STR("a"), .type = DM_L};
    struct operand_text operand = {dm_str(text), false};
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value value;
    arena_init(&arena, MEMORY_MAX);
    assert_ok(operand_text_read(&attribute, &operand, &arena, &value, &err), err);
    memset(text, 'x', strlen(text));
    assert_str(dm_value_text(dm_value_at(&value, 0)), "open");
}

TEST(operand, is_read_or_out_of_memory)
{
    static const char *const inputs[] = {
        "? open",     "? 42",         "B aGk", "L [1,\"\\u0041\"]", "SS [\"a\",\"b\"]",
        "NS [1,2,3]", "BS [\"aGk\"]", "ttl 1", "utc_datetime 2024", "M {\"a\":{}}",
    };
    for (size_t i = 0; i < DM_COUNT(inputs); i++) {
        struct read read = parse(dm_str(inputs[i]));
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(arena) arena;
            struct dm_error err = {0};
            struct dm_value value;
            arena_init(&arena, MEMORY_MAX);
            enum dm_code code = run(operand_text_read, &read, &arena, &value, &err);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s: %s", inputs[i],
                         err.message);
        }
    }
}
