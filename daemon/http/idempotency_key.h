/* The Idempotency-Key header: DynamoDB's ClientRequestToken. */
#ifndef DYNAMOD_DAEMON_HTTP_IDEMPOTENCY_KEY_H
#define DYNAMOD_DAEMON_HTTP_IDEMPOTENCY_KEY_H

#include "daemon/http/head.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
enum { IDEMPOTENCY_KEY_MAX = 36 };

/* Its text, without the quotes that it may have; len 0: there is none.
 * PROBLEM_INVALID_IDEMPOTENCY_KEY: empty, too long, other than visible ASCII, twice. */
DM_MUST_USE enum dm_code idempotency_key_read(const struct head *head,
                                              struct dm_str *ret_key,
                                              struct dm_error *err);

#endif
