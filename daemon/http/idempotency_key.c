/* The Idempotency-Key header. */
#include "daemon/http/idempotency_key.h"

#include "base/str.h"
#include "daemon/http/problem.h"

/* https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ has it
 * quoted, most clients send it bare. */
static struct dm_str unquoted(struct dm_str text)
{
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        return (struct dm_str){text.ptr + 1, text.len - 2};
    return text;
}

static bool is_visible(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

enum dm_code idempotency_key_read(const struct head *head, struct dm_str *ret_key,
                                  struct dm_error *err)
{
    struct dm_str key = unquoted(head->idempotency_key.value);
    if (head->idempotency_key.count == 0) {
        *ret_key = (struct dm_str){NULL, 0};
        return DM_OK;
    }
    if (head->idempotency_key.count > 1 || str_empty(key) ||
        key.len > IDEMPOTENCY_KEY_MAX || !is_visible(key))
        return problem_set(err, PROBLEM_INVALID_IDEMPOTENCY_KEY,
                           "Idempotency-Key is not 1 to %d visible ASCII characters",
                           IDEMPOTENCY_KEY_MAX);
    *ret_key = key;
    return DM_OK;
}
