/* Random tokens. */
#include "daemon/auth/new_token.h"

#include <sys/random.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "model/digest.h"

enum { RANDOM_SIZE = 32, TOKEN_TEXT_MAX = 64 };

static void write_base64url(const char *bytes, size_t size, struct dm_buf *out)
{
    size_t first = out->len;
    base64_write((struct dm_str){bytes, size}, out);
    for (size_t i = first; i < out->len; i++) {
        char c = out->ptr[i];
        out->ptr[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    while (out->len > first && out->ptr[out->len - 1] == '=')
        out->len--;
}

enum dm_code new_token_write(struct dm_buf *out, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) token;
    struct digest digest;
    char bytes[RANDOM_SIZE];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return error_set(err, DM_E_INTERNAL, "the kernel has no random bytes to give");
    buf_init(&token, TOKEN_TEXT_MAX);
    buf_add_str(&token, STR("dynamod_"));
    write_base64url(bytes, sizeof bytes, &token);
    DM_TRY(buf_check(&token, "token", err));
    DM_TRY(digest_make(buf_str(&token), &digest, err));
    buf_add_str(out, buf_str(&token));
    buf_add_char(out, '\n');
    digest_write(&digest, out);
    buf_add_char(out, '\n');
    return buf_check(out, "token", err);
}
