/* Declared attributes: their types, and both directions between what is stored and what
 * is seen. */
#include "support/cases.h"
#include "value/attribute.h"
#include "value/item.h"

static const struct attribute declared[] = {
    {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}, .suffix = {"!", 1}},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
};

static struct attributes *all(void)
{
    struct dm_error err = {0};
    struct attributes *attributes = NULL;
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &err), err);
    return attributes;
}

/* --- the set --- */

TEST(attributes, are_found_by_name)
{
    DM_AUTO(attributes) *attributes = all();
    for (size_t i = 0; i < DM_COUNT(declared); i++) {
        const struct attribute *found = attributes_find(attributes, declared[i].name);
        cr_assert_eq(found, &attributes->at[i]);
        cr_assert_neq(found->name.ptr, declared[i].name.ptr, "a copy of its own");
        cr_assert(str_equal(found->prefix, declared[i].prefix));
        cr_assert(found->type == declared[i].type && found->kind == declared[i].kind);
    }
    cr_assert_null(attributes_find(attributes, STR("created_")));
    cr_assert_null(attributes_find(NULL, STR("pk")));
    assert_str(attributes->ttl->name, "expires");
    assert_str(attributes->version->name, "rev");
}

TEST(attributes, live_as_long_as_somebody_refers_to_them)
{
    DM_AUTO(dm_item) *item = NULL;
    {
        DM_AUTO(attributes) *attributes = all();
        item = item_new(attributes);
    }
    assert_str(item->attributes->at[0].name, "pk");
}

TEST(attributes, are_not_kept_by_an_item_when_all_are_seen_as_stored)
{
    static const struct attribute plain[] = {{.name = {"id", 2}, .type = DM_S},
                                             {.name = {"count", 5}, .type = DM_N}};
    struct dm_error err = {0};
    DM_AUTO(attributes) *attributes = NULL;
    assert_ok(attributes_new(plain, DM_COUNT(plain), &attributes, &err), err);
    cr_assert(attributes->as_stored);
    DM_AUTO(dm_item) *item = item_new(attributes);
    cr_assert_null(item->attributes);
    cr_assert_null(attributes->ttl);

    /* Its tag begins with it. */
    static const struct attribute version = {
        .name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION};
    DM_AUTO(attributes) *versioned = NULL;
    assert_ok(attributes_new(&version, 1, &versioned, &err), err);
    DM_AUTO(dm_item) *counted = item_new(versioned);
    cr_assert(versioned->as_stored && counted->attributes == versioned);

    DM_AUTO(attributes) *none = NULL;
    assert_ok(attributes_new(NULL, 0, &none, &err), err);
    cr_assert(none->as_stored && none->count == 0);
    for (size_t i = 0; i < DM_COUNT(declared); i++) {
        DM_AUTO(attributes) *one = NULL;
        assert_ok(attributes_new(&declared[i], 1, &one, &err), err);
        cr_assert_eq(one->as_stored, i == 3 || i == 5, "%zu", i);
    }
}

TEST(attributes, survive_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(attributes) *attributes = NULL;
        enum dm_code code =
            attributes_new(declared, DM_COUNT(declared), &attributes, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        DM_AUTO(dm_item) *item = item_new(attributes);
        cr_assert(item || mem_failed());
    }
    attributes_unref(NULL);
}

TEST(attribute, types_are_known_by_name)
{
    static const char *const names[] = {
        "S",  "N",  "B",  "BOOL",         "NULL", "L",   "M",
        "SS", "NS", "BS", "utc_datetime", "json", "ttl", "version"};
    static const enum dm_type types[] = {DM_S, DM_N, DM_B,  DM_BOOL, DM_NULL,
                                         DM_L, DM_M, DM_SS, DM_NS,   DM_BS,
                                         DM_S, DM_S, DM_N,  DM_N};
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        struct attribute attribute = {.name = STR("a")};
        cr_assert(
            attribute_type_from_name(dm_str(names[i]), &attribute.type, &attribute.kind));
        cr_assert_eq(attribute.type, types[i]);
        assert_str(dm_str(attribute_type_name(&attribute)), names[i]);
        cr_assert_eq(attribute_can_be_key(&attribute), attribute.type <= DM_B && i != 11);
    }
    enum dm_type type = DM_M;
    enum attribute_kind kind = ATTRIBUTE_TTL;
    cr_assert_not(attribute_type_from_name(STR("date"), &type, &kind));
    cr_assert_not(attribute_type_from_name(STR(""), &type, &kind));
    cr_assert(type == DM_M && kind == ATTRIBUTE_TTL);
}

/* --- what is seen --- */

static void assert_shown(const struct attribute *attribute, struct dm_value stored,
                         const char *expected)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 1000);
    bool shown = attribute_show(attribute, &stored, &out);
    struct dm_str text = stored.as.text;
    cr_assert_eq(shown, expected != NULL, "%.*s", STR_ARG(text));
    if (expected)
        assert_str(buf_str(&out), expected);
    cr_assert(expected || out.len == 0, "%.*s", STR_ARG(text));
}

static struct dm_value string(const char *text)
{
    return (struct dm_value){.type = DM_S, .as.text = dm_str(text)};
}

static struct dm_value number(const char *text)
{
    return (struct dm_value){.type = DM_N, .as.text = dm_str(text)};
}

TEST(attribute, shows_a_date_as_pynamodb_stores_it_as_iso_8601)
{
    const struct attribute *date = &declared[1];
    assert_shown(date, string("2024-01-02T03:04:05.000006+0000"),
                 "2024-01-02T03:04:05.000006Z");
    assert_shown(date, string("2024-02-29T00:00:00.000000+0000"), "2024-02-29T00:00:00Z");
    static const char *const others[] = {
        "",
        "2024",
        "2024-01-02T03:04:05Z",
        "2024-01-02 03:04:05.000006+0000",
        "2024-01-02T03:04:05,000006+0000",
        "2024-01-02T03:04:05.000006+0100",
        "2023-02-29T03:04:05.000006+0000",
        "2024-01-02T03:04:05.00000x+0000",
        "2024-01-02T03:04:05.0000006+0000",
    };
    for (size_t i = 0; i < DM_COUNT(others); i++)
        assert_shown(date, string(others[i]), NULL);
    assert_shown(date, number("2024"), NULL);
}

TEST(attribute, shows_a_time_to_live_as_iso_8601)
{
    const struct attribute *ttl = &declared[2];
    assert_shown(ttl, number("1704067200"), "2024-01-01T00:00:00Z");
    assert_shown(ttl, number("1.7040672E+9"), "2024-01-01T00:00:00Z");
    assert_shown(ttl, number("0"), "1970-01-01T00:00:00Z");
    assert_shown(ttl, number("253402300799"), "9999-12-31T23:59:59Z");
    assert_shown(ttl, number("253402300800"), NULL);
    assert_shown(ttl, number("-1"), NULL);
    assert_shown(ttl, number("1.5"), NULL);
    assert_shown(ttl, string("1704067200"), NULL);
}

TEST(attribute, shows_a_key_without_its_template)
{
    const struct attribute *key = &declared[0];
    assert_shown(key, string("CUST#42!"), "42");
    assert_shown(key, string("CUST#CUST#!!"), "CUST#!");
    assert_shown(key, string("CUST#!"), "");
    assert_shown(key, string("CUST#"), NULL);
    assert_shown(key, string("CUST#42"), NULL);
    assert_shown(key, string("ORDER#42!"), NULL);
    assert_shown(key, number("1"), NULL);

    static const struct attribute overlapping = {
        .name = {"pk", 2}, .type = DM_S, .prefix = {"##", 2}, .suffix = {"##", 2}};
    assert_shown(&overlapping, string("###"), NULL);
    assert_shown(&overlapping, string("#####"), "#");
}

TEST(attribute, shows_all_else_as_it_is_stored)
{
    assert_shown(&declared[3], number("7"), NULL);
    assert_shown(&declared[4], string("{}"), NULL);
}

TEST(attribute, template_is_fitted_or_not)
{
    struct dm_value good = string("CUST#42!"), bad = string("42!"), odd = number("42");
    struct dm_str inside = {NULL, 0};
    cr_assert(attribute_fits(&declared[0], &good));
    cr_assert_not(attribute_fits(&declared[0], &bad));
    cr_assert_not(attribute_fits(&declared[0], &odd));
    cr_assert(attribute_fits(&declared[1], &bad), "it has no template");
    cr_assert(attribute_inside(&declared[0], &good, &inside));
    assert_str(inside, "42");
    cr_assert_not(attribute_inside(&declared[0], &bad, &inside));
    cr_assert_not(attribute_inside(&declared[1], &good, &inside));
    assert_str(inside, "42");
}

/* --- what is stored --- */

static void assert_stored(const struct attribute *attribute, struct dm_str text,
                          struct dm_str expected)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_str stored;
    arena_init(&arena, 10000);
    assert_ok(attribute_store(attribute, text, &arena, &stored, &err), err);
    cr_assert(str_equal(stored, expected), "%.*s is stored as %.*s", STR_ARG(text),
              STR_ARG(stored));
}

static void assert_refused(const struct attribute *attribute, const char *text,
                           const char *message)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_str stored = STR("untouched");
    arena_init(&arena, 10000);
    cr_assert_eq(attribute_store(attribute, dm_str(text), &arena, &stored, &err),
                 DM_E_INVALID, "%s", text);
    assert_str(dm_str(err.message), message);
    assert_str(stored, "untouched");
}

TEST(attribute, stores_a_date_as_pynamodb_does)
{
    const struct attribute *date = &declared[1];
    assert_stored(date, STR("2024-01-02T03:04:05.000006Z"),
                  STR("2024-01-02T03:04:05.000006+0000"));
    assert_stored(date, STR("2024-01-02T03:04:05+01:00"),
                  STR("2024-01-02T02:04:05.000000+0000"));
    assert_stored(date, STR("0800-02"), STR("0800-02-01T00:00:00.000000+0000"));
    assert_stored(date, STR("2024-01-02T03:04:05.000006+0000"),
                  STR("2024-01-02T03:04:05.000006+0000"));
    assert_refused(date, "yesterday",
                   "attribute \"created\" must be a date in ISO 8601, like "
                   "2024-01-02T03:04:05Z: got \"yesterday\"");
}

TEST(attribute, stores_a_time_to_live_as_seconds)
{
    const struct attribute *ttl = &declared[2];
    assert_stored(ttl, STR("2024-01-01T00:00:00.9Z"), STR("1704067200"));
    assert_stored(ttl, STR("2024-01-01"), STR("1704067200"));
    assert_stored(ttl, STR("1704067200.0"), STR("1704067200"));
    assert_stored(ttl, STR("2024"), STR("2024"));
    assert_refused(ttl, "soon",
                   "attribute \"expires\" must be a date in ISO 8601, like "
                   "2024-01-02T03:04:05Z, or seconds since 1970: got \"soon\"");
}

TEST(attribute, stores_a_key_with_its_template_around_it)
{
    assert_stored(&declared[0], STR("42"), STR("CUST#42!"));
    assert_stored(&declared[0], STR("a\0b"), STR("CUST#a\0b!"));
    assert_stored(&declared[0], STR("CUST#42!"), STR("CUST#CUST#42!!"));
    assert_stored(&declared[0], STR(""), STR("CUST#!"));
}

TEST(attribute, stores_all_else_as_it_is)
{
    assert_stored(&declared[3], STR("x"), STR("x"));
    assert_stored(&declared[4], STR("{\"a\": 1}"), STR("{\"a\": 1}"));
}

TEST(attribute, is_stored_or_out_of_memory)
{
    static const char *const texts[] = {"42", "2024-01-02", "2024-01-02", "1"};
    for (size_t i = 0; i < 3; i++) {
        DM_AUTO_DONE(arena) arena;
        struct dm_str stored = STR("untouched");
        arena_init(&arena, 0);
        cr_assert_eq(
            attribute_store(&declared[i], dm_str(texts[i]), &arena, &stored, NULL),
            DM_E_NOMEM);
        assert_str(stored, "untouched");
    }
}

/* --- time to live --- */

static bool expired(struct dm_value end, int64_t now_s)
{
    DM_AUTO(attributes) *attributes = all();
    struct value_member members[] = {{STR("id"), string("1")}, {STR("expires"), end}};
    struct dm_value item = {DM_M, {.map = {members, DM_COUNT(members)}}};
    return attributes_expired(attributes, &item, now_s);
}

TEST(attributes, tell_whether_an_items_time_is_over)
{
    cr_assert(expired(number("1000"), 1001));
    cr_assert(expired(number("1000"), 1000));
    cr_assert_not(expired(number("1000"), 999));
    cr_assert_not(expired(number("1000.5"), 1000));
    cr_assert(expired(number("-5"), 0));
    cr_assert_not(expired(number("1E+30"), INT64_MAX));
    cr_assert_not(expired(string("1000"), 2000), "what is no number never ends");

    DM_AUTO(attributes) *attributes = all();
    struct dm_value empty = {.type = DM_M};
    cr_assert_not(attributes_expired(attributes, &empty, INT64_MAX));
    cr_assert_not(attributes_expired(NULL, &empty, INT64_MAX));
}
