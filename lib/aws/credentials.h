/* AWS credentials: what they are, and who provides them. */
#ifndef DYNAMOD_AWS_CREDENTIALS_H
#define DYNAMOD_AWS_CREDENTIALS_H

#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"

/* Owns its strings. The secret and the token are in memory of secrets: mem_secret's. */
struct credentials {
    char *access_key_id;
    char *secret_access_key;
    char *session_token;  /* NULL: none */
    int64_t expires_ms;   /* wall clock; 0: never */
    int64_t loaded_ms;    /* wall clock */
    const char *provider; /* its name; static, NULL before it is known */
    uint64_t generation;  /* another number after each load */
};

void credentials_done(struct credentials *credentials);
DM_AUTO_DONE_DEFINE(credentials, credentials_done)

/* False: no memory, and *ret_copy is empty. */
DM_MUST_USE bool credentials_copy(const struct credentials *credentials,
                                  struct credentials *ret_copy);

/* The same as text that somebody found; borrowed. Empty: not there. */
struct cred_keys {
    struct dm_str access_key_id, secret_access_key, session_token;
    int64_t expires_ms; /* wall clock; 0: never */
};

/* Copies the keys. DM_E_CREDENTIALS when the id or the secret is empty, or a part is not
 * all visible ASCII or is over 16 KB: "SOURCE: …", without the part. */
DM_MUST_USE enum dm_code credentials_make(const char *source,
                                          const struct cred_keys *keys,
                                          struct credentials *ret_credentials,
                                          struct dm_error *err);

/* The process's environment, injected: the value, or NULL. */
struct environment {
    const char *(*get)(const struct environment *environment, const char *name);
};

/* getenv's. Static. */
const struct environment *environment_process(void);

static inline const char *environment_get(const struct environment *environment,
                                          const char *name)
{
    return environment->get(environment, name);
}

/* The value; len 0 when it is not set or empty. */
static inline struct dm_str environment_str(const struct environment *environment,
                                            const char *name)
{
    return dm_str(environment_get(environment, name));
}

/*
 * Who asked a provider, embedded in what asks. ended is called once for each load.
 * found: its strings are the callee's from then on, NULL unless end is LOAD_DONE. err:
 * lent, NULL unless it is LOAD_FAILED.
 */
enum load_end { LOAD_DONE, LOAD_ABSENT, LOAD_FAILED };

struct cred_load {
    void (*ended)(struct cred_load *load, enum load_end end, struct credentials *found,
                  const struct dm_error *err);
};

/*
 * A provider: one file each. load answers once, through load_done, load_absent,
 * load_failed or load_keys, inside the call or later on the loop. No second load begins
 * before that. The answer does not free the provider.
 */
struct cred_provider_ops {
    const char *name; /* "environment": for errors, logs and readiness */
    bool outlive;     /* go on with what has expired while it has nothing newer: the
                         service takes an instance's credentials longer than they say */
    void (*load)(void *provider, struct cred_load *load);
    void (*free)(void *provider); /* a load under way is given up */
};

struct cred_provider {
    const struct cred_provider_ops *ops;
    void *object;
};

/* How a provider answers. `found` is emptied: it is taken. */
void load_done(struct cred_load *load, struct credentials *found);
void load_absent(struct cred_load *load); /* ask the next one */
void load_failed(struct cred_load *load, const struct dm_error *err); /* stop here */

/* Whichever of the three the keys call for: half a pair is a failure, a session token
 * alone is nothing. */
void load_keys(struct cred_load *load, const char *source, const struct cred_keys *keys);

#endif
