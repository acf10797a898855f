/* The store that coalesces gets, those who get, and a scripted store inside. */
#ifndef DYNAMOD_TESTS_COALESCE_FIXTURE_H
#define DYNAMOD_TESTS_COALESCE_FIXTURE_H

#include "store/coalesce/coalesce.h"
#include "support/loop_fixture.h"

enum { READERS = 210, ASKED_MAX = 512, FAR_MS = 60000 };

/* One that gets an item. */
struct reader {
    struct arena arena;
    struct key key;
    struct store_call *call;
    unsigned times; /* that it was told */
    enum dm_code code;
    struct dm_error err;
    const struct dm_value *item;
    double capacity;
};

/* What the inner store was asked for. */
struct asked {
    char text[64]; /* "get a", "batch a b", cut */
    size_t count;
    bool consistent, open;
    struct store_call call;
    struct arena *arena;
    int64_t deadline_ms;
    const struct key *keys;
    const struct projection *projection;
    store_done_fn done;
    void *ctx;
};

struct coalesce_fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct dm_error err;
    struct dm_store inner, *store;
    struct reader readers[READERS];
    struct asked asked[ASKED_MAX];
    size_t asked_count, cancelled;
    enum dm_code refuse; /* what the inner store returns at once */
    bool consistent;     /* of the gets */
    bool anew;           /* likewise */
    const char *table;
    const struct projection *projection;
    int64_t timeout_ms;
};

struct coalesce_fixture *coalesce_fixture(unsigned width);
void coalesce_fixture_free(struct coalesce_fixture *f);

/* The reader gets the item of that key. */
enum dm_code coalesce_try(struct coalesce_fixture *f, size_t reader, const char *key);
void coalesce_get(struct coalesce_fixture *f, size_t reader, const char *key);

/* The reader is there no more, nor is its memory. */
void coalesce_cancel(struct coalesce_fixture *f, size_t reader);

/* Answers what was asked: "a b" are there, "c" is left unprocessed, others are not
 * there. */
void coalesce_answer(struct coalesce_fixture *f, size_t asked, const char *found,
                     const char *unprocessed);
void coalesce_refuse(struct coalesce_fixture *f, size_t asked, enum dm_code code,
                     const char *type);

/* Lets time pass. */
void coalesce_pass(struct coalesce_fixture *f, int64_t ms);

struct coalesce_figures coalesce_figures(const struct coalesce_fixture *f);

/* The inner store was asked that last, and that many times in all. */
void expect_asked(const struct coalesce_fixture *f, size_t count, const char *text);

/* The reader was told that once: the item's value, "" for none. */
void expect_value(const struct coalesce_fixture *f, size_t reader, const char *value);
void expect_code(const struct coalesce_fixture *f, size_t reader, enum dm_code code);
void expect_nothing(const struct coalesce_fixture *f, size_t reader);

#endif
