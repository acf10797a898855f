/* What the bench's upstream answers. */
#ifndef DYNAMOD_TESTS_BENCH_UPSTREAM_REPLY_H
#define DYNAMOD_TESTS_BENCH_UPSTREAM_REPLY_H

#include "base/buf.h"

/* The members of every item but its key, as DynamoDB JSON of that many bytes (at least
 * 62). False: out of memory. */
bool upstream_item(size_t bytes, struct dm_buf *item);

/*
 * Appends the whole reply, head included, to a body of GetItem or BatchGetItem (of one
 * table): an item for each key that it names, or one item when it names none. scratch is
 * used.
 */
void upstream_reply(struct dm_str request_body, struct dm_str item,
                    struct dm_buf *scratch, struct dm_buf *reply);

#endif
