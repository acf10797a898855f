/* Operands: the declared type from the first byte, quotes from the second, then the text.
 * What is taken is of its type and can be written as DynamoDB JSON; what is refused is
 * explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "codec/ddb_json.h"
#include "codec/operand_text.h"
#include "fuzz.h"

static const char *const types[] = {"S",   "N",      "B",  "BOOL", "NULL",         "L",
                                    "M",   "SS",     "NS", "BS",   "utc_datetime", "json",
                                    "ttl", "version"};

static void check_read(enum dm_code code, const struct dm_value *value,
                       const struct dm_error *err)
{
    if (code) {
        fuzz_check(code == DM_E_INVALID && err->code == code);
        fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
        return;
    }
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    ddb_json_write_value(value, &out);
    fuzz_check(!out.failed && utf8_valid(buf_str(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct attribute attribute = {.name = STR("a")};
    const struct attribute *declared = NULL;
    if (bytes[0] % 15 < DM_COUNT(types)) {
        fuzz_check(attribute_type_from_name(dm_str(types[bytes[0] % 15]), &attribute.type,
                                            &attribute.kind));
        declared = &attribute;
    }
    struct operand_text operand = {fuzz_text(bytes + 2, len - 2), bytes[1] % 2};
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value value;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    enum dm_code code = operand_text_read(declared, &operand, &arena, &value, &err);
    fuzz_check(code || !declared || value.type == attribute.type);
    check_read(code, &value, &err);
    code = operand_text_read_member(declared, &operand, &arena, &value, &err);
    check_read(code, &value, &err);
    return 0;
}
