/* A store on a loop, over a file of its own, and the requests of the tests in few words.
 */
#ifndef DYNAMOD_TESTS_STORE_FIXTURE_H
#define DYNAMOD_TESTS_STORE_FIXTURE_H

#include <stdatomic.h>

#include "store/sqlite/sqlite.h"
#include "support/test.h"

/* A clock that stands still until a test moves it; the writer reads it too. */
struct store_clock {
    struct clock clock;
    atomic_llong now_ms;
};

struct store_fixture {
    struct store_clock clock;
    struct sqlite_file *file;
    struct dm_loop *loop;
    struct dm_store *store;
    struct arena arena;
    struct dm_error err; /* of the last call */
};

/* Tables: `t` by id (S), with a global index `g` by g (N), and `c` by id (S) and r (N).
 */
void store_up(struct store_fixture *f, const char *path);
void store_down(struct store_fixture *f);

/* A loop and a store more, on the same file and clock. */
void store_beside(struct store_fixture *f, const struct store_fixture *other);
void store_beside_down(struct store_fixture *f);

/* How a call ended. */
struct answer {
    bool done;
    enum dm_code code;
    struct store_result result;
    struct dm_error err;
};

void on_answer(enum dm_code code, const struct store_result *result,
               const struct dm_error *err, void *ctx);

struct store_base soon(struct store_fixture *f);
void turn_until(struct store_fixture *f, const bool *done);

/* DO(f, put, .table = …, …): calls and waits; the answer's code is in it either way. */
#define DO(f, operation, ...)                                                            \
    __extension__({                                                                      \
        struct store_##operation request_ = {.base = soon(f), __VA_ARGS__};              \
        struct answer answer_ = {.done = false};                                         \
        struct store_call *call_ = NULL;                                                 \
        answer_.code = (f)->store->ops->operation((f)->store, &request_, on_answer,      \
                                                  &answer_, &call_, &answer_.err);       \
        if (answer_.code == DM_OK)                                                       \
            turn_until(f, &answer_.done);                                                \
        answer_;                                                                         \
    })

/* Calls and does not wait: request, answer and call are the caller's. */
#define START(f, operation, request, answer, call)                                       \
    assert_ok((f)->store->ops->operation((f)->store, request, on_answer, answer, call,   \
                                         &(f)->err),                                     \
              (f)->err)

/* An item out of DynamoDB JSON, in the fixture's arena. */
const struct dm_value *item(struct store_fixture *f, const char *json);

/* The key {"id":{"S":id}}, and {"id":…,"r":{"N":r}}. */
const struct key *key(struct store_fixture *f, const char *id);
const struct key *key2(struct store_fixture *f, const char *id, const char *r);

/* attribute_not_exists(name), attribute_exists(name). */
const struct condition *absent(struct store_fixture *f, const char *name);
const struct condition *present(struct store_fixture *f, const char *name);

/* SET path = value; the path as path_parse has it, the value in DynamoDB JSON. */
const struct update *set(struct store_fixture *f, const char *path, const char *json);

/* The item as DynamoDB JSON, "none" for NULL; the fixture's arena's. */
const char *json(struct store_fixture *f, const struct dm_value *value);

/* What is there, as DynamoDB JSON. */
const char *stored(struct store_fixture *f, const char *id);

#define assert_json(f, value, text) cr_assert_str_eq(json(f, value), text)
#define assert_code(answer, expected)                                                    \
    cr_assert_eq((answer).code, expected, "%s: %s", dm_code_name((answer).code),         \
                 (answer).err.message)

/* A file of the test's own: removed by scratch_remove. */
const char *scratch_path(char (*out)[64]);
void scratch_remove(const char *path);

#endif
