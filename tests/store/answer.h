/* What a store answered, as a line of JSON (README.md). */
#ifndef DYNAMOD_TESTS_STORE_ANSWER_H
#define DYNAMOD_TESTS_STORE_ANSWER_H

#include "base/buf.h"
#include "store/store.h"

/* What an operation answers with. */
enum answer_shape {
    ANSWER_ITEM,
    ANSWER_PAGE,
    ANSWER_ITEMS,
    ANSWER_WRITTEN,
    ANSWER_TABLE
};

/* Appends {"ok":{…}}. */
void answer_write(enum answer_shape shape, const struct store_result *result,
                  struct dm_buf *out);

/* Appends {"error":{…}}. result: NULL, or what a cancelled
 * transaction or a failed condition tells. */
void answer_write_error(const struct dm_error *err, const struct store_result *result,
                        struct dm_buf *out);

#endif
