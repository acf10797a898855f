/* Keys: types from the first two bytes, then the hash, a line feed, the range. What is
 * taken is in bounds and canonical; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "value/key.h"
#include "value/number.h"

static void check_value(const struct dm_value *value, size_t max)
{
    struct dm_str text = value->as.text;
    fuzz_check(text.len > 0 && text.len <= max);
    fuzz_check(value->type != DM_S || utf8_valid(text));
    struct number number;
    if (value->type != DM_N)
        return;
    fuzz_check(number_parse(text, &number, NULL) == DM_OK);
    fuzz_check(str_equal(text, (struct dm_str){number.text, number.len}));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum dm_type types[] = {DM_S, DM_N, DM_B};
    if (len < 2)
        return 0;
    struct key_schema schema = {.hash = {STR("id"), types[bytes[0] % 3]}};
    if (bytes[1] % 4 < 3)
        schema.range = (struct key_attribute){STR("at"), types[bytes[1] % 4]};
    struct dm_str range = fuzz_text(bytes + 2, len - 2), hash = str_split(&range, '\n');

    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key key;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    enum dm_code code = key_parse(&schema, hash, range, &arena, &key, &err);
    if (code) {
        fuzz_check(code == DM_E_INVALID_KEY && err.code == code);
        fuzz_check(utf8_valid(dm_str(err.message)) && utf8_valid(dm_str(err.hint)));
        return 0;
    }
    check_value(&key.hash, KEY_HASH_MAX);
    if (!str_empty(schema.range.name))
        check_value(&key.range, KEY_RANGE_MAX);
    return 0;
}
