/* The fixture of the store's tests. */
#include "store_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/ddb_json.h"

enum { FIXTURE_ARENA_MAX = 64 * 1024 * 1024, WAIT_MS = 20000 };

static int64_t clock_now(const struct clock *clock)
{
    struct store_clock *at =
        DM_CONTAINER((void *)(uintptr_t)clock, struct store_clock, clock);
    return atomic_load(&at->now_ms);
}

static void make_table(struct store_fixture *f, const char *name,
                       const struct key_schema *schema, const struct store_index *index)
{
    struct store_create create = {.table = dm_str(name),
                                  .schema = schema,
                                  .indexes = index,
                                  .index_count = index != NULL};
    assert_ok(sqlite_prepare(f->file, &create, NULL, &f->err), f->err);
}

void store_up(struct store_fixture *f, const char *path)
{
    struct sqlite_options options = {.path = path};
    struct key_schema by_id = {.hash = {STR("id"), DM_S}};
    struct key_schema by_both = {{STR("id"), DM_S}, {STR("r"), DM_N}};
    struct store_index g = {
        .name = STR("g-index"), .schema = {.hash = {STR("g"), DM_N}}, .global = true};
    *f = (struct store_fixture){.clock.clock = {clock_now, clock_now}};
    atomic_init(&f->clock.now_ms, 1000);
    arena_init(&f->arena, FIXTURE_ARENA_MAX);
    assert_ok(sqlite_file_open(&options, &f->file, &f->err), f->err);
    make_table(f, "ttt", &by_id, &g);
    make_table(f, "ccc", &by_both, NULL);
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    assert_ok(sqlite_new(f->file, f->loop, &f->store, &f->err), f->err);
}

void store_down(struct store_fixture *f)
{
    store_free(f->store);
    sqlite_file_unref(f->file);
    dm_loop_free(f->loop);
    arena_done(&f->arena);
}

void store_beside(struct store_fixture *f, const struct store_fixture *other)
{
    *f = (struct store_fixture){.clock.clock = {clock_now, clock_now}};
    atomic_init(&f->clock.now_ms, 1000);
    f->file = sqlite_file_ref(other->file);
    arena_init(&f->arena, FIXTURE_ARENA_MAX);
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    assert_ok(sqlite_new(f->file, f->loop, &f->store, &f->err), f->err);
}

void store_beside_down(struct store_fixture *f)
{
    store_down(f);
}

static const void *keep(struct store_fixture *f, const void *from, size_t size)
{
    void *copy = arena_alloc(&f->arena, size);
    cr_assert(copy);
    memcpy(copy, from, size);
    return copy;
}

void on_answer(enum dm_code code, const struct store_result *result,
               const struct dm_error *err, void *ctx)
{
    struct answer *answer = ctx;
    cr_assert_not(answer->done, "answered twice");
    answer->done = true;
    answer->code = code;
    answer->err = *err;
    if (result)
        answer->result = *result;
}

struct store_base soon(struct store_fixture *f)
{
    return (struct store_base){.deadline_ms = loop_now_ms(f->loop) + 5000,
                               .arena = &f->arena};
}

void turn_until(struct store_fixture *f, const bool *done)
{
    while (!*done)
        assert_ok(dm_loop_turn(f->loop, WAIT_MS, &f->err), f->err);
}

const struct dm_value *item(struct store_fixture *f, const char *text)
{
    struct json_reader reader;
    struct dm_value value;
    reader_init(&reader, dm_str(text), DDB_JSON_DEPTH, &f->arena);
    assert_ok(ddb_json_read_item(&reader, &f->arena, &value, &f->err), f->err);
    return keep(f, &value, sizeof value);
}

const struct key *key(struct store_fixture *f, const char *id)
{
    struct key made = {.hash_attribute = {STR("id"), DM_S},
                       .hash = {.type = DM_S, .as.text = dm_str(id)}};
    return keep(f, &made, sizeof made);
}

const struct key *key2(struct store_fixture *f, const char *id, const char *r)
{
    struct key made = {.hash_attribute = {STR("id"), DM_S},
                       .range_attribute = {STR("r"), DM_N},
                       .hash = {.type = DM_S, .as.text = dm_str(id)},
                       .range = {.type = DM_N, .as.text = dm_str(r)}};
    return keep(f, &made, sizeof made);
}

static struct path path(struct store_fixture *f, const char *text)
{
    struct path made;
    struct dm_str rest = dm_str(text);
    assert_ok(path_parse(&rest, &f->arena, &made, &f->err), f->err);
    return made;
}

static const struct condition *exists(struct store_fixture *f, const char *name,
                                      enum condition_kind kind)
{
    struct operand operand = {.kind = OPERAND_PATH, .path = path(f, name)};
    struct condition made = {
        .kind = kind, .operands = keep(f, &operand, sizeof operand), .operand_count = 1};
    return keep(f, &made, sizeof made);
}

const struct condition *absent(struct store_fixture *f, const char *name)
{
    return exists(f, name, CONDITION_NOT_EXISTS);
}

const struct condition *present(struct store_fixture *f, const char *name)
{
    return exists(f, name, CONDITION_EXISTS);
}

const struct update *set(struct store_fixture *f, const char *target, const char *text)
{
    struct json_reader reader;
    struct update_action action = {.kind = UPDATE_SET, .path = path(f, target)};
    reader_init(&reader, dm_str(text), DDB_JSON_DEPTH, &f->arena);
    assert_ok(ddb_json_read_value(&reader, &f->arena, &action.operand.value, &f->err),
              f->err);
    struct update made = {keep(f, &action, sizeof action), 1};
    return keep(f, &made, sizeof made);
}

const char *json(struct store_fixture *f, const struct dm_value *value)
{
    if (!value)
        return "none";
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 1024 * 1024);
    ddb_json_write_item(value, &out);
    return arena_str(&f->arena, buf_str(&out)).ptr;
}

const char *stored(struct store_fixture *f, const char *id)
{
    struct answer answer =
        DO(f, get, .table = STR("ttt"), .key = key(f, id), .consistent = true);
    assert_code(answer, DM_OK);
    return json(f, answer.result.item);
}

const char *scratch_path(char (*out)[64])
{
    snprintf(*out, sizeof *out, "/tmp/dynamod-test-XXXXXX");
    int fd = mkstemp(*out);
    cr_assert_geq(fd, 0);
    close(fd);
    return *out;
}

void scratch_remove(const char *path_of_file)
{
    char beside[96];
    unlink(path_of_file);
    snprintf(beside, sizeof beside, "%s-wal", path_of_file);
    unlink(beside);
    snprintf(beside, sizeof beside, "%s-shm", path_of_file);
    unlink(beside);
}
