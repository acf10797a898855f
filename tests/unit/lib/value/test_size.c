/* Item sizes: those of numbers as DynamoDB Local counts them. */
#include "support/test.h"
#include "value/size.h"

static struct dm_value text(enum dm_type type, const char *bytes)
{
    struct dm_value value = {.type = type};
    value.as.text = dm_str(bytes);
    return value;
}

/* Of an item with that one value under a name of one byte, without that byte. */
static size_t size_of(struct dm_value value)
{
    struct value_member member = {STR("q"), value};
    struct dm_value item = {.type = DM_M};
    item.as.map.at = &member;
    item.as.map.count = 1;
    return value_item_size(&item) - 1;
}

TEST(size, counts_numbers_by_pairs_of_digits)
{
    static const struct {
        const char *number;
        size_t size;
    } cases[] = {
        {"0", 1},
        {"1", 2},
        {"12", 2},
        {"123", 3},
        {"1234", 3},
        {"-1", 3},
        {"-12", 3},
        {"1.5", 3},
        {"0.1", 2},
        {"0.01", 2},
        {"0.001", 2},
        {"100", 2},
        {"1000", 2},
        {"1e10", 2},
        {"1.23", 3},
        {"12.3", 3},
        {"1e125", 2},
        {"1e-130", 2},
        {"99999999999999999999999999999999999999", 20},
        {"9999999999999999999999999999999999999", 20},
        {"-99999999999999999999999999999999999999", 21},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        cr_assert_eq(size_of(text(DM_N, cases[i].number)), cases[i].size, "%s",
                     cases[i].number);
}

TEST(size, counts_bytes_of_text_and_one_for_boolean_and_null)
{
    cr_assert_eq(size_of(text(DM_S, "")), 0);
    cr_assert_eq(size_of(text(DM_S, "é日")), 5);
    cr_assert_eq(size_of(text(DM_B, "abc")), 3);
    cr_assert_eq(size_of((struct dm_value){.type = DM_BOOL}), 1);
    cr_assert_eq(size_of((struct dm_value){.type = DM_NULL}), 1);
}

TEST(size, counts_the_overhead_of_lists_and_maps_and_their_elements)
{
    struct dm_value elements[] = {text(DM_S, "a"), text(DM_S, "b")};
    struct dm_value list = {.type = DM_L};
    cr_assert_eq(size_of(list), 3);
    list.as.list.at = elements;
    list.as.list.count = 2;
    cr_assert_eq(size_of(list), 7);

    struct value_member members[] = {{STR("a"), elements[0]}, {STR("b"), elements[1]}};
    struct dm_value map = {.type = DM_M};
    cr_assert_eq(size_of(map), 3);
    map.as.map.at = members;
    map.as.map.count = 2;
    cr_assert_eq(size_of(map), 9);
    cr_assert_eq(value_item_size(&map), 4);
}

TEST(size, counts_the_members_of_sets)
{
    struct dm_str texts[] = {STR("a"), STR("bb")}, numbers[] = {STR("1"), STR("22")};
    struct dm_value set = {.type = DM_SS};
    set.as.set.at = texts;
    set.as.set.count = 2;
    cr_assert_eq(size_of(set), 3);
    set.type = DM_BS;
    cr_assert_eq(size_of(set), 3);
    set.type = DM_NS;
    set.as.set.at = numbers;
    cr_assert_eq(size_of(set), 4);
}
