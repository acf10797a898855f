/* What a query is refused for, in DynamoDB's words. */
#include "song_fixture.h"

static void refuse(struct fixture *f, struct store_query request, const char *words)
{
    struct store_result result;
    if (!request.table.len)
        request.table = STR("music");
    cr_assert_eq(fixture_query(f, &request, &result), DM_E_VALIDATION, "%s", words);
    cr_assert(strstr(f->err.message, words), "%s", f->err.message);
    cr_assert_str_eq(f->err.upstream_type, "ValidationException");
}

TEST(query_refusals, refuses_conditions_that_are_not_of_the_key)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = label("x");
    struct store_query request = {.keys = &keys};
    refuse(&f, request, "Query condition missed key schema element: artist");
    keys = titles(RANGE_EQ, "a");
    refuse(&f, request, "Query condition missed key schema element: year");
    keys = partition("a");
    keys.hash = value(DM_N, "1");
    refuse(&f, request, "Condition parameter type does not match schema type");
    keys = years(RANGE_EQ, "1", NULL);
    keys.low.type = DM_S;
    refuse(&f, request, "Condition parameter type does not match schema type");
    keys = partition("");
    refuse(&f, request, "cannot contain an empty string value. Key: artist");
    keys = years(RANGE_BEGINS_WITH, "1", NULL);
    refuse(&f, request, "operator or function: begins_with, operand type: N");
    keys = years(RANGE_BETWEEN, "2", "1");
    refuse(&f, request,
           "upper bound to be greater than or equal to lower bound; lower bound operand: "
           "AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}");
    keys.high.type = DM_S;
    refuse(&f, request, "requires same data type for lower and upper bounds");
    keys = titles(RANGE_EQ, "");
    request.index = STR("by_title");
    refuse(&f, request, "empty string value. IndexName: by_title, IndexKey: title");
    keys = (struct key_condition){.hash_name = STR("id"),
                                  .range_name = STR("x"),
                                  .hash = value(DM_S, "1"),
                                  .range = RANGE_EQ,
                                  .low = value(DM_S, "1")};
    request = (struct store_query){.table = STR("plain"), .keys = &keys};
    refuse(&f, request, "Query key condition not supported");
}

TEST(query_refusals, refuses_keys_that_are_too_long)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    char *run = arena_alloc(&f.arena, 2050);
    memset(run, 'x', 2049);
    run[2049] = '\0';
    struct key_condition keys = partition(run);
    struct store_query request = {.keys = &keys};
    refuse(&f, request, "Size of hashkey has exceeded the maximum size limit of2048");
    run[1025] = '\0';
    keys = titles(RANGE_BEGINS_WITH, run);
    request.index = STR("by_title");
    refuse(&f, request, "Aggregated size of all range keys has exceeded");
}

TEST(query_refusals, refuses_what_an_index_does_not_hold)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = {.hash_name = STR("plays"), .hash = value(DM_N, "7")};
    struct projection shown = projection(&f, "note.a,year,title");
    struct store_query request = {.index = STR("by_plays"), .keys = &keys};
    request.consistent = true;
    refuse(&f, request, "Consistent reads are not supported on global secondary indexes");
    request.consistent = false;
    request.projection = &shown;
    refuse(&f, request, "Global secondary index by_plays does not project [note, title]");
    request.projection = NULL;
    request.filter = has(&f, "note");
    refuse(&f, request,
           "by_plays does not project one or more filter attributes: [note]");
    request.index = STR("by_play");
    refuse(&f, request, "The table does not have the specified index: by_play");
}

TEST(query_refusals, refuses_a_filter_of_its_keys)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    struct condition both[] = {*has(&f, "note"), *has(&f, "year")};
    struct condition all = {.kind = CONDITION_AND, .children = both, .child_count = 2};
    struct store_query request = {.keys = &keys, .filter = &all};
    refuse(&f, request, "Primary key attribute: year");
    request.filter = has(&f, "artist.b");
    refuse(&f, request, "Key attributes must be scalars");
    request.filter = has(&f, "label");
    expect_years(&f, request, "0 2 10");
    keys = label("x");
    request.index = STR("by_label");
    refuse(&f, request, "Primary key attribute: label");
    request.filter = has(&f, "artist");
    expect_years(&f, request, "0 2 3 10");
}

TEST(query_refusals, refuses_a_starting_key_that_is_none_of_its_own)
{
    static const char *const invalid[] = {
        "{'artist':{'S':'a'}}",
        "{'artist':{'S':'a'},'year':{'S':'1'}}",
        "{'artist':{'S':'a'},'month':{'N':'1'}}",
        "{'artist':{'S':''},'year':{'N':'1'}}",
        "{'artist':{'S':'a'},'year':{'N':'1'},'x':{'N':'1'}}",
        "{}",
    };
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = years(RANGE_GT, "1", NULL);
    struct store_query request = {.keys = &keys};
    for (size_t i = 0; i < DM_COUNT(invalid); i++) {
        request.after = fixture_item(&f, invalid[i]);
        refuse(&f, request, "The provided starting key is invalid");
    }
    request.after = fixture_item(&f, "{'artist':{'S':'b'},'year':{'N':'2'}}");
    refuse(&f, request, "outside query boundaries");
    request.after = fixture_item(&f, "{'artist':{'S':'a'},'year':{'N':'1'}}");
    refuse(&f, request, "does not match the range key predicate");
    request.descending = true;
    refuse(&f, request, "does not match the range key predicate");
    keys = label("x");
    request.index = STR("by_label");
    refuse(&f, request, "The provided starting key is invalid");
}
