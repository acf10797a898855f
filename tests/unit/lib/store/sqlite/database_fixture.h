/* A database in a folder of its own, with a writer and a reader, and short ways to use
 * them. JSON is written with ' for ". */
#ifndef DYNAMOD_TESTS_DATABASE_FIXTURE_H
#define DYNAMOD_TESTS_DATABASE_FIXTURE_H

#include "store/sqlite/database_internal.h"
#include "store/sqlite/items.h"
#include "support/test.h"

struct fixture {
    char folder[64], path[80];
    struct database *writer, *reader;
    struct arena arena;
    struct dm_error err;
};

/* Neither is open yet. */
void fixture_init(struct fixture *fixture);
void fixture_done(struct fixture *fixture);
DM_AUTO_DONE_DEFINE(fixture, fixture_done)

/* Opens both, or again. */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* Makes "music": artist S, year N; a local index by_title (artist, title S, KEYS_ONLY),
 * a global one by_label (label S, year, ALL), one by_plays (plays N, INCLUDE genre);
 * and "plain": id S. */
void fixture_create_tables(struct fixture *fixture);

const struct dm_value *fixture_item(struct fixture *fixture, const char *json);

/* The value as JSON, ' for ". */
struct dm_str fixture_text(struct fixture *fixture, const struct dm_value *value);

/* Several, as [a,b]. */
struct dm_str fixture_texts(struct fixture *fixture, const struct dm_value *values,
                            size_t count);

/* In a transaction of its own: what stands at the item's place becomes the item. */
enum dm_code fixture_put(struct fixture *fixture, const char *table, const char *json,
                         double *ret_units);
enum dm_code fixture_delete(struct fixture *fixture, const char *table, const char *json,
                            double *ret_units);

/* The reader's, by the key that the JSON has. */
enum dm_code fixture_get(struct fixture *fixture, const char *table, const char *json,
                         const struct dm_value **ret_item);

/* In a transaction of the reader. */
enum dm_code fixture_query(struct fixture *fixture, struct store_query *request,
                           struct store_result *ret_result);
enum dm_code fixture_scan(struct fixture *fixture, struct store_scan *request,
                          struct store_result *ret_result);

/* SQL on a connection of its own; the first column of the first row, as text, or "". */
struct dm_str fixture_sql(struct fixture *fixture, const char *text);

#endif
