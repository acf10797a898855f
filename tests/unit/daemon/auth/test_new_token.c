/* Making tokens. */
#include "daemon/auth/bearer.h"
#include "daemon/auth/new_token.h"
#include "model/digest.h"
#include "support/test.h"

TEST(new_token, is_random_and_comes_with_its_digest)
{
    struct digest last = {{0}};
    for (int i = 0; i < 100; i++) {
        DM_AUTO_DONE(dm_buf) text;
        struct dm_error err = {0};
        struct digest said, made;
        buf_init(&text, 1000);
        assert_ok(new_token_write(&text, &err), err);
        struct dm_str rest = buf_str(&text);
        struct dm_str token = str_split(&rest, '\n'), digest = str_split(&rest, '\n');
        cr_assert(str_starts(token, STR("dynamod_")) && token.len == 8 + 43);
        cr_assert_null(memchr(token.ptr, '+', token.len));
        cr_assert_null(memchr(token.ptr, '/', token.len));
        assert_ok(digest_make(token, &made, &err), err);
        cr_assert(digest_parse(digest, &said) && digest_equal(&said, &made));
        cr_assert_not(digest_equal(&said, &last));
        last = said;
    }
}

TEST(new_token, survives_the_failure_of_each_allocation)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(dm_buf) text;
        struct dm_error err = {0};
        buf_init(&text, 1000);
        enum dm_code code = new_token_write(&text, &err);
        cr_assert(code == DM_OK || code == DM_E_NOMEM);
        buf_done(&text);
    }
}
