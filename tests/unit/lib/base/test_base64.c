/* Base64. */
#include "base/base64.h"
#include "support/test.h"

/* RFC 4648 section 10. */
static const char *const pairs[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF", "+/8="},
};

TEST(base64, writes_the_vectors_of_its_rfc)
{
    for (size_t i = 0; i < DM_COUNT(pairs); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 100);
        base64_write(dm_str(pairs[i][0]), &out);
        assert_str(buf_str(&out), pairs[i][1]);
    }
}

TEST(base64, reads_them_back)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < DM_COUNT(pairs); i++) {
        struct dm_str bytes;
        assert_ok(base64_read(dm_str(pairs[i][1]), &arena, &bytes, &err), err);
        assert_str(bytes, pairs[i][0]);
    }
}

TEST(base64, carries_every_byte_at_every_length)
{
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(255 - i);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) text;
        struct dm_str read;
        struct dm_error err = {0};
        arena_init(&arena, 1 << 16);
        buf_init(&text, 1000);
        base64_write((struct dm_str){bytes, len}, &text);
        assert_ok(base64_read(buf_str(&text), &arena, &read, &err), err);
        cr_assert(str_equal(read, (struct dm_str){bytes, len}), "length %zu", len);
    }
}

TEST(base64, refuses_what_is_not_base64)
{
    static const char *const wrong[] = {
        "Zg",     "Zg=",        "Z",    "====", "Zg==Zg==", "Zg=a",
        "Zm9v\n", "Zm 9",       "Zm9-", "Zm9_", "Zh==", /* bits that no byte takes */
        "Zm9=",   "\xC3\xA9==", "=",    "Z==="};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < DM_COUNT(wrong); i++) {
        struct dm_str bytes = {NULL, 99};
        struct dm_error err = {0};
        cr_assert_eq(base64_read(dm_str(wrong[i]), &arena, &bytes, &err), DM_E_INVALID,
                     "\"%s\"", wrong[i]);
        cr_assert_eq(bytes.len, 99);
    }
}

TEST(base64, url_takes_its_own_alphabet_padded_or_not)
{
    static const char *const same[][2] = {
        {"-_8", "\xFB\xFF"}, {"-_8=", "\xFB\xFF"},   {"Zg", "f"},
        {"Zg==", "f"},       {"Zm9vYmFy", "foobar"}, {"", ""}};
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < DM_COUNT(same); i++) {
        struct dm_str bytes;
        assert_ok(base64url_read(dm_str(same[i][0]), &arena, &bytes, &err), err);
        assert_str(bytes, same[i][1]);
    }
}

TEST(base64, url_refuses_what_is_not)
{
    static const char *const wrong[] = {"+/8", "Z", "Zg=", "Zg===", "Zm9vY", "Z g", "a/"};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < DM_COUNT(wrong); i++) {
        struct dm_str bytes;
        cr_assert_eq(base64url_read(dm_str(wrong[i]), &arena, &bytes, NULL), DM_E_INVALID,
                     "\"%s\"", wrong[i]);
    }
}

TEST(base64, says_when_there_is_no_memory)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) small;
    struct dm_str bytes;
    arena_init(&arena, 0);
    buf_init(&small, 3);
    cr_assert_eq(base64_read(STR("Zm9v"), &arena, &bytes, NULL), DM_E_NOMEM);
    cr_assert_eq(base64url_read(STR("Zm9v"), &arena, &bytes, NULL), DM_E_NOMEM);
    base64_write(STR("f"), &small);
    cr_assert(small.failed);
}
