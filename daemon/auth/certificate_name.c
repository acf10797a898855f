/* Names in certificates. */
#include "daemon/auth/certificate_name.h"

#include "base/str.h"
#include "model/auth_config.h"

/* Host names are alike in either case, RFC 4343. */
static bool san_equal(struct dm_str a, struct dm_str b)
{
    return str_starts(b, STR("DNS:")) ? str_equal_nocase(a, b) : str_equal(a, b);
}

bool certificate_name_fits(const struct certificate_names *names,
                           const struct auth_certificate *expected)
{
    if (expected->subject.len)
        return str_equal(names->subject, expected->subject);
    for (size_t i = 0; i < names->san_count; i++)
        if (san_equal(names->sans[i], expected->san))
            return true;
    return false;
}
