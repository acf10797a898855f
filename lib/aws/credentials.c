/* AWS credentials, and the environment they may come from. */
#include "aws/credentials.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

enum { PART_MAX = 16 * 1024 };

static char *secret_dup(struct dm_str text)
{
    char *secret = mem_secret(text.len + 1);
    if (secret)
        memcpy(secret, text.ptr, text.len);
    return secret;
}

void credentials_done(struct credentials *credentials)
{
    mem_free(credentials->access_key_id);
    mem_secret_free(credentials->secret_access_key);
    mem_secret_free(credentials->session_token);
    *credentials = (struct credentials){0};
}

static bool visible(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

static enum dm_code check_part(const char *source, const char *part, struct dm_str text,
                               struct dm_error *err)
{
    if (text.len > PART_MAX)
        return error_set(err, DM_E_CREDENTIALS, "%s: the %s is longer than %d bytes",
                         source, part, PART_MAX);
    if (!visible(text))
        return error_set(err, DM_E_CREDENTIALS,
                         "%s: the %s holds a blank, a line end or another character that "
                         "no key has",
                         source, part);
    return DM_OK;
}

static enum dm_code check_pair(const char *source, const struct cred_keys *keys,
                               struct dm_error *err)
{
    if (str_empty(keys->access_key_id))
        return error_set(err, DM_E_CREDENTIALS, "%s: the access key id is missing",
                         source);
    if (str_empty(keys->secret_access_key))
        return error_set(err, DM_E_CREDENTIALS,
                         "%s: there is an access key id, but no secret access key",
                         source);
    return DM_OK;
}

enum dm_code credentials_make(const char *source, const struct cred_keys *keys,
                              struct credentials *ret_credentials, struct dm_error *err)
{
    DM_TRY(check_pair(source, keys, err));
    DM_TRY(check_part(source, "access key id", keys->access_key_id, err));
    DM_TRY(check_part(source, "secret access key", keys->secret_access_key, err));
    DM_TRY(check_part(source, "session token", keys->session_token, err));

    bool has_token = !str_empty(keys->session_token);
    DM_AUTO_DONE(credentials) made = {0};
    made.access_key_id = str_dup(keys->access_key_id);
    made.secret_access_key = secret_dup(keys->secret_access_key);
    made.session_token = has_token ? secret_dup(keys->session_token) : NULL;
    if (!made.access_key_id || !made.secret_access_key ||
        (has_token && !made.session_token))
        return error_nomem(err);

    made.expires_ms = keys->expires_ms;
    *ret_credentials = made;
    made = (struct credentials){0};
    return DM_OK;
}

bool credentials_copy(const struct credentials *credentials, struct credentials *ret_copy)
{
    bool has_token = credentials->session_token != NULL;
    DM_AUTO_DONE(credentials) made = *credentials;
    made.access_key_id = str_dup(dm_str(credentials->access_key_id));
    made.secret_access_key = secret_dup(dm_str(credentials->secret_access_key));
    made.session_token =
        has_token ? secret_dup(dm_str(credentials->session_token)) : NULL;
    bool whole = made.access_key_id && made.secret_access_key &&
                 (made.session_token || !has_token);
    *ret_copy = (struct credentials){0};
    if (whole) {
        *ret_copy = made;
        made = (struct credentials){0};
    }
    return whole;
}

/* --- answers --- */

void load_done(struct cred_load *load, struct credentials *found)
{
    struct credentials taken = *found;
    *found = (struct credentials){0};
    load->ended(load, LOAD_DONE, &taken, NULL);
}

void load_absent(struct cred_load *load)
{
    load->ended(load, LOAD_ABSENT, NULL, NULL);
}

void load_failed(struct cred_load *load, const struct dm_error *err)
{
    load->ended(load, LOAD_FAILED, NULL, err);
}

void load_keys(struct cred_load *load, const char *source, const struct cred_keys *keys)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(credentials) found = {0};
    if (str_empty(keys->access_key_id) && str_empty(keys->secret_access_key))
        load_absent(load);
    else if (credentials_make(source, keys, &found, &err))
        load_failed(load, &err);
    else
        load_done(load, &found);
}

/* --- the environment --- */

static const char *process_get(const struct environment *environment, const char *name)
{
    (void)environment;
    return getenv(name);
}

const struct environment *environment_process(void)
{
    static const struct environment process = {.get = process_get};
    return &process;
}
