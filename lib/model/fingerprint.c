/* Fingerprints of apps. */
#include "model/fingerprint.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>

#include "aws/profile.h"
#include "base/error.h"
#include "base/mem.h"
#include "model/dynamodb_config.h"
#include "net/http.h"

struct fingerprint_maker {
    EVP_MD_CTX *sha256;
};

static enum dm_code refused(struct dm_error *err)
{
    return error_set(err, DM_E_INTERNAL, "OpenSSL refused to make a digest");
}

enum dm_code fingerprint_begin(struct fingerprint_maker **ret_maker, struct dm_error *err)
{
    DM_AUTO(fingerprint_maker) *maker = mem_new(sizeof *maker);
    if (!maker)
        return error_nomem(err);
    maker->sha256 = EVP_MD_CTX_new();
    if (!maker->sha256 || !EVP_DigestInit_ex(maker->sha256, EVP_sha256(), NULL))
        return refused(err);
    *ret_maker = DM_TAKE(maker);
    return DM_OK;
}

void fingerprint_maker_free(struct fingerprint_maker *maker)
{
    if (!maker)
        return;
    EVP_MD_CTX_free(maker->sha256);
    mem_free(maker);
}

enum dm_code fingerprint_add(struct fingerprint_maker *maker, const void *bytes,
                             size_t len, struct dm_error *err)
{
    return EVP_DigestUpdate(maker->sha256, bytes, len) ? DM_OK : refused(err);
}

/* With its NUL, so that texts in a row are told apart. */
static enum dm_code add_text(struct fingerprint_maker *maker, const char *text,
                             struct dm_error *err)
{
    return fingerprint_add(maker, text ? text : "", text ? strlen(text) + 1 : 1, err);
}

static enum dm_code add_bytes_of(struct fingerprint_maker *maker, FILE *file,
                                 struct dm_error *err)
{
    char piece[4096];
    enum dm_code code = DM_OK;
    for (size_t len; !code && (len = fread(piece, 1, sizeof piece, file)) > 0;)
        code = fingerprint_add(maker, piece, len, err);
    mem_wipe(piece, sizeof piece);
    return code;
}

/* What is included is seen only in what all of it says: libconfig's own writing. */
enum dm_code fingerprint_add_file(struct fingerprint_maker *maker, struct settings *file,
                                  const char *path, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    settings_text(file, &text);
    enum dm_code code = buf_check(&text, "app's file", err);
    if (!code)
        code = fingerprint_add(maker, text.ptr, text.len, err);
    if (text.ptr)
        mem_wipe(text.ptr, text.cap);
    DM_TRY(code);

    FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set(err, DM_E_CONFIG, "%s: cannot be read", path);
    code = add_bytes_of(maker, stream, err);
    fclose(stream);
    return code;
}

/* Enough to see that a file was written or replaced; absent, it is all zero. */
static enum dm_code add_look_of(struct fingerprint_maker *maker, const char *path,
                                struct dm_error *err)
{
    struct stat file = {0};
    if (stat(path, &file) != 0)
        file = (struct stat){0};
    const int64_t look[] = {
        (int64_t)file.st_dev,         (int64_t)file.st_ino, (int64_t)file.st_size,
        (int64_t)file.st_mtim.tv_sec, file.st_mtim.tv_nsec, (int64_t)file.st_ctim.tv_sec,
        file.st_ctim.tv_nsec,
    };
    return fingerprint_add(maker, look, sizeof look, err);
}

enum dm_code fingerprint_add_upstream(struct fingerprint_maker *maker,
                                      const struct dynamodb_config *config,
                                      const struct environment *environment,
                                      struct dm_error *err)
{
    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO_DONE(endpoint) endpoint = {0};
    if (config->embedded.len)
        return DM_OK;
    DM_TRY(profiles_new(environment, &profiles, err));
    DM_TRY(client_endpoint(&config->client, environment, profiles, &endpoint, err));
    const char *const texts[] = {endpoint.url, endpoint.region, endpoint.ca_file};
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        DM_TRY(add_text(maker, texts[i], err));
    const char *trusted = endpoint.ca_file ? endpoint.ca_file : http_system_ca_file();
    return trusted ? add_look_of(maker, trusted, err) : DM_OK;
}

enum dm_code fingerprint_end(struct fingerprint_maker *maker,
                             struct fingerprint *ret_fingerprint, struct dm_error *err)
{
    struct fingerprint made;
    if (!EVP_DigestFinal_ex(maker->sha256, made.bytes, NULL))
        return refused(err);
    *ret_fingerprint = made;
    return DM_OK;
}
