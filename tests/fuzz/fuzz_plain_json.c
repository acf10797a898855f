/* Plain JSON: what is read can be written, in both dialects, and is written the same when
 * read again. As the text of a json attribute, anything makes a document. */
#include "base/str.h"
#include "base/utf8.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "fuzz.h"

static enum dm_code read(struct dm_str text, struct arena *arena,
                         struct dm_value *ret_value)
{
    struct json_reader reader;
    reader_init(&reader, text, VALUE_MAX_DEPTH, arena);
    DM_TRY(plain_json_read(&reader, arena, ret_value, NULL));
    return reader_end(&reader, NULL);
}

/* Whatever is a value is JSON to who skips it. */
static void check_skip(struct dm_str text, struct arena *arena)
{
    struct json_reader reader;
    reader_init(&reader, text, VALUE_MAX_DEPTH, arena);
    fuzz_check(reader_skip(&reader, NULL) == DM_OK);
    fuzz_check(reader_end(&reader, NULL) == DM_OK);
}

static void check_typed(const struct dm_value *value, struct arena *arena)
{
    DM_AUTO_DONE(dm_buf) typed;
    struct json_reader reader;
    struct dm_value again;
    buf_init(&typed, FUZZ_MEMORY_MAX);
    ddb_json_write_value(value, &typed);
    fuzz_check(!typed.failed);
    reader_init(&reader, buf_str(&typed), DDB_JSON_DEPTH, arena);
    fuzz_check(ddb_json_read_value(&reader, arena, &again, NULL) == DM_OK);
    fuzz_check(reader_end(&reader, NULL) == DM_OK);
}

static void check_attribute(struct dm_str text, struct arena *arena)
{
    struct attribute attribute = {
        .name = STR("doc"), .type = DM_S, .kind = ATTRIBUTE_JSON};
    struct value_member member = {STR("doc"), {.type = DM_S, .as.text = text}};
    struct dm_value item = {DM_M, {.map = {&member, 1}}};
    DM_AUTO(attributes) *attributes = NULL;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    fuzz_check(attributes_new(&attribute, 1, &attributes, NULL) == DM_OK);
    plain_json_write_item(attributes, &item, &out);
    fuzz_check(!out.failed);
    check_skip(buf_str(&out), arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) once;
    DM_AUTO_DONE(dm_buf) twice;
    struct dm_value value;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    buf_init(&once, FUZZ_MEMORY_MAX);
    buf_init(&twice, FUZZ_MEMORY_MAX);

    if (utf8_valid(fuzz_text(bytes, len)))
        check_attribute(fuzz_text(bytes, len), &arena);
    if (read(fuzz_text(bytes, len), &arena, &value))
        return 0;
    check_skip(fuzz_text(bytes, len), &arena);
    check_typed(&value, &arena);
    plain_json_write(&value, &once);
    fuzz_check(!once.failed);
    fuzz_check(read(buf_str(&once), &arena, &value) == DM_OK);
    plain_json_write(&value, &twice);
    fuzz_check(!twice.failed && str_equal(buf_str(&once), buf_str(&twice)));
    return 0;
}
