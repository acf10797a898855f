/* Filters: the first byte says where they are asked, then a line each, name=value. What
 * is taken is an expression that DynamoDB takes, and no filter on a Query's keys; what is
 * refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "expr/evaluate.h"
#include "expr/render.h"
#include "fuzz.h"
#include "model/filter.h"

enum { FILTERS_MAX = 64 };

static const struct attribute declared[] = {
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"bin", 3}, .type = DM_B},
    {.name = {"flag", 4}, .type = DM_BOOL},
    {.name = {"list", 4}, .type = DM_L},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"nums", 4}, .type = DM_NS},
    {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}},
    {.name = {"sk", 2}, .type = DM_S, .prefix = {"ORDER#", 6}, .suffix = {"!", 1}},
};
static const struct key_schema schemas[] = {
    {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}},
    {{{"pk", 2}, DM_S}, {{"sk", 2}, DM_S}},
    {{{"id", 2}, DM_B}, {{NULL, 0}, DM_S}},
};

static bool is_key(const struct key_schema *schema, const struct path *path)
{
    struct dm_str name = path->steps[0].name;
    return str_equal(name, schema->hash.name) || str_equal(name, schema->range.name);
}

static void check_tree(const struct filter_place *place,
                       const struct condition *condition)
{
    for (size_t i = 0; i < condition->child_count; i++)
        check_tree(place, &condition->children[i]);
    if (condition->operand_count && place->is_query)
        fuzz_check(!is_key(place->schema, &condition->operands[0].path));
}

static void check_condition(const struct filter_place *place,
                            const struct condition *condition, struct arena *arena)
{
    struct render render;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    render_init(&render, arena);
    check_tree(place, condition);
    fuzz_check(filter_check(condition, NULL) == DM_OK);
    render_condition(&render, condition, &out);
    fuzz_check(!out.failed && out.len > 0 && out.len <= EXPRESSION_MAX);
    render_placeholders(&render, &out);
    fuzz_check(!out.failed && utf8_valid(buf_str(&out)));
}

static void check_range(const struct filter_place *place, const struct filter *filter)
{
    struct key_condition keys = {.range_name = place->schema->range.name,
                                 .range = filter->range,
                                 .low = filter->low,
                                 .high = filter->high};
    fuzz_check(place->is_query && filter->range != RANGE_ALL);
    fuzz_check(filter->low.type == place->schema->range.type);
    fuzz_check(filter->low.as.text.len > 0 && filter->low.as.text.len <= KEY_RANGE_MAX);
    fuzz_check(key_condition_check(&keys, NULL) == DM_OK);
}

static size_t split(struct dm_str text, struct dm_filter filters[FILTERS_MAX])
{
    size_t count = 0;
    while (text.ptr && count < FILTERS_MAX) {
        struct dm_str value = str_split(&text, '\n'), name = str_split(&value, '=');
        if (!value.ptr)
            value.len = 0;
        filters[count++] = (struct dm_filter){name, value};
    }
    return count;
}

static void parse(const struct filter_place *place, struct dm_str text)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_filter filters[FILTERS_MAX];
    struct filter filter;
    struct dm_error err = {0};
    size_t count = split(text, filters);
    arena_init(&arena, FUZZ_MEMORY_MAX);
    enum dm_code code = filter_parse(place, filters, count, &arena, &filter, &err);
    if (code) {
        fuzz_check(code == DM_E_INVALID_FILTER && err.code == code);
        fuzz_check(utf8_valid(dm_str(err.message)) && utf8_valid(dm_str(err.hint)));
        return;
    }
    if (filter.condition)
        check_condition(place, filter.condition, &arena);
    if (filter.has_range)
        check_range(place, &filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO(attributes) *attributes = NULL;
    if (!len || attributes_new(declared, DM_COUNT(declared), &attributes, NULL))
        return 0;
    struct filter_place place = {.attributes = attributes,
                                 .schema = &schemas[bytes[0] / 2 % DM_COUNT(schemas)],
                                 .is_query = bytes[0] % 2};
    parse(&place, fuzz_text(bytes + 1, len - 1));
    return 0;
}
