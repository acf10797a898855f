/* What DynamoDB's error replies mean: one table, type → code and whether to try again. */
#ifndef DYNAMOD_STORE_DYNAMODB_FAULT_H
#define DYNAMOD_STORE_DYNAMODB_FAULT_H

#include "base/macros.h"

enum fault_retry {
    FAULT_FINAL,
    FAULT_TRANSIENT,   /* again after a short backoff */
    FAULT_THROTTLED,   /* again after a longer one */
    FAULT_CREDENTIALS, /* once more, if fresh credentials can be had */
    FAULT_CLOCK,       /* once more, if our clock was wrong */
    FAULT_SIGNATURE    /* either of the two */
};

/*
 * Reads a reply whose status is not 200: {"__type":"…#Code","message"|"Message":…}. Fills
 * *err (its message holds nothing of the account) and returns what to do. The code of
 * what is not DynamoDB's is DM_E_UPSTREAM.
 */
enum fault_retry fault_read(unsigned status, struct dm_str body, struct dm_error *err);

/* What the Code of one of a cancelled transaction's reasons is here: DM_OK for "None".
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
 */
enum dm_code fault_reason_code(struct dm_str code);

/* True for the ValidationException that says a key is not of the table's schema. */
bool fault_is_key_mismatch(const struct dm_error *err);

/* True for the one that says that the item would be larger than 400 KB. */
bool fault_is_item_size(const struct dm_error *err);

#endif
