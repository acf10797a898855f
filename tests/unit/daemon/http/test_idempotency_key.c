/* The Idempotency-Key header. */
#include "daemon/http/idempotency_key.h"

#include "daemon/http/problem.h"
#include "support/test.h"

static enum dm_code read(unsigned count, const char *text, struct dm_str *ret_key)
{
    struct dm_error err = {0};
    struct head head = {.idempotency_key = {count, dm_str(text)}};
    return idempotency_key_read(&head, ret_key, &err);
}

TEST(idempotency_key, is_read_bare_or_quoted)
{
    struct dm_str key;
    cr_assert_eq(read(0, NULL, &key), DM_OK);
    cr_assert_eq(key.len, 0);
    cr_assert_eq(read(1, "abc", &key), DM_OK);
    assert_str(key, "abc");
    cr_assert_eq(read(1, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &key), DM_OK);
    assert_str(key, "8e03978e-40d5-43dd-bc93-6894a57f9324");
    cr_assert_eq(read(1, "\"", &key), DM_OK);
    assert_str(key, "\"");
}

TEST(idempotency_key, is_refused_where_dynamodb_would)
{
    static const char *const refused[] = {
        "", "\"\"", "a b", "a\tb", "\x7f", "é", "1234567890123456789012345678901234567",
    };
    const enum dm_code code = (enum dm_code)PROBLEM_INVALID_IDEMPOTENCY_KEY;
    struct dm_str key;
    for (size_t i = 0; i < DM_COUNT(refused); i++)
        cr_assert_eq(read(1, refused[i], &key), code, "%s", refused[i]);
    cr_assert_eq(read(2, "abc", &key), code);
}
