/* Signature Version 4. */
#include "aws/sigv4.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "aws/canonical.h"
#include "base/error.h"
#include "base/mem.h"

enum { HASH_LEN = 32, HEX_LEN = 2 * HASH_LEN, DAY_LEN = 8, STAMP_LEN = 16 };

struct sigv4 {
    EVP_MD *sha256;
    EVP_MD_CTX *hash;
    EVP_MAC_CTX *hmac; /* keyed with what secret and scope give, while they are there */
    char *secret;      /* "AWS4" before it */
    char *scope;
};

/* What one signature is made of, all of it in the arena. */
struct signature {
    const struct credentials *credentials;
    const struct sigv4_request *request;
    struct arena *arena;
    struct dm_str stamp; /* 20150830T123600Z */
    struct dm_str scope; /* 20150830/us-east-1/dynamodb/aws4_request */
    struct canonical canonical;
};

static enum dm_code fail(struct dm_error *err)
{
    return error_set(err, DM_E_INTERNAL, "OpenSSL refused to hash or sign");
}

/* --- the signer --- */

static void forget_key(struct sigv4 *signer)
{
    mem_secret_free(signer->secret);
    mem_free(signer->scope);
    signer->secret = signer->scope = NULL;
}

void sigv4_free(struct sigv4 *signer)
{
    if (!signer)
        return;
    forget_key(signer);
    EVP_MAC_CTX_free(signer->hmac);
    EVP_MD_CTX_free(signer->hash);
    EVP_MD_free(signer->sha256);
    mem_free(signer);
}

/* EVP's contexts keep what they fetched. */
static EVP_MAC_CTX *hmac_sha256_new(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (ctx && EVP_MAC_CTX_set_params(ctx, params))
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

enum dm_code sigv4_new(struct sigv4 **ret_signer, struct dm_error *err)
{
    DM_AUTO(sigv4) *signer = mem_new(sizeof *signer);
    if (!signer)
        return error_nomem(err);
    signer->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    signer->hash = EVP_MD_CTX_new();
    signer->hmac = hmac_sha256_new();
    if (!signer->sha256 || !signer->hash || !signer->hmac)
        return error_set(err, DM_E_INTERNAL, "OpenSSL has no SHA-256");

    *ret_signer = DM_TAKE(signer);
    return DM_OK;
}

/* --- hashes --- */

static void write_hex(const unsigned char bytes[HASH_LEN], char hex[HEX_LEN])
{
    for (size_t i = 0; i < HASH_LEN; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
}

static bool hash(struct sigv4 *signer, struct dm_str text, char ret_hex[HEX_LEN])
{
    unsigned char bytes[HASH_LEN];
    if (!EVP_DigestInit_ex2(signer->hash, signer->sha256, NULL) ||
        !EVP_DigestUpdate(signer->hash, text.ptr, text.len) ||
        !EVP_DigestFinal_ex(signer->hash, bytes, NULL))
        return false;
    write_hex(bytes, ret_hex);
    return true;
}

/* With the key that the context has. */
static bool hmac_finish(struct sigv4 *signer, struct dm_str text,
                        unsigned char ret_bytes[HASH_LEN])
{
    size_t len = 0;
    return EVP_MAC_update(signer->hmac, (const unsigned char *)text.ptr, text.len) &&
           EVP_MAC_final(signer->hmac, ret_bytes, &len, HASH_LEN);
}

static bool hmac_sign(struct sigv4 *signer, struct dm_str text, char ret_hex[HEX_LEN])
{
    unsigned char bytes[HASH_LEN];
    if (!EVP_MAC_init(signer->hmac, NULL, 0, NULL) || !hmac_finish(signer, text, bytes))
        return false;
    write_hex(bytes, ret_hex);
    return true;
}

/* --- the signing key --- */

/* Each part of the scope is signed with what the part before it gave. */
static bool derive(struct sigv4 *signer, struct dm_str secret, struct dm_str scope)
{
    unsigned char key[HASH_LEN];
    bool derived =
        EVP_MAC_init(signer->hmac, (const unsigned char *)secret.ptr, secret.len, NULL);
    while (derived && scope.ptr)
        derived = hmac_finish(signer, str_split(&scope, '/'), key) &&
                  EVP_MAC_init(signer->hmac, key, sizeof key, NULL);
    mem_wipe(key, sizeof key);
    return derived;
}

static bool has_key(const struct sigv4 *signer, const char *secret, struct dm_str scope)
{
    return signer->secret && strcmp(signer->secret + 4, secret) == 0 &&
           str_equal(dm_str(signer->scope), scope);
}

static char *seed_of(const char *secret)
{
    size_t len = strlen(secret);
    char *seed = mem_secret(4 + len + 1);
    if (!seed)
        return NULL;
    memcpy(seed, "AWS4", 4);
    memcpy(seed + 4, secret, len);
    return seed;
}

/* A day's key is made once. */
static enum dm_code use_key(struct sigv4 *signer, const char *secret, struct dm_str scope,
                            struct dm_error *err)
{
    if (has_key(signer, secret, scope))
        return DM_OK;

    forget_key(signer);
    signer->secret = seed_of(secret);
    signer->scope = str_dup(scope);
    if (signer->secret && signer->scope && derive(signer, dm_str(signer->secret), scope))
        return DM_OK;

    bool out_of_memory = !signer->secret || !signer->scope;
    forget_key(signer);
    return out_of_memory ? error_nomem(err) : fail(err);
}

/* --- the signature --- */

/* A text of that many parts; ptr NULL when the arena is full. */
static struct dm_str join(struct arena *arena, const struct dm_str *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *text = arena_alloc(arena, len), *to = text;
    for (size_t i = 0; text && i < count; i++) {
        if (parts[i].len)
            memcpy(to, parts[i].ptr, parts[i].len);
        to += parts[i].len;
    }
    return (struct dm_str){text, text ? len : 0};
}

static char *put_digits(char *to, int64_t number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + count;
}

/* By hand, since gmtime_r takes a lock: the civil calendar counted in eras of 400 years
 * that begin in March (https://howardhinnant.github.io/date_algorithms.html). */
static char *put_date(char *to, int64_t day_of_1970)
{
    int64_t days = day_of_1970 + 719468;
    int64_t era = days / 146097, day_of_era = days % 146097;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */
    int64_t day = day_of_year - (153 * month + 2) / 5 + 1;

    to = put_digits(to, year + era * 400 + (month >= 10), 4);
    to = put_digits(to, month < 10 ? month + 3 : month - 9, 2);
    return put_digits(to, day, 2);
}

static enum dm_code set_stamp(struct signature *signature, struct dm_error *err)
{
    const int64_t day = 86400, end_of_9999 = 253402300800;
    int64_t now = signature->request->wall_ms / 1000;
    if (signature->request->wall_ms < 0 || now >= end_of_9999)
        return error_set(err, DM_E_INTERNAL, "the clock is outside 1970 … 9999");
    char *text = arena_alloc(signature->arena, STAMP_LEN), *to = text;
    if (!text)
        return error_nomem(err);

    to = put_date(to, now / day);
    *to++ = 'T';
    to = put_digits(to, now % day / 3600, 2);
    to = put_digits(to, now % 3600 / 60, 2);
    to = put_digits(to, now % 60, 2);
    *to = 'Z';
    signature->stamp = (struct dm_str){text, STAMP_LEN};
    return DM_OK;
}

static enum dm_code set_scope(struct signature *signature, struct dm_error *err)
{
    const struct sigv4_request *request = signature->request;
    const struct dm_str parts[] = {{signature->stamp.ptr, DAY_LEN},
                                   STR("/"),
                                   request->region,
                                   STR("/"),
                                   request->service,
                                   STR("/aws4_request")};
    signature->scope = join(signature->arena, parts, DM_COUNT(parts));
    return signature->scope.ptr ? DM_OK : error_nomem(err);
}

static struct http_header date_header(const struct signature *signature)
{
    return (struct http_header){STR("X-Amz-Date"), signature->stamp};
}

static struct http_header token_header(const struct signature *signature)
{
    return (struct http_header){STR("X-Amz-Security-Token"),
                                dm_str(signature->credentials->session_token)};
}

/* The request's headers, the date and the token. */
static enum dm_code gather_headers(const struct signature *signature,
                                   struct canonical_input *input, struct dm_error *err)
{
    const struct sigv4_request *request = signature->request;
    size_t count = request->header_count;
    input->headers = arena_alloc(signature->arena, (count + 2) * sizeof *input->headers);
    if (!input->headers)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        input->headers[i] = request->headers[i];
    input->headers[count++] = date_header(signature);
    if (signature->credentials->session_token)
        input->headers[count++] = token_header(signature);
    input->header_count = count;
    return DM_OK;
}

static enum dm_code set_canonical(struct sigv4 *signer, struct signature *signature,
                                  struct dm_error *err)
{
    char body_hash[HEX_LEN];
    const struct sigv4_request *request = signature->request;
    struct canonical_input input = {.method = request->method,
                                    .path = request->path,
                                    .query = request->query,
                                    .body_hash = {body_hash, sizeof body_hash}};
    if (!hash(signer, request->body, body_hash))
        return fail(err);
    DM_TRY(gather_headers(signature, &input, err));
    return canonical_make(&input, signature->arena, &signature->canonical, err);
}

static enum dm_code sign_hash(struct sigv4 *signer, const struct signature *signature,
                              char ret_hex[HEX_LEN], struct dm_error *err)
{
    char canonical_hash[HEX_LEN];
    if (!hash(signer, signature->canonical.text, canonical_hash))
        return fail(err);
    const struct dm_str parts[] = {
        STR("AWS4-HMAC-SHA256\n"), signature->stamp, STR("\n"),
        signature->scope,          STR("\n"),        {canonical_hash, HEX_LEN}};
    struct dm_str text = join(signature->arena, parts, DM_COUNT(parts));
    if (!text.ptr)
        return error_nomem(err);
    return hmac_sign(signer, text, ret_hex) ? DM_OK : fail(err);
}

static enum dm_code make_headers(const struct signature *signature,
                                 const char hex[HEX_LEN],
                                 struct sigv4_headers *ret_headers, struct dm_error *err)
{
    const struct dm_str parts[] = {STR("AWS4-HMAC-SHA256 Credential="),
                                   dm_str(signature->credentials->access_key_id),
                                   STR("/"),
                                   signature->scope,
                                   STR(", SignedHeaders="),
                                   signature->canonical.signed_headers,
                                   STR(", Signature="),
                                   {hex, HEX_LEN}};
    struct dm_str authorization = join(signature->arena, parts, DM_COUNT(parts));
    if (!authorization.ptr)
        return error_nomem(err);
    *ret_headers =
        (struct sigv4_headers){.date = date_header(signature),
                               .security_token = token_header(signature),
                               .authorization = {STR("Authorization"), authorization}};
    return DM_OK;
}

enum dm_code sigv4_sign(struct sigv4 *signer, const struct credentials *credentials,
                        const struct sigv4_request *request, struct arena *arena,
                        struct sigv4_headers *ret_headers, struct dm_error *err)
{
    char hex[HEX_LEN];
    struct signature signature = {
        .credentials = credentials, .request = request, .arena = arena};
    DM_TRY(set_stamp(&signature, err));
    DM_TRY(set_scope(&signature, err));
    DM_TRY(set_canonical(signer, &signature, err));
    DM_TRY(use_key(signer, credentials->secret_access_key, signature.scope, err));
    DM_TRY(sign_hash(signer, &signature, hex, err));
    return make_headers(&signature, hex, ret_headers, err);
}
