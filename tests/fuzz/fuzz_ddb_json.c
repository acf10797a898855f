/* DynamoDB JSON: what is read can be written, read again, and is written the same. */
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "fuzz.h"

static enum dm_code read(struct dm_str text, struct arena *arena,
                         struct dm_value *ret_item)
{
    struct json_reader reader;
    reader_init(&reader, text, DDB_JSON_DEPTH, arena);
    DM_TRY(ddb_json_read_item(&reader, arena, ret_item, NULL));
    return reader_end(&reader, NULL);
}

/* The plain form too is JSON that can be read. */
static void check_plain(const struct dm_value *item, struct arena *arena)
{
    DM_AUTO_DONE(dm_buf) plain;
    struct json_reader reader;
    struct dm_value value;
    buf_init(&plain, FUZZ_MEMORY_MAX);
    plain_json_write(item, &plain);
    fuzz_check(!plain.failed);
    reader_init(&reader, buf_str(&plain), VALUE_MAX_DEPTH, arena);
    fuzz_check(plain_json_read(&reader, arena, &value, NULL) == DM_OK);
    fuzz_check(reader_end(&reader, NULL) == DM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) once;
    DM_AUTO_DONE(dm_buf) twice;
    struct dm_value item;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    buf_init(&once, FUZZ_MEMORY_MAX);
    buf_init(&twice, FUZZ_MEMORY_MAX);

    if (read(fuzz_text(bytes, len), &arena, &item))
        return 0;
    ddb_json_write_item(&item, &once);
    fuzz_check(!once.failed);
    check_plain(&item, &arena);
    fuzz_check(read(buf_str(&once), &arena, &item) == DM_OK);
    ddb_json_write_item(&item, &twice);
    fuzz_check(!twice.failed && str_equal(buf_str(&once), buf_str(&twice)));
    return 0;
}
