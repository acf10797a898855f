/* Entity tags: the same for the same items, whatever their order, and for nothing else.
 */
#include "model/etag.h"

#include <stdio.h>

#include "support/test.h"

static struct dm_value text(enum dm_type type, const char *bytes)
{
    return (struct dm_value){.type = type, .as.text = dm_str(bytes)};
}

static struct etag_maker *maker_new(void)
{
    struct dm_error err = {0};
    struct etag_maker *maker = NULL;
    assert_ok(etag_maker_new(&maker, &err), err);
    return maker;
}

static struct etag tag_of(struct etag_maker *maker, const struct attributes *attributes,
                          const struct dm_value *item, const char *form)
{
    struct dm_error err = {0};
    struct etag etag;
    assert_ok(etag_of_item(maker, attributes, item, dm_str(form), &etag, &err), err);
    return etag;
}

static bool equal(const struct etag *a, const struct etag *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* --- one item --- */

TEST(etag, is_hexadecimal_in_quotes)
{
    DM_AUTO(etag_maker) *maker = maker_new();
    struct dm_value empty = {.type = DM_M};
    struct etag etag = tag_of(maker, NULL, &empty, "plain");
    cr_assert_eq(strlen(etag.text), 34);
    cr_assert(etag.text[0] == '"' && etag.text[33] == '"');
    cr_assert_eq(strspn(etag.text + 1, "0123456789abcdef"), 32);
}

TEST(etag, does_not_look_at_the_order_of_attributes_and_of_sets)
{
    DM_AUTO(etag_maker) *maker = maker_new();
    struct dm_str set[] = {STR("x"), STR("yy"), STR("z")};
    struct dm_str turned[] = {STR("yy"), STR("z"), STR("x")};
    struct value_member inner[] = {{STR("k"), text(DM_S, "1")},
                                   {STR("l"), text(DM_N, "2")}};
    struct value_member outer[] = {
        {STR("aa"), {DM_M, {.map = {inner, 2}}}},
        {STR("b"), {DM_SS, {.set = {set, 3}}}},
        {STR("c"), text(DM_S, "3")},
    };
    struct dm_value item = {DM_M, {.map = {outer, 3}}};
    struct etag before = tag_of(maker, NULL, &item, "plain");

    struct value_member inner_turned[] = {inner[1], inner[0]};
    struct value_member outer_turned[] = {
        outer[2],
        {STR("b"), {DM_SS, {.set = {turned, 3}}}},
        {STR("aa"), {DM_M, {.map = {inner_turned, 2}}}},
    };
    struct dm_value same = {DM_M, {.map = {outer_turned, 3}}};
    struct etag after = tag_of(maker, NULL, &same, "plain");
    cr_assert(equal(&before, &after), "%s %s", before.text, after.text);
}

/* Items of which no two may have one tag. */
TEST(etag, tells_items_apart)
{
    static struct dm_str a_b[] = {{"a", 1}, {"b", 1}}, ab[] = {{"ab", 2}};
    static struct dm_value list[] = {{DM_S, {.text = {"a", 1}}},
                                     {DM_S, {.text = {"b", 1}}}};
    static struct dm_value turned[] = {{DM_S, {.text = {"b", 1}}},
                                       {DM_S, {.text = {"a", 1}}}};
    static struct dm_value left[] = {{DM_S, {.text = {"S\0\0\0\0", 5}}},
                                     {DM_S, {.text = {"", 0}}}};
    static struct dm_value right[] = {{DM_S, {.text = {"", 0}}},
                                      {DM_S, {.text = {"S\0\0\0\0", 5}}}};
    static struct value_member map[] = {{{"a", 1}, {DM_S, {.text = {"b", 1}}}}};
    static const struct dm_value values[] = {
        {DM_S, {.text = {"1", 1}}},    {DM_N, {.text = {"1", 1}}},
        {DM_B, {.text = {"1", 1}}},    {DM_S, {.text = {"", 0}}},
        {DM_B, {.text = {"", 0}}},     {DM_BOOL, {.boolean = true}},
        {DM_BOOL, {.boolean = false}}, {.type = DM_NULL},
        {DM_L, {.list = {list, 2}}},   {DM_L, {.list = {turned, 2}}},
        {DM_L, {.list = {left, 2}}},   {DM_L, {.list = {right, 2}}},
        {DM_L, {.list = {list, 1}}},   {DM_L, {.list = {list, 0}}},
        {DM_M, {.map = {map, 1}}},     {DM_M, {.map = {map, 0}}},
        {DM_SS, {.set = {a_b, 2}}},    {DM_SS, {.set = {ab, 1}}},
        {DM_BS, {.set = {a_b, 2}}},    {DM_NS, {.set = {a_b, 2}}},
    };
    enum { COUNT = DM_COUNT(values) };
    DM_AUTO(etag_maker) *maker = maker_new();
    struct etag etags[2 * COUNT];
    for (size_t i = 0; i < 2 * COUNT; i++) {
        struct value_member member = {i < COUNT ? STR("a") : STR("aa"),
                                      values[i % COUNT]};
        struct dm_value item = {DM_M, {.map = {&member, 1}}};
        etags[i] = tag_of(maker, NULL, &item, "plain");
        for (size_t j = 0; j < i; j++)
            cr_assert_not(equal(&etags[i], &etags[j]), "%zu %zu", i, j);
        struct etag other = tag_of(maker, NULL, &item, "typed");
        cr_assert_not(equal(&etags[i], &other), "another representation");
        struct etag again = tag_of(maker, NULL, &item, "plain");
        cr_assert(equal(&etags[i], &again), "the same again");
    }
}

TEST(etag, begins_with_the_version)
{
    static const struct attribute declared[] = {
        {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION}};
    static const char *const prefixes[][2] = {
        {"5", "\"v5-"},
        {"12345678901234567890123456789012345678",
         "\"v12345678901234567890123456789012345678-"},
        {"-1", NULL},
        {"1.5", NULL},
        {"123456789012345678901234567890123456780", NULL},
    };
    struct dm_error err = {0};
    DM_AUTO(etag_maker) *maker = maker_new();
    DM_AUTO(attributes) *attributes = NULL;
    assert_ok(attributes_new(declared, 1, &attributes, &err), err);
    for (size_t i = 0; i < DM_COUNT(prefixes); i++) {
        struct value_member rev = {STR("rev"), text(DM_N, prefixes[i][0])};
        struct dm_value item = {DM_M, {.map = {&rev, 1}}};
        struct etag etag = tag_of(maker, attributes, &item, "plain");
        struct etag bare = tag_of(maker, NULL, &item, "plain");
        const char *prefix = prefixes[i][1] ? prefixes[i][1] : "\"";
        cr_assert(str_starts(dm_str(etag.text), dm_str(prefix)), "%s", etag.text);
        assert_str(dm_str(etag.text + strlen(prefix)), bare.text + 1);
    }
    struct value_member rev = {STR("rev"), text(DM_S, "5")};
    struct dm_value item = {DM_M, {.map = {&rev, 1}}};
    cr_assert_eq(tag_of(maker, attributes, &item, "plain").text[1] == 'v', false);
}

TEST(etag, is_of_how_attributes_are_seen)
{
    struct attribute declared[] = {
        {.name = STR("at"), .type = DM_N},
        {.name = STR("at"), .type = DM_N, .kind = ATTRIBUTE_TTL},
        {.name = STR("at"), .type = DM_S, .kind = ATTRIBUTE_JSON},
        {.name = STR("at"), .type = DM_S, .prefix = STR("P#")},
        {.name = STR("at"), .type = DM_S, .suffix = STR("P#")},
        {.name = STR("as"), .type = DM_S, .suffix = STR("P#")},
    };
    DM_AUTO(etag_maker) *maker = maker_new();
    struct value_member at = {STR("at"), text(DM_N, "1704164645")};
    struct dm_value item = {DM_M, {.map = {&at, 1}}};
    struct etag tags[DM_COUNT(declared)],
        undeclared = tag_of(maker, NULL, &item, "plain");
    for (size_t i = 0; i < DM_COUNT(declared); i++) {
        DM_AUTO(attributes) *attributes = NULL;
        struct dm_error err = {0};
        assert_ok(attributes_new(&declared[i], 1, &attributes, &err), err);
        tags[i] = tag_of(maker, attributes, &item, "plain");
        for (size_t j = 0; j < i; j++)
            cr_assert_not(equal(&tags[i], &tags[j]), "%zu %zu", i, j);
    }
    cr_assert(equal(&tags[0], &undeclared));
}

/* --- pages --- */

static struct etag sum_of(struct etag_maker *maker, const struct dm_value *items,
                          size_t count, const char *next)
{
    struct dm_error err = {0};
    DM_AUTO(etag_sum) *sum = NULL;
    struct etag etag;
    assert_ok(etag_sum_new(maker, STR("plain"), &sum, &err), err);
    for (size_t i = 0; i < count; i++)
        assert_ok(etag_sum_add(sum, NULL, &items[i], &err), err);
    assert_ok(etag_sum_add_text(sum, dm_str(next), &err), err);
    assert_ok(etag_sum_end(sum, &etag, &err), err);
    return etag;
}

TEST(etag, of_a_page_is_of_its_items_in_their_order_and_of_what_is_added)
{
    static char big[10000];
    memset(big, 'x', sizeof big - 1);
    struct value_member a = {STR("id"), text(DM_S, "a")},
                        b = {STR("id"), text(DM_S, big)};
    struct dm_value items[] = {
        {DM_M, {.map = {&a, 1}}}, {DM_M, {.map = {&b, 1}}}, {DM_M, {.map = {&a, 1}}}};
    DM_AUTO(etag_maker) *maker = maker_new();
    struct etag etags[] = {
        sum_of(maker, items, 0, ""),     sum_of(maker, items, 1, ""),
        sum_of(maker, items, 2, ""),     sum_of(maker, items, 2, "token"),
        sum_of(maker, items + 1, 2, ""), sum_of(maker, items, 3, ""),
    };
    for (size_t i = 0; i < DM_COUNT(etags); i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_not(equal(&etags[i], &etags[j]), "%zu %zu", i, j);
    struct etag again = sum_of(maker, items, 2, "token");
    cr_assert(equal(&etags[3], &again));
    for (size_t at = 0; at < sizeof big - 1; at += 1111) {
        big[at] = 'y';
        struct etag changed = sum_of(maker, items, 2, "token");
        cr_assert_not(equal(&etags[3], &changed), "byte %zu counts too", at);
        big[at] = 'x';
    }
}

TEST(etag, sums_do_not_disturb_one_another)
{
    struct dm_error err = {0};
    struct value_member a = {STR("id"), text(DM_S, "a")};
    struct dm_value item = {DM_M, {.map = {&a, 1}}};
    DM_AUTO(etag_maker) *maker = maker_new();
    struct etag alone = sum_of(maker, &item, 1, ""), one = {""}, other = {""};
    DM_AUTO(etag_sum) *first = NULL;
    DM_AUTO(etag_sum) *second = NULL;
    assert_ok(etag_sum_new(maker, STR("plain"), &first, &err), err);
    assert_ok(etag_sum_new(maker, STR("plain"), &second, &err), err);
    assert_ok(etag_sum_add(first, NULL, &item, &err), err);
    tag_of(maker, NULL, &item, "plain");
    assert_ok(etag_sum_add(second, NULL, &item, &err), err);
    assert_ok(etag_sum_add_text(first, STR(""), &err), err);
    assert_ok(etag_sum_add_text(second, STR(""), &err), err);
    assert_ok(etag_sum_end(first, &one, &err), err);
    assert_ok(etag_sum_end(second, &other, &err), err);
    cr_assert(equal(&alone, &one) && equal(&alone, &other));
}

/* As many attributes as the stack of pointers does not keep. */
TEST(etag, survives_each_allocation_failing)
{
    enum { MANY = 10000 };
    static struct value_member members[MANY];
    static char names[MANY][8];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%zu", i);
        members[i] = (struct value_member){dm_str(names[i]), {.type = DM_NULL}};
    }
    struct dm_value item = {DM_M, {.map = {members, MANY}}};
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct etag etag;
        DM_AUTO(etag_maker) *maker = NULL;
        DM_AUTO(etag_sum) *sum = NULL;
        enum dm_code code = etag_maker_new(&maker, &err);
        if (!code)
            code = etag_of_item(maker, NULL, &item, STR("plain"), &etag, &err);
        if (!code)
            code = etag_sum_new(maker, STR("plain"), &sum, &err);
        if (!code)
            code = etag_sum_add(sum, NULL, &item, &err);
        if (!code)
            code = etag_sum_end(sum, &etag, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
    etag_maker_free(NULL);
    etag_sum_free(NULL);
}
