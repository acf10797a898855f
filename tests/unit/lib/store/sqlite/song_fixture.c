/* The songs. */
#include "song_fixture.h"

static const char *const songs[] = {
    "{'artist':{'S':'a'},'year':{'N':'10'},'title':{'S':'ab'},'label':{'S':'x'}}",
    "{'artist':{'S':'a'},'year':{'N':'2'},'title':{'S':'abc'},'label':{'S':'x'}}",
    "{'artist':{'S':'a'},'year':{'N':'-5'},'title':{'S':'b'}}",
    "{'artist':{'S':'a'},'year':{'N':'0'},'title':{'S':'ab'},'label':{'S':'x'}}",
    ("{'artist':{'S':'a'},'year':{'N':'100'},'plays':{'N':'7'},'genre':{'S':'pop'},"
     "'note':{'S':'hi'}}"),
    "{'artist':{'S':'a'},'year':{'N':'0.5'},'note':{'S':'ho'}}",
    "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'S':'a'}}",
    "{'artist':{'S':'aa'},'year':{'N':'3'},'title':{'S':'ab'},'label':{'S':'x'}}",
    "{'artist':{'S':'A'},'year':{'N':'3'}}",
};

void songs_open(struct fixture *f)
{
    fixture_init(f);
    fixture_open(f);
    fixture_create_tables(f);
    for (size_t i = 0; i < DM_COUNT(songs); i++)
        assert_ok(fixture_put(f, "music", songs[i], NULL), f->err);
}

struct dm_value value(enum dm_type type, const char *text)
{
    return (struct dm_value){.type = type, .as.text = dm_str(text)};
}

struct key_condition partition(const char *hash)
{
    return (struct key_condition){.hash_name = STR("artist"), .hash = value(DM_S, hash)};
}

struct key_condition years(enum range_kind kind, const char *low, const char *high)
{
    struct key_condition keys = partition("a");
    keys.range_name = STR("year");
    keys.range = kind;
    keys.low = value(DM_N, low);
    keys.high = value(DM_N, high ? high : "0");
    return keys;
}

struct key_condition titles(enum range_kind kind, const char *low)
{
    struct key_condition keys = partition("a");
    keys.range_name = STR("title");
    keys.range = kind;
    keys.low = value(DM_S, low);
    return keys;
}

struct key_condition label(const char *hash)
{
    return (struct key_condition){.hash_name = STR("label"), .hash = value(DM_S, hash)};
}

struct dm_str years_of(struct fixture *f, const struct store_result *result)
{
    struct dm_str text = STR("");
    for (size_t i = 0; i < result->item_count; i++) {
        struct dm_str year = dm_value_text(dm_value_member(&result->items[i], "year"));
        text = arena_printf(&f->arena, "%.*s%s%.*s", STR_ARG(text), i ? " " : "",
                            STR_ARG(year));
    }
    return text;
}

struct store_result query(struct fixture *f, struct store_query request)
{
    struct store_result result = {0};
    if (!request.table.len)
        request.table = STR("music");
    assert_ok(fixture_query(f, &request, &result), f->err);
    return result;
}

void expect_years(struct fixture *f, struct store_query request, const char *expected)
{
    struct store_result result = query(f, request);
    assert_str(years_of(f, &result), expected);
    cr_assert_eq(result.count, result.item_count);
    cr_assert_null(result.last);
}

struct projection projection(struct fixture *f, const char *text)
{
    struct projection parsed;
    assert_ok(projection_parse(dm_str(text), &f->arena, &parsed, &f->err), f->err);
    return parsed;
}

const struct condition *has(struct fixture *f, const char *name)
{
    struct condition *condition = arena_new(&f->arena, sizeof *condition);
    struct operand *operand = arena_new(&f->arena, sizeof *operand);
    struct dm_str text = dm_str(name);
    operand->kind = OPERAND_PATH;
    assert_ok(path_parse(&text, &f->arena, &operand->path, &f->err), f->err);
    *condition = (struct condition){
        .kind = CONDITION_EXISTS, .operands = operand, .operand_count = 1};
    return condition;
}
