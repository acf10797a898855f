/* Filters: cases/filters holds what is asked and what becomes of it. */
#include "codec/ddb_json.h"
#include "expr/render.h"
#include "model/filter.h"
#include "support/cases.h"

#define TEXT(literal)                                                                    \
    {                                                                                    \
        literal, sizeof literal - 1                                                      \
    }

enum { ARENA_MAX = 16 * 1024 * 1024, FILTERS_MAX = 400 };

static struct attributes *attributes_of_tests(void)
{
    static const struct attribute declared[] = {
        {.name = TEXT("created"), .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
        {.name = TEXT("expires"), .type = DM_N, .kind = ATTRIBUTE_TTL},
        {.name = TEXT("doc"), .type = DM_S, .kind = ATTRIBUTE_JSON},
        {.name = TEXT("rev"), .type = DM_N, .kind = ATTRIBUTE_VERSION},
        {.name = TEXT("name"), .type = DM_S},
        {.name = TEXT("bin"), .type = DM_B},
        {.name = TEXT("flag"), .type = DM_BOOL},
        {.name = TEXT("list"), .type = DM_L},
        {.name = TEXT("map"), .type = DM_M},
        {.name = TEXT("tags"), .type = DM_SS},
        {.name = TEXT("nums"), .type = DM_NS},
        {.name = TEXT("pk"), .type = DM_S, .prefix = TEXT("CUST#")},
        {.name = TEXT("sk"), .type = DM_S, .prefix = TEXT("ORDER#"), .suffix = TEXT("!")},
    };
    struct attributes *attributes = NULL;
    struct dm_error err = {0};
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &err), err);
    return attributes;
}

/* Q and S: a Query and a Scan of a table with an S and an N; T and U: of one with
 * templates; I: a Query of an index of the first. */
static struct filter_place place_of(char letter, const struct attributes *attributes)
{
    static const struct key_schema plain = {{TEXT("id"), DM_S}, {TEXT("at"), DM_N}};
    static const struct key_schema made = {{TEXT("pk"), DM_S}, {TEXT("sk"), DM_S}};
    static const struct key_schema index = {{TEXT("owner"), DM_S}, {TEXT("day"), DM_B}};
    bool templated = letter == 'T' || letter == 'U';
    return (struct filter_place){
        .attributes = attributes,
        .schema = letter == 'I' ? &index
                  : templated   ? &made
                                : &plain,
        .table = letter == 'I' ? &plain : NULL,
        .is_query = letter == 'Q' || letter == 'T' || letter == 'I',
    };
}

/* "name=value & name=value" */
static size_t split(struct dm_str text, struct dm_filter filters[FILTERS_MAX])
{
    size_t count = 0;
    while (text.len && count < FILTERS_MAX) {
        const char *end = strstr(text.ptr, " & ");
        size_t len =
            end && end < text.ptr + text.len ? (size_t)(end - text.ptr) : text.len;
        struct dm_str value = {text.ptr, len}, name = str_split(&value, '=');
        filters[count++] = (struct dm_filter){name, value};
        len += len < text.len ? strlen(" & ") : 0;
        text.ptr += len;
        text.len -= len;
    }
    return count;
}

/* The expression with what its placeholders stand for. */
static void write_condition(const struct condition *condition, struct arena *arena,
                            struct dm_buf *out)
{
    struct render render;
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, EXPRESSION_MAX);
    render_init(&render, arena);
    render_condition(&render, condition, &text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        size_t number = 0;
        if (c != '#' && c != ':') {
            buf_add_char(out, c);
            continue;
        }
        while (i + 1 < text.len && text.ptr[i + 1] >= '0' && text.ptr[i + 1] <= '9')
            number = number * 10 + (size_t)(text.ptr[++i] - '0');
        if (c == '#')
            buf_add_str(out, render.names.at[number]);
        else
            ddb_json_write_value(render.values[number], out);
    }
}

static void write_range(const struct filter *filter, struct dm_buf *out)
{
    static const char *const words[] = {[RANGE_EQ] = "=",
                                        [RANGE_LT] = "<",
                                        [RANGE_LE] = "<=",
                                        [RANGE_GT] = ">",
                                        [RANGE_GE] = ">=",
                                        [RANGE_BETWEEN] = "between",
                                        [RANGE_BEGINS_WITH] = "begins_with"};
    buf_printf(out, "[%s ", words[filter->range]);
    ddb_json_write_value(&filter->low, out);
    if (filter->range == RANGE_BETWEEN)
        ddb_json_write_value(&filter->high, out);
    buf_add_char(out, ']');
}

static void write_filter(const struct filter *filter, struct arena *arena,
                         struct dm_buf *out)
{
    if (filter->has_range)
        write_range(filter, out);
    if (filter->has_range && filter->condition)
        buf_add_char(out, ' ');
    if (filter->condition)
        write_condition(filter->condition, arena, out);
}

static void write_error(const struct dm_error *err, struct dm_buf *out)
{
    cr_assert_eq(err->code, DM_E_INVALID_FILTER, "%s", err->message);
    buf_printf(out, "error: %s", err->message);
    if (err->hint[0])
        buf_printf(out, " (%s)", err->hint);
}

static void parse(struct dm_str input, const struct attributes *attributes,
                  struct dm_buf *out)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_filter filters[FILTERS_MAX];
    struct filter filter;
    struct dm_error err = {0};
    struct filter_place place = place_of(input.ptr[0], attributes);
    size_t count = split((struct dm_str){input.ptr + 2, input.len - 2}, filters);
    arena_init(&arena, ARENA_MAX);
    if (filter_parse(&place, filters, count, &arena, &filter, &err))
        write_error(&err, out);
    else
        write_filter(&filter, &arena, out);
}

TEST(filter, does_as_the_cases_say)
{
    DM_AUTO(attributes) *attributes = attributes_of_tests();
    struct cases cases = cases_open(TEST_DATA "/cases/filters");
    size_t wrong = 0;
    while (cases_next(&cases)) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 64 * 1024);
        parse(cases.input, attributes, &out);
        if (str_equal(buf_str(&out), cases.expected))
            continue;
        wrong++;
        fprintf(stderr, "%.*s\t%.*s\n", STR_ARG(cases.input), STR_ARG(buf_str(&out)));
    }
    cr_assert_eq(wrong, 0, "%zu cases", wrong);
}

static enum dm_code parse_one(const char *name, struct dm_str value, struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_filter filter = {dm_str(name), value};
    struct filter result;
    struct filter_place place = place_of('S', NULL);
    arena_init(&arena, ARENA_MAX);
    return filter_parse(&place, &filter, 1, &arena, &result, err);
}

/* "in.(0,0,…)", or "(a.eq.0,a.eq.0,…)" */
static struct dm_str repeated(const char *begin, const char *each, size_t count,
                              struct dm_buf *text)
{
    buf_reset(text);
    buf_add_str(text, dm_str(begin));
    for (size_t i = 0; i < count; i++)
        buf_printf(text, "%s%s", i ? "," : "", each);
    buf_add_char(text, ')');
    return buf_str(text);
}

TEST(filter, takes_a_hundred_operands_of_in_and_no_more)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    buf_init(&text, 64 * 1024);
    assert_ok(parse_one("a", repeated("in.(", "0", 100, &text), &err), err);
    cr_assert_eq(parse_one("a", repeated("in.(", "0", 101, &text), &err),
                 DM_E_INVALID_FILTER);
    assert_str(dm_str(err.message), "filter \"a\": more than 100 operands");
}

TEST(filter, takes_300_operators_and_no_more)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    buf_init(&text, 64 * 1024);
    assert_ok(parse_one("or", repeated("(", "a.eq.0", 150, &text), &err), err);
    cr_assert_eq(parse_one("or", repeated("(", "a.eq.0", 151, &text), &err),
                 DM_E_INVALID_FILTER);
    cr_assert(strstr(err.message, "too many operators; operator count: 301"));
}

TEST(filter, takes_4096_bytes_of_expression_and_no_more)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    buf_init(&text, 64 * 1024);
    const char *deep = "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.exists.true";
    assert_ok(parse_one("or", repeated("(", deep, 55, &text), &err), err);
    cr_assert_eq(parse_one("or", repeated("(", deep, 65, &text), &err),
                 DM_E_INVALID_FILTER);
    assert_str(dm_str(err.message),
               "the filters are longer than 4096 bytes as an expression");
}

/* Each takes its own length, and not that of all that is behind it. */
TEST(filter, takes_quoted_operands_in_little_memory)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    struct filter filter;
    struct filter_place place = place_of('S', NULL);
    arena_init(&arena, 512 * 1024);
    buf_init(&text, 64 * 1024);
    buf_add_str(&text, STR("("));
    for (size_t i = 0; i < 148; i++)
        buf_add_str(&text, STR("a.eq.\"\\\"0\","));
    buf_add_str(&text, STR("b.eq.\""));
    while (text.len < 48 * 1024)
        buf_add_char(&text, 'x');
    buf_add_str(&text, STR("\")"));
    struct dm_filter many = {STR("or"), buf_str(&text)};
    assert_ok(filter_parse(&place, &many, 1, &arena, &filter, &err), err);
    cr_assert_eq(filter.condition->child_count, 149);
    assert_str(filter.condition->children[0].operands[1].value.as.text, "\"0");
}

TEST(filter, nests_sixteen_deep_and_no_deeper)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    buf_init(&text, 64 * 1024);
    for (int depth = 16; depth <= 17; depth++) {
        buf_reset(&text);
        for (int i = 1; i < depth; i++)
            buf_add_str(&text, STR("(or"));
        buf_add_str(&text, STR("(a.eq.1"));
        for (int i = 0; i < depth; i++)
            buf_add_char(&text, ')');
        cr_assert_eq(parse_one("or", buf_str(&text), &err),
                     depth == 16 ? DM_OK : DM_E_INVALID_FILTER, "%d deep", depth);
    }
    assert_str(dm_str(err.message), "filter \"or\": nested more than 16 deep");
}

TEST(filter, refuses_what_is_not_utf8)
{
    struct dm_error err = {0};
    cr_assert_eq(parse_one("a", STR("eq.\xFF"), &err), DM_E_INVALID_FILTER);
    cr_assert_eq(parse_one("\xC3", STR("eq.1"), &err), DM_E_INVALID_FILTER);
}

TEST(filter, knows_one_by_its_look)
{
    cr_assert(filter_looks_like_one(STR("eq.5")));
    cr_assert(filter_looks_like_one(STR("not.begins_with.x")));
    cr_assert(filter_looks_like_one(STR("in.(1)")));
    cr_assert_not(filter_looks_like_one(STR("5")));
    cr_assert_not(filter_looks_like_one(STR("eq")));
    cr_assert_not(filter_looks_like_one(STR("not.")));
    cr_assert_not(filter_looks_like_one(STR("equal.5")));
    cr_assert_not(filter_looks_like_one(STR("")));
}

TEST(filter, survives_each_allocation_failing)
{
    static const struct dm_filter filters[] = {
        {TEXT("at"), TEXT("between.(1,9)")},
        {TEXT("or"),
         TEXT("(created.gt.2024,not.and(tags.contains.\"x\",m.\"y z\".in.(1,b)))")},
        {TEXT("bin"), TEXT("eq.AAAA")},
    };
    DM_AUTO(attributes) *attributes = attributes_of_tests();
    struct filter_place place = place_of('Q', attributes);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        struct filter filter;
        struct dm_error err = {0};
        arena_init(&arena, ARENA_MAX);
        enum dm_code code =
            filter_parse(&place, filters, DM_COUNT(filters), &arena, &filter, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
    }
}
