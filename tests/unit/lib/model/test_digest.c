/* SHA-256 as bytes and as text. */
#include "model/digest.h"
#include "support/test.h"

/* FIPS 180-2, appendix B.1. */
static const char abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(digest, is_sha256_and_written_in_hexadecimal_digits)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    struct digest digest;
    buf_init(&text, 1000);
    assert_ok(digest_make(STR("abc"), &digest, &err), err);
    digest_write(&digest, &text);
    assert_str(buf_str(&text), abc);
}

TEST(digest, is_read_in_either_case)
{
    struct digest made, read;
    struct dm_error err = {0};
    assert_ok(digest_make(STR("abc"), &made, &err), err);
    cr_assert(digest_parse(dm_str(abc), &read) && digest_equal(&made, &read));
    cr_assert(digest_parse(
        STR("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), &read));
    cr_assert(digest_equal(&made, &read));
}

TEST(digest, is_not_equal_to_one_that_differs_in_a_bit)
{
    struct digest a, b;
    cr_assert(digest_parse(dm_str(abc), &a) && digest_parse(dm_str(abc), &b));
    for (size_t bit = 0; bit < 8 * sizeof b.bytes; bit++) {
        b.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        cr_assert_not(digest_equal(&a, &b));
        b.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    cr_assert(digest_equal(&a, &b));
}

TEST(digest, is_nothing_but_64_digits)
{
    static const char *const texts[] = {
        "",
        "ba7816bf",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
        " a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "-a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };
    for (size_t i = 0; i < DM_COUNT(texts); i++) {
        struct digest untouched = {{7}};
        cr_assert_not(digest_parse(dm_str(texts[i]), &untouched), "%s", texts[i]);
        cr_assert_eq(untouched.bytes[0], 7);
    }
}
