/* SHA-256 by OpenSSL, as text and compared. */
#include "model/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/error.h"

enum dm_code digest_make(struct dm_str text, struct digest *ret_digest,
                         struct dm_error *err)
{
    if (!EVP_Digest(text.ptr, text.len, ret_digest->bytes, NULL, EVP_sha256(), NULL))
        return error_set(err, DM_E_INTERNAL, "OpenSSL refused to make a digest");
    return DM_OK;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* -1: it is none. */
static int nibble(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool digest_parse(struct dm_str text, struct digest *ret_digest)
{
    struct digest digest;
    if (text.len != 2 * sizeof digest.bytes)
        return false;
    for (size_t i = 0; i < sizeof digest.bytes; i++) {
        int high = nibble(text.ptr[2 * i]), low = nibble(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *ret_digest = digest;
    return true;
}

void digest_write(const struct digest *digest, struct dm_buf *out)
{
    for (size_t i = 0; i < sizeof digest->bytes; i++)
        buf_printf(out, "%02x", digest->bytes[i]);
}
