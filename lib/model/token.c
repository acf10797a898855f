/* Page tokens: AES-256-SIV (RFC 5297) over a key as DynamoDB JSON. */
#include "model/token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"

/* The longest keys of a table and an index, all of it escaped; and as base64url. */
enum { TAG_LEN = 16, KEY_TEXT_MAX = 64 * 1024, TOKEN_MAX = 96 * 1024 };

struct cipher {
    EVP_CIPHER *algorithm;
    EVP_CIPHER_CTX *ctx;
};

static void cipher_done(struct cipher *cipher)
{
    EVP_CIPHER_CTX_free(cipher->ctx);
    EVP_CIPHER_free(cipher->algorithm);
}
DM_AUTO_DONE_DEFINE(cipher, cipher_done)

static enum dm_code fail(struct dm_error *err)
{
    return error_set(err, DM_E_INTERNAL, "OpenSSL refused to make a page token");
}

static enum dm_code refuse(struct dm_error *err)
{
    error_set(err, DM_E_INVALID_TOKEN, "\"after\" is not of a page of this query");
    error_hint(err, "it goes with the query whose Link it came from, unchanged; or begin "
                    "without it");
    return DM_E_INVALID_TOKEN;
}

/* --- the key --- */

/* The label keeps it apart from all else that the secret may be good for. */
static bool derive(EVP_MAC_CTX *hmac, struct dm_str secret, struct dm_str app,
                   struct token_key *ret_key)
{
    static const char label[] = "dynamod page token 1"; /* and its NUL */
    char digest[] = "SHA512";
    size_t len = 0;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return hmac &&
           EVP_MAC_init(hmac, (const unsigned char *)secret.ptr, secret.len, params) &&
           EVP_MAC_update(hmac, (const unsigned char *)label, sizeof label) &&
           EVP_MAC_update(hmac, (const unsigned char *)app.ptr, app.len) &&
           EVP_MAC_final(hmac, ret_key->bytes, &len, sizeof ret_key->bytes);
}

enum dm_code token_key_make(struct dm_str secret, struct dm_str app,
                            struct token_key *ret_key, struct dm_error *err)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool made = derive(hmac, secret, app, ret_key);
    EVP_MAC_CTX_free(hmac);
    EVP_MAC_free(mac);
    return made ? DM_OK : fail(err);
}

/* --- sealing --- */

/* SIV authenticates what it is given without a place to write to. */
static bool cipher_begin(struct cipher *cipher, const struct token_key *key,
                         const unsigned char *tag, struct dm_str bound)
{
    int len = 0;
    cipher->algorithm = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    cipher->ctx = EVP_CIPHER_CTX_new();
    if (!cipher->algorithm || !cipher->ctx ||
        !EVP_CipherInit_ex2(cipher->ctx, cipher->algorithm, key->bytes, NULL, !tag, NULL))
        return false;
    unsigned char copy[TAG_LEN];
    if (tag) {
        memcpy(copy, tag, sizeof copy);
        if (EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, copy) <= 0)
            return false;
    }
    return EVP_CipherUpdate(cipher->ctx, NULL, &len, (const unsigned char *)bound.ptr,
                            (int)bound.len) > 0;
}

/* `out` has room for the tag, and for the text behind it. */
static bool seal(const struct token_key *key, struct dm_str bound, struct dm_str text,
                 unsigned char *out)
{
    DM_AUTO_DONE(cipher) cipher = {NULL, NULL};
    int len = 0;
    return cipher_begin(&cipher, key, NULL, bound) &&
           EVP_CipherUpdate(cipher.ctx, out + TAG_LEN, &len,
                            (const unsigned char *)text.ptr, (int)text.len) > 0 &&
           EVP_CipherFinal_ex(cipher.ctx, out + TAG_LEN + len, &len) > 0 &&
           EVP_CIPHER_CTX_ctrl(cipher.ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, out) > 0;
}

static bool open_sealed(const struct token_key *key, struct dm_str bound,
                        struct dm_str sealed, unsigned char *out)
{
    DM_AUTO_DONE(cipher) cipher = {NULL, NULL};
    const unsigned char *bytes = (const unsigned char *)sealed.ptr;
    int len = 0;
    return cipher_begin(&cipher, key, bytes, bound) &&
           EVP_CipherUpdate(cipher.ctx, out, &len, bytes + TAG_LEN,
                            (int)(sealed.len - TAG_LEN)) > 0 &&
           EVP_CipherFinal_ex(cipher.ctx, out + len, &len) > 0;
}

/* base64url without padding. */
static enum dm_code write_text(struct dm_str bytes, struct arena *arena,
                               struct dm_str *ret_text, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, TOKEN_MAX);
    base64_write(bytes, &text);
    DM_TRY(buf_check(&text, "page token", err));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        text.ptr[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    while (text.len && text.ptr[text.len - 1] == '=')
        text.len--;
    struct dm_str token = arena_str(arena, buf_str(&text));
    if (!token.ptr)
        return error_nomem(err);
    *ret_text = token;
    return DM_OK;
}

enum dm_code token_seal(const struct token_key *key, struct dm_str bound,
                        const struct dm_value *last, struct arena *arena,
                        struct dm_str *ret_token, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, KEY_TEXT_MAX);
    ddb_json_write_item(last, &text);
    DM_TRY(buf_check(&text, "page token", err));
    char *sealed = arena_alloc(arena, TAG_LEN + text.len);
    if (!sealed)
        return error_nomem(err);
    if (!seal(key, bound, buf_str(&text), (unsigned char *)sealed))
        return fail(err);
    return write_text((struct dm_str){sealed, TAG_LEN + text.len}, arena, ret_token, err);
}

enum dm_code token_open(const struct token_key *key, struct dm_str bound,
                        struct dm_str token, struct arena *arena,
                        struct dm_value *ret_last, struct dm_error *err)
{
    struct dm_str sealed;
    struct json_reader reader;
    struct dm_value last;
    enum dm_code code =
        token.len > TOKEN_MAX ? DM_E_INVALID : base64url_read(token, arena, &sealed, err);
    if (code)
        return code == DM_E_INVALID ? refuse(err) : code;
    if (sealed.len <= TAG_LEN)
        return refuse(err);
    char *text = arena_alloc(arena, sealed.len);
    if (!text)
        return error_nomem(err);
    if (!open_sealed(key, bound, sealed, (unsigned char *)text))
        return refuse(err);

    reader_init(&reader, (struct dm_str){text, sealed.len - TAG_LEN}, DDB_JSON_DEPTH,
                arena);
    code = ddb_json_read_item(&reader, arena, &last, err);
    if (code)
        return code == DM_E_INVALID ? refuse(err) : code;
    *ret_last = last;
    return DM_OK;
}
