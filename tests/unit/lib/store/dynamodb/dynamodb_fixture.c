/* What the tests of the DynamoDB store share. */
#include "unit/lib/store/dynamodb/dynamodb_fixture.h"

#include <stdio.h>

enum { DEADLINE_MS = 60000, ARENA_MAX = 1024 * 1024, TIMEOUT_MS = 50000 };

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment empty = {nothing};

struct dynamodb_fixture *dynamodb_fixture_new(void)
{
    static struct dynamodb_fixture fixture;
    struct dynamodb_fixture *f = &fixture;
    *f = (struct dynamodb_fixture){.clock = fake_clock(), .connection = -1};
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    peer_init(&f->peer, f->loop, 8);
    arena_init(&f->arena, ARENA_MAX);
    f->base = (struct store_base){.deadline_ms = f->clock.now_ms + DEADLINE_MS,
                                  .arena = &f->arena};
    struct client_options options = {.region = STR("eu-west-1"),
                                     .host = dm_str(f->peer.url),
                                     .access_key_id = STR("AKID"),
                                     .secret_access_key = STR("secret"),
                                     .connect_timeout_ms = TIMEOUT_MS,
                                     .read_timeout_ms = TIMEOUT_MS,
                                     .max_pool_connections = 1};
    assert_ok(client_new(f->loop, &empty, &options, &f->client, &f->err), f->err);
    assert_ok(dynamodb_new(f->client, &f->store, &f->err), f->err);
    return f;
}

void dynamodb_fixture_free(struct dynamodb_fixture *f)
{
    store_free(f->store);
    client_free(f->client);
    arena_done(&f->arena);
    peer_done(&f->peer);
    dm_loop_free(f->loop);
}

void dynamodb_fixture_done(enum dm_code code, const struct store_result *result,
                           const struct dm_error *err, void *ctx)
{
    struct dynamodb_fixture *f = ctx;
    f->times++;
    f->code = code;
    f->err = *err;
    f->with_result = result;
    if (result)
        f->result = *result;
}

/* --- one of each --- */

static struct path_step status_steps[] = {{{"status", 6}, 0}};
static struct path_step deep_steps[] = {{{"list", 4}, 0}, {{NULL, 0}, 2}};
static struct path paths[] = {{status_steps, 1}, {deep_steps, 2}};
static const struct projection projection = {paths, DM_COUNT(paths)};

static const struct key key = {.hash_attribute = {{"id", 2}, DM_S},
                               .range_attribute = {{"at", 2}, DM_N},
                               .hash = {DM_S, {.text = {"a", 1}}},
                               .range = {DM_N, {.text = {"1", 1}}}};

static struct value_member members[] = {{{"id", 2}, {DM_S, {.text = {"a", 1}}}},
                                        {{"at", 2}, {DM_N, {.text = {"1", 1}}}}};
static const struct dm_value item = {DM_M, {.map = {members, DM_COUNT(members)}}};

static const struct operand operands[] = {
    {.kind = OPERAND_PATH, .path = {status_steps, 1}},
    {.kind = OPERAND_VALUE, .value = {DM_S, {.text = {"open", 4}}}}};
static const struct condition condition = {
    .kind = CONDITION_EQ, .operands = operands, .operand_count = 2};

static const struct update_action action = {
    UPDATE_SET,
    {status_steps, 1},
    {.kind = OPERAND_VALUE, .value = {DM_S, {.text = {"done", 4}}}}};
static const struct update update = {&action, 1};

static const struct key_condition keys = {.hash_name = {"id", 2},
                                          .range_name = {"at", 2},
                                          .hash = {DM_S, {.text = {"a", 1}}},
                                          .range = RANGE_GE,
                                          .low = {DM_N, {.text = {"1", 1}}}};

static struct store_get get_request(const struct dynamodb_fixture *f)
{
    return (struct store_get){.base = f->base,
                              .table = STR("t"),
                              .key = &key,
                              .projection = &projection,
                              .consistent = true};
}

static enum dm_code send_get(struct dynamodb_fixture *f)
{
    struct store_get request = get_request(f);
    return f->store->ops->get(f->store, &request, dynamodb_fixture_done, f, &f->call,
                              &f->err);
}

static enum dm_code send_put(struct dynamodb_fixture *f)
{
    struct store_put request = {f->base, STR("t"), &item, NULL, &condition, true, false};
    return f->store->ops->put(f->store, &request, dynamodb_fixture_done, f, &f->call,
                              &f->err);
}

static enum dm_code send_update(struct dynamodb_fixture *f)
{
    struct store_update request = {f->base,    STR("t"),           &key, &update,
                                   &condition, RETURN_UPDATED_NEW, true, false};
    return f->store->ops->update(f->store, &request, dynamodb_fixture_done, f, &f->call,
                                 &f->err);
}

static enum dm_code send_delete(struct dynamodb_fixture *f)
{
    struct store_delete request = {f->base, STR("t"), &key, &condition, true, false};
    return f->store->ops->delete (f->store, &request, dynamodb_fixture_done, f, &f->call,
                                  &f->err);
}

static struct store_query query_request(const struct dynamodb_fixture *f)
{
    return (struct store_query){.base = f->base,
                                .table = STR("t"),
                                .index = STR("i"),
                                .keys = &keys,
                                .filter = &condition,
                                .projection = &projection,
                                .consistent = true,
                                .descending = true,
                                .limit = 7,
                                .after = &item};
}

static enum dm_code send_query(struct dynamodb_fixture *f)
{
    struct store_query request = query_request(f);
    return f->store->ops->query(f->store, &request, dynamodb_fixture_done, f, &f->call,
                                &f->err);
}

static struct store_scan scan_request(const struct dynamodb_fixture *f)
{
    return (struct store_scan){.base = f->base,
                               .table = STR("t"),
                               .count_only = true,
                               .segment = 1,
                               .total_segments = 4};
}

static enum dm_code send_scan(struct dynamodb_fixture *f)
{
    struct store_scan request = scan_request(f);
    return f->store->ops->scan(f->store, &request, dynamodb_fixture_done, f, &f->call,
                               &f->err);
}

static enum dm_code send_batch_get(struct dynamodb_fixture *f)
{
    struct store_batch_get request = {f->base, STR("t"), &key, 1, &projection, true};
    return f->store->ops->batch_get(f->store, &request, dynamodb_fixture_done, f,
                                    &f->call, &f->err);
}

static enum dm_code send_batch_write(struct dynamodb_fixture *f)
{
    struct store_batch_write request = {f->base, STR("t"), &item, NULL, 1, &key, 1};
    return f->store->ops->batch_write(f->store, &request, dynamodb_fixture_done, f,
                                      &f->call, &f->err);
}

static enum dm_code send_transact_get(struct dynamodb_fixture *f)
{
    struct store_transact_get_entry entries[] = {{STR("t"), &key, &projection},
                                                 {STR("u"), &key, NULL}};
    struct store_transact_get request = {f->base, entries, DM_COUNT(entries)};
    return f->store->ops->transact_get(f->store, &request, dynamodb_fixture_done, f,
                                       &f->call, &f->err);
}

static enum dm_code send_transact_write(struct dynamodb_fixture *f)
{
    struct store_transact_entry entries[] = {
        {.kind = TRANSACT_PUT, .table = STR("t"), .item = &item},
        {.kind = TRANSACT_UPDATE, .table = STR("t"), .key = &key, .update = &update},
        {.kind = TRANSACT_DELETE, .table = STR("t"), .key = &key},
        {.kind = TRANSACT_CHECK,
         .table = STR("u"),
         .key = &key,
         .condition = &condition}};
    struct store_transact_write request = {f->base, entries, DM_COUNT(entries),
                                           STR("token")};
    return f->store->ops->transact_write(f->store, &request, dynamodb_fixture_done, f,
                                         &f->call, &f->err);
}

static enum dm_code send_describe(struct dynamodb_fixture *f)
{
    struct store_describe request = {f->base, STR("t")};
    return f->store->ops->describe(f->store, &request, dynamodb_fixture_done, f, &f->call,
                                   &f->err);
}

static enum dm_code send_create(struct dynamodb_fixture *f)
{
    static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};
    static const struct dm_str included[] = {{"x", 1}};
    static const struct store_index indexes[] = {
        {{"l", 1}, {{{"id", 2}, DM_S}, {{"x", 1}, DM_B}}, false, PROJECT_ALL, NULL, 0},
        {{"g", 1}, {.hash = {{"at", 2}, DM_N}}, true, PROJECT_INCLUDE, included, 1}};
    struct store_create request = {f->base, STR("t"), &schema, indexes, 2, 5, 6};
    return f->store->ops->create(f->store, &request, dynamodb_fixture_done, f, &f->call,
                                 &f->err);
}

enum dm_code dynamodb_fixture_send(struct dynamodb_fixture *f, const char *operation)
{
    static const struct {
        const char *name;
        enum dm_code (*send)(struct dynamodb_fixture *f);
    } operations[] = {
        {"get", send_get},
        {"batch_get", send_batch_get},
        {"query", send_query},
        {"scan", send_scan},
        {"put", send_put},
        {"update", send_update},
        {"delete", send_delete},
        {"batch_write", send_batch_write},
        {"transact_get", send_transact_get},
        {"transact_write", send_transact_write},
        {"describe", send_describe},
        {"create", send_create},
    };
    f->times = 0;
    for (size_t i = 0; i < DM_COUNT(operations); i++)
        if (strcmp(operations[i].name, operation) == 0)
            return operations[i].send(f);
    cr_assert_fail("no operation %s", operation);
    return DM_E_INTERNAL;
}

enum dm_code dynamodb_fixture_explain(struct dynamodb_fixture *f, const char *operation,
                                      struct dm_buf *out)
{
    if (strcmp(operation, "get") == 0) {
        struct store_get request = get_request(f);
        return explain_get(&request, out, &f->err);
    }
    if (strcmp(operation, "query") == 0) {
        struct store_query request = query_request(f);
        return explain_query(&request, out, &f->err);
    }
    struct store_scan request = scan_request(f);
    return explain_scan(&request, out, &f->err);
}

/* --- the other side --- */

const char *dynamodb_fixture_body(struct dynamodb_fixture *f)
{
    if (f->connection < 0)
        f->connection = peer_accept(&f->peer);
    return strstr(peer_read(&f->peer, f->connection), "\r\n\r\n") + 4;
}

void dynamodb_fixture_answer(struct dynamodb_fixture *f, unsigned status,
                             const char *body)
{
    char text[2048];
    int len =
        snprintf(text, sizeof text, "HTTP/1.1 %u X\r\nContent-Length: %zu\r\n\r\n%s",
                 status, strlen(body), body);
    cr_assert_lt(len, (int)sizeof text);
    peer_send(f->connection, text);
    for (int i = 0; i < 1000 && !f->times; i++)
        assert_ok(dm_loop_turn(f->loop, 100, &f->err), f->err);
    cr_assert_eq(f->times, 1);
}
