/* Page tokens: what is sealed is opened by whom it is for, and by nobody else. */
#include "codec/ddb_json.h"
#include "model/token.h"
#include "support/test.h"

enum { ARENA_MAX = 1024 * 1024 };

static struct token_key key_of(const char *secret, const char *app)
{
    struct token_key key;
    struct dm_error err = {0};
    assert_ok(token_key_make(dm_str(secret), dm_str(app), &key, &err), err);
    return key;
}

static struct dm_value last_key(struct arena *arena)
{
    static const char json[] = "{\"id\":{\"S\":\"42\"},\"at\":{\"N\":\"1.5\"},"
                               "\"by\":{\"B\":\"AP8=\"}}";
    struct json_reader reader;
    struct dm_value last;
    struct dm_error err = {0};
    reader_init(&reader, dm_str(json), DDB_JSON_DEPTH, arena);
    assert_ok(ddb_json_read_item(&reader, arena, &last, &err), err);
    return last;
}

static struct dm_str sealed(const struct token_key *key, const char *bound,
                            struct arena *arena)
{
    struct dm_error err = {0};
    struct dm_str token;
    struct dm_value last = last_key(arena);
    assert_ok(token_seal(key, dm_str(bound), &last, arena, &token, &err), err);
    return token;
}

static enum dm_code open_one(const struct token_key *key, const char *bound,
                             struct dm_str token, struct arena *arena)
{
    struct dm_error err = {0};
    struct dm_value last = {.type = DM_NULL};
    enum dm_code code = token_open(key, dm_str(bound), token, arena, &last, &err);
    cr_assert_eq(err.code, code);
    cr_assert(last.type == (code ? DM_NULL : DM_M));
    return code;
}

TEST(token, gives_back_what_was_sealed)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) text;
    struct token_key key = key_of("a secret of the app", "todo");
    struct dm_value last;
    struct dm_error err = {0};
    arena_init(&arena, ARENA_MAX);
    buf_init(&text, ARENA_MAX);
    struct dm_str token = sealed(&key, "todo 42", &arena);
    assert_ok(token_open(&key, STR("todo 42"), token, &arena, &last, &err), err);
    ddb_json_write_item(&last, &text);
    assert_str(buf_str(&text), "{\"id\":{\"S\":\"42\"},\"at\":{\"N\":\"1.5\"},"
                               "\"by\":{\"B\":\"AP8=\"}}");
}

/* So that instances that share a configuration understand each other, and so that what is
 * kept by its address is found again. */
TEST(token, is_the_same_for_the_same_place)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key one = key_of("a secret of the app", "todo");
    struct token_key other = key_of("a secret of the app", "todo");
    arena_init(&arena, ARENA_MAX);
    cr_assert(str_equal(sealed(&one, "todo", &arena), sealed(&other, "todo", &arena)));
}

TEST(token, is_made_of_letters_that_an_address_may_have)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key key = key_of("a secret of the app", "todo");
    arena_init(&arena, ARENA_MAX);
    struct dm_str token = sealed(&key, "todo", &arena);
    for (size_t i = 0; i < token.len; i++)
        cr_assert(
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                   token.ptr[i]));
}

TEST(token, is_of_no_use_elsewhere)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key key = key_of("a secret of the app", "todo");
    struct token_key other_app = key_of("a secret of the app", "other");
    struct token_key other_secret = key_of("another secret of it", "todo");
    arena_init(&arena, ARENA_MAX);
    struct dm_str token = sealed(&key, "todo 42", &arena);
    cr_assert_eq(open_one(&key, "todo 42", token, &arena), DM_OK);
    cr_assert_eq(open_one(&key, "todo 43", token, &arena), DM_E_INVALID_TOKEN);
    cr_assert_eq(open_one(&other_app, "todo 42", token, &arena), DM_E_INVALID_TOKEN);
    cr_assert_eq(open_one(&other_secret, "todo 42", token, &arena), DM_E_INVALID_TOKEN);
}

TEST(token, is_refused_when_any_letter_is_changed)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key key = key_of("a secret of the app", "todo");
    arena_init(&arena, ARENA_MAX);
    struct dm_str token = sealed(&key, "todo", &arena);
    for (size_t i = 0; i < token.len; i++) {
        char changed[512];
        memcpy(changed, token.ptr, token.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        cr_assert_eq(open_one(&key, "todo", (struct dm_str){changed, token.len}, &arena),
                     DM_E_INVALID_TOKEN);
    }
}

TEST(token, is_refused_when_it_is_cut)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key key = key_of("a secret of the app", "todo");
    arena_init(&arena, ARENA_MAX);
    struct dm_str token = sealed(&key, "todo", &arena);
    for (size_t len = 0; len < token.len; len++)
        cr_assert_eq(open_one(&key, "todo", (struct dm_str){token.ptr, len}, &arena),
                     DM_E_INVALID_TOKEN);
}

TEST(token, is_refused_when_it_is_none)
{
    static const char *const texts[] = {
        "", "A", "AAAA", "*", "42", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    DM_AUTO_DONE(arena) arena;
    struct token_key key = key_of("a secret of the app", "todo");
    arena_init(&arena, ARENA_MAX);
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        cr_assert_eq(open_one(&key, "todo", dm_str(texts[i]), &arena),
                     DM_E_INVALID_TOKEN);
}

TEST(token, survives_each_allocation_failing)
{
    struct token_key key = key_of("a secret of the app", "todo");
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct dm_value last = last_key(&arena);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) own;
        struct dm_error err = {0};
        struct dm_str token;
        struct dm_value opened;
        arena_init(&own, ARENA_MAX);
        enum dm_code code = token_seal(&key, STR("todo"), &last, &own, &token, &err);
        if (!code)
            code = token_open(&key, STR("todo"), token, &own, &opened, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
    }
}
