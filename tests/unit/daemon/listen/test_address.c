/* Where to listen, as it is written. */
#include "base/buf.h"
#include "daemon/listen/address.h"
#include "support/cases.h"

TEST(address, is_read_as_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/addresses");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 1024);
        struct address address;
        if (address_parse(cases.input, &address) && address.is_unix)
            buf_printf(&out, "%s", address.path);
        else if (address_parse(cases.input, &address))
            buf_printf(&out, "%s %s", address.host, address.port);
        cr_assert(str_equal(buf_str(&out), cases.expected), "%.*s gives %.*s, not %.*s",
                  STR_ARG(cases.input), STR_ARG(buf_str(&out)), STR_ARG(cases.expected));
    }
}

TEST(address, has_no_nul_inside)
{
    struct address address;
    cr_assert_not(address_parse(STR("a\0b:80"), &address));
    cr_assert_not(address_parse(STR("unix:/a\0b"), &address));
    cr_assert_not(address_parse(STR(""), &address));
}

static bool equal(const char *a, const char *b)
{
    struct address left, right;
    cr_assert(address_parse(dm_str(a), &left) && address_parse(dm_str(b), &right));
    return address_equal(&left, &right);
}

TEST(address, is_compared_by_what_it_says)
{
    cr_assert(equal("127.0.0.1:80", "127.0.0.1:80"));
    cr_assert(equal("unix:/run/a", "unix:/run/a"));
    cr_assert_not(equal("127.0.0.1:80", "127.0.0.1:81"));
    cr_assert_not(equal("127.0.0.1:80", "127.0.0.2:80"));
    cr_assert_not(equal("unix:/run/a", "unix:/run/b"));
    cr_assert_not(equal(":80", "unix:/run/b"));
    cr_assert_not(equal("unix:/run/b", ":80"));
}
