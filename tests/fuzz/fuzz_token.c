/* Page tokens: any text is opened or refused, and what was sealed of it is given back. */
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "model/token.h"

static void open_text(const struct token_key *key, struct dm_str text,
                      struct arena *arena)
{
    struct dm_value last;
    struct dm_error err = {0};
    enum dm_code code = token_open(key, STR("bound"), text, arena, &last, &err);
    fuzz_check(code == DM_OK || (code == DM_E_INVALID_TOKEN && err.code == code));
    fuzz_check(code || last.type == DM_M);
}

/* The bytes are a key, and what the token is bound to. */
static void seal_and_open(const struct token_key *key, struct dm_str bytes,
                          struct arena *arena)
{
    struct value_member member = {STR("id"), {.type = DM_B, .as.text = bytes}};
    struct dm_value last = {.type = DM_M, .as.map = {&member, 1}}, opened;
    struct dm_str token;
    if (bytes.len > 4096)
        return;
    fuzz_check(token_seal(key, bytes, &last, arena, &token, NULL) == DM_OK);
    fuzz_check(token_open(key, bytes, token, arena, &opened, NULL) == DM_OK);
    const struct dm_value *value = value_member(&opened, STR("id"));
    fuzz_check(value && value->type == DM_B && str_equal(value->as.text, bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct token_key key;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    fuzz_check(token_key_make(STR("a secret of the fuzzer"), STR("fuzz"), &key, NULL) ==
               DM_OK);
    open_text(&key, fuzz_text(bytes, len), &arena);
    seal_and_open(&key, fuzz_text(bytes, len), &arena);
    return 0;
}
