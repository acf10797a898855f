/* Where the digests of tokens come from: settings, files, and what systemd hands over. */
#include <sys/stat.h>

#include "aws/credentials.h"
#include "aws/secret_file.h"
#include "base/error.h"
#include "model/auth_reading.h"

/* Each request compares its token with every digest of its app. */
enum { TOKENS_MAX = 1000, FILE_MAX = 256 * 1024 };

static const char syntax[] = "a SHA-256 of a token in 64 hexadecimal digits";

/* --- one digest --- */

/* In words, static; NULL: it is kept. */
static const char *keep(struct auth_reading *reading, struct dm_str text,
                        const struct principal *principal)
{
    struct auth_token token = {.principal = principal};
    const struct auth_token *at = (const void *)reading->tokens.ptr;
    size_t count = reading->tokens.len / sizeof token;
    if (!digest_parse(text, &token.digest))
        return syntax;
    for (size_t i = 0; i < count; i++)
        if (digest_equal(&at[i].digest, &token.digest))
            return "each token once";
    if (count == TOKENS_MAX)
        return "1000 tokens at most";
    buf_add(&reading->tokens, &token, sizeof token);
    return NULL;
}

enum dm_code auth_read_digests(struct auth_reading *reading,
                               const struct settings_node *group,
                               const struct setting_strings *texts,
                               const struct principal *principal, struct dm_error *err)
{
    const struct settings_node *node = settings_place(group, "sha256");
    if (!texts->count)
        return settings_expected(reading->file, node, err, "%s, or several", syntax);
    for (size_t i = 0; i < texts->count; i++) {
        const char *expected = keep(reading, texts->at[i], principal);
        if (expected)
            return settings_expected(reading->file,
                                     settings_is_list(node) ? settings_at(node, i) : node,
                                     err, "%s", expected);
    }
    return DM_OK;
}

/* --- files --- */

static bool is_for_everybody(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && (file.st_mode & S_IROTH);
}

static enum dm_code warn(struct auth_reading *reading, const char *path,
                         struct dm_error *err)
{
    struct auth_config *config = reading->config;
    if (!is_for_everybody(path))
        return DM_OK;
    config->warning =
        arena_printf(settings_arena(reading->file),
                     "%s can be read by every user: expected mode 0640 or less", path);
    return config->warning.ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_lines(struct auth_reading *reading, const char *path,
                               struct dm_str text, const struct principal *principal,
                               struct dm_error *err)
{
    size_t before = reading->tokens.len;
    for (unsigned number = 1; text.ptr; number++) {
        struct dm_str line = str_split(&text, '\n');
        struct dm_str digest = str_trim(str_split(&line, '#'));
        const char *expected =
            str_empty(digest) ? NULL : keep(reading, digest, principal);
        if (expected)
            return error_set(err, DM_E_CONFIG, "%s:%u: expected %s", path, number,
                             expected);
    }
    if (reading->tokens.len == before && !reading->tokens.failed)
        return error_set(err, DM_E_CONFIG, "%s:1: expected %s, one a line", path, syntax);
    return DM_OK;
}

/* What is wrong with the file is said of the setting that names it. */
static enum dm_code read_named(struct auth_reading *reading,
                               const struct settings_node *node, const char *path,
                               const struct principal *principal, struct dm_error *err)
{
    DM_AUTO_DONE(secret_text) text = {.ptr = NULL};
    struct dm_error why;
    enum dm_code code = secret_file_read(path, path, FILE_MAX, &text, NULL, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return settings_expected(reading->file, node, err,
                                 "a file of digests that can be read; %s", why.message);
    if (!text.ptr)
        return settings_expected(reading->file, node, err,
                                 "a file of digests; there is no %s", path);
    DM_TRY(
        read_lines(reading, path, (struct dm_str){text.ptr, text.len}, principal, err));
    return warn(reading, path, err);
}

enum dm_code auth_read_file(struct auth_reading *reading,
                            const struct settings_node *group, struct dm_str name,
                            const struct principal *principal, struct dm_error *err)
{
    struct dm_str path;
    DM_TRY(settings_path(reading->file, name, &path, err));
    return read_named(reading, settings_place(group, "file"), path.ptr, principal, err);
}

enum dm_code auth_read_credential(struct auth_reading *reading,
                                  const struct settings_node *group, struct dm_str name,
                                  const struct principal *principal, struct dm_error *err)
{
    const struct settings_node *node = settings_place(group, "credential");
    struct dm_str folder =
        environment_str(reading->place->environment, "CREDENTIALS_DIRECTORY");
    if (memchr(name.ptr, '/', name.len) || name.ptr[0] == '.')
        return settings_expected(reading->file, node, err,
                                 "the name of a credential of the service");
    if (!folder.len)
        return settings_expected(reading->file, node, err,
                                 "a service with LoadCredential=%s:…: "
                                 "$CREDENTIALS_DIRECTORY is not set",
                                 name.ptr);
    struct dm_str path =
        arena_printf(settings_arena(reading->file), "%s/%s", folder.ptr, name.ptr);
    if (!path.ptr)
        return error_nomem(err);
    return read_named(reading, node, path.ptr, principal, err);
}

/* --- all of them --- */

enum dm_code auth_keep_tokens(struct auth_reading *reading, struct dm_error *err)
{
    const struct dm_buf *tokens = &reading->tokens;
    DM_TRY(buf_check(tokens, "auth", err));
    if (!tokens->len)
        return DM_OK;
    reading->config->tokens = arena_alloc(settings_arena(reading->file), tokens->len);
    if (!reading->config->tokens)
        return error_nomem(err);
    memcpy(reading->config->tokens, tokens->ptr, tokens->len);
    reading->config->token_count = tokens->len / sizeof *reading->config->tokens;
    return DM_OK;
}
