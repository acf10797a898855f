/* Packing: all of a value, in exactly the memory that was measured. */
#include "value/pack.h"

#include "base/mem.h"
#include "support/test.h"

static struct dm_str texts[] = {{"a", 1}, {"bc", 2}};
static struct dm_value elements[] = {{.type = DM_N, .as.text = {"1.5", 3}},
                                     {.type = DM_L}};
static struct value_member members[] = {
    {{"s", 1}, {.type = DM_S, .as.text = {"text", 4}}},
    {{"b", 1}, {.type = DM_B, .as.text = {"\0\xff", 2}}},
    {{"t", 1}, {.type = DM_BOOL, .as.boolean = true}},
    {{"z", 1}, {.type = DM_NULL}},
    {{"l", 1}, {.type = DM_L, .as.list = {elements, 2}}},
    {{"ss", 2}, {.type = DM_SS, .as.set = {texts, 2}}},
    {{"m", 1}, {.type = DM_M}},
};
static const struct dm_value every_type = {.type = DM_M,
                                           .as.map = {members, DM_COUNT(members)}};

static bool equal(const struct dm_value *a, const struct dm_value *b)
{
    if (a->type != b->type || dm_value_count(a) != dm_value_count(b) ||
        dm_value_bool(a) != dm_value_bool(b) ||
        !str_equal(dm_value_text(a), dm_value_text(b)))
        return false;
    for (size_t i = 0; i < dm_value_count(a); i++) {
        const struct dm_value *x = dm_value_at(a, i), *y = dm_value_at(b, i);
        if (!str_equal(dm_value_name_at(a, i), dm_value_name_at(b, i)) ||
            !str_equal(dm_value_text_at(a, i), dm_value_text_at(b, i)) ||
            (x && !equal(x, y)))
            return false;
    }
    return true;
}

TEST(pack, copies_every_type_into_what_was_measured)
{
    struct pack_size size = {0};
    pack_measure(&every_type, 1, &size);
    pack_measure_str(texts[1], &size);
    char *memory = mem_resize(NULL, size.nodes + size.texts);
    struct pack pack = {memory, memory + size.nodes};
    const struct dm_value *copy = pack_values(&every_type, 1, &pack);
    assert_str(pack_str(texts[1], &pack), "bc");
    cr_assert(equal(copy, &every_type));
    cr_assert_neq(copy->as.map.at, members);
    cr_assert_eq(pack.nodes, memory + size.nodes);
    cr_assert_eq(pack.texts, memory + size.nodes + size.texts);
    mem_free(memory);
}

TEST(pack, copies_nothing_as_nothing)
{
    struct pack_size size = {0};
    struct pack pack = {NULL, NULL};
    pack_measure(NULL, 1, &size);
    cr_assert_eq(size.nodes + size.texts, 0);
    cr_assert_null(pack_values(NULL, 1, &pack));
    cr_assert_null(pack_str((struct dm_str){NULL, 0}, &pack).ptr);
}
