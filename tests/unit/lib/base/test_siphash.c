/* SipHash, by the test vectors of its paper (appendix A) and its reference code. */
#include "base/siphash.h"

#include "support/test.h"

static const struct siphash_key paper = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

TEST(siphash, is_that_of_its_paper)
{
    char bytes[15];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    cr_assert_eq(siphash(&paper, (struct dm_str){bytes, 15}), 0xa129ca6149be45e5U);
    cr_assert_eq(siphash(&paper, (struct dm_str){bytes, 8}), 0x93f5f5799a932462U);
    cr_assert_eq(siphash(&paper, (struct dm_str){NULL, 0}), 0x726fdb47dd0e0e31U);
}

TEST(siphash, has_another_key_each_time)
{
    struct dm_error err;
    struct siphash_key a, b;
    cr_assert_eq(siphash_key_new(&a, &err), DM_OK);
    cr_assert_eq(siphash_key_new(&b, &err), DM_OK);
    cr_assert_neq(a.k0, b.k0);
}
