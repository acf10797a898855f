/* Items of the tests, written and compared as JSON. */
#ifndef DYNAMOD_TESTS_JSON_FIXTURE_H
#define DYNAMOD_TESTS_JSON_FIXTURE_H

#include "base/buf.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "support/test.h"

enum { JSON_FIXTURE_MAX = 64 * 1024 * 1024 };

/* An item of DynamoDB JSON, in the arena. */
static inline struct dm_value typed(const char *json, struct arena *arena)
{
    struct dm_error err = {0};
    struct dm_value item = {.type = DM_M};
    struct json_reader reader;
    reader_init(&reader, dm_str(json), DDB_JSON_DEPTH, arena);
    assert_ok(ddb_json_read_item(&reader, arena, &item, &err), err);
    return item;
}

/* A value of plain JSON, in the arena. */
static inline struct dm_value plain(const char *json, struct arena *arena)
{
    struct dm_error err = {0};
    struct dm_value value = {.type = DM_NULL};
    struct json_reader reader;
    reader_init(&reader, dm_str(json), VALUE_MAX_DEPTH, arena);
    assert_ok(plain_json_read(&reader, arena, &value, &err), err);
    return value;
}

#define assert_item(item, json)                                                          \
    do {                                                                                 \
        DM_AUTO_DONE(dm_buf) out_;                                                       \
        buf_init(&out_, JSON_FIXTURE_MAX);                                               \
        ddb_json_write_item(item, &out_);                                                \
        cr_assert_not(out_.failed);                                                      \
        assert_str(buf_str(&out_), json);                                                \
    } while (0)

#endif
