/* Replies as they are sent: checksums, and gzip with its limits. */
#include "net/payload.h"

#include <zlib.h>

#include "support/test.h"

enum { PACKED_MAX = 4096 };

/* Packs it as gzip does. */
static struct dm_str pack(struct dm_str text, char *packed)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)text.ptr,
                       .avail_in = (uInt)text.len,
                       .next_out = (Bytef *)packed,
                       .avail_out = PACKED_MAX};
    cr_assert_eq(
        deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY),
        Z_OK);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return (struct dm_str){packed, PACKED_MAX - stream.avail_out};
}

TEST(payload, checksums_as_dynamodb_does)
{
    cr_assert_eq(payload_crc32(STR("{}")), 2745614147);
    cr_assert_eq(payload_crc32(STR("123456789")), 0xCBF43926);
    cr_assert_eq(payload_crc32(STR("")), 0);
    cr_assert_eq(payload_crc32((struct dm_str){NULL, 0}), 0);
}

TEST(payload, unpacks_gzip)
{
    static const size_t sizes[] = {0, 1, 100, 16 * 1024, 16 * 1024 + 1, 200000};
    static char text[200000], packed[PACKED_MAX];
    struct dm_error err = {0};
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < DM_COUNT(sizes); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 1000000);
        struct dm_str expected = {text, sizes[i]};
        assert_ok(payload_gunzip(pack(expected, packed), &out, &err), err);
        cr_assert(str_equal(buf_str(&out), expected), "%zu bytes", sizes[i]);
    }
}

static enum dm_code unpack_up_to(size_t max, struct dm_str packed, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, max);
    return payload_gunzip(packed, &out, err);
}

TEST(payload, refuses_what_unpacks_to_more_than_is_allowed)
{
    static const size_t limits[] = {1, 1000, 99999, 20 * 1024, 16 * 1024};
    static char text[100000], packed[PACKED_MAX];
    struct dm_str bomb = pack((struct dm_str){text, sizeof text}, packed);
    struct dm_error err = {0};
    assert_ok(unpack_up_to(sizeof text, bomb, &err), err);
    for (size_t i = 0; i < DM_COUNT(limits); i++) {
        cr_assert_eq(unpack_up_to(limits[i], bomb, &err), DM_E_UPSTREAM);
        cr_assert(strstr(err.message, "reply larger than"), "%s", err.message);
    }
}

TEST(payload, refuses_what_is_cut_off_damaged_or_no_gzip)
{
    static char packed[PACKED_MAX + 1];
    struct dm_str good = pack(STR("{\"Item\":{\"id\":{\"S\":\"1\"}}}"), packed);
    struct dm_error err = {0};
    for (size_t len = 0; len < good.len; len++)
        cr_assert_eq(unpack_up_to(1000, (struct dm_str){good.ptr, len}, &err),
                     DM_E_UPSTREAM, "%zu bytes", len);
    struct dm_str more = {good.ptr, good.len + 1};
    cr_assert_eq(unpack_up_to(1000, more, &err), DM_E_UPSTREAM);
    cr_assert_eq(unpack_up_to(1000, STR("{\"Item\":{}}"), &err), DM_E_UPSTREAM);
    packed[good.len - 8] ^= 1;
    cr_assert_eq(unpack_up_to(1000, good, &err), DM_E_UPSTREAM);
    assert_str(dm_str(err.message), "the reply's compression is damaged");
}

TEST(payload, survives_each_allocation_failing)
{
    static char text[100000], packed[PACKED_MAX];
    struct dm_str good = pack((struct dm_str){text, sizeof text}, packed);
    WITH_EACH_ALLOCATION_FAILING
    {
        enum dm_code code = unpack_up_to(1000000, good, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
