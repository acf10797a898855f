/*
 * Where the next page begins, as an opaque text: the last key, encrypted and
 * authenticated (AES-SIV, RFC 5297) together with what it is good for. The same key and
 * place give the same text.
 */
#ifndef DYNAMOD_MODEL_TOKEN_H
#define DYNAMOD_MODEL_TOKEN_H

#include "value/value.h"

/* Wiped when done with. */
struct token_key {
    unsigned char bytes[64];
};

/* Of any secret and the app's name (HKDF-like: HMAC-SHA-512 with a label). */
DM_MUST_USE enum dm_code token_key_make(struct dm_str secret, struct dm_str app,
                                        struct token_key *ret_key, struct dm_error *err);

/* base64url, in the arena. `bound` is what the token is good for: any bytes. */
DM_MUST_USE enum dm_code token_seal(const struct token_key *key, struct dm_str bound,
                                    const struct dm_value *last, struct arena *arena,
                                    struct dm_str *ret_token, struct dm_error *err);

/* DM_E_INVALID_TOKEN: changed, cut, or bound to something else. */
DM_MUST_USE enum dm_code token_open(const struct token_key *key, struct dm_str bound,
                                    struct dm_str token, struct arena *arena,
                                    struct dm_value *ret_last, struct dm_error *err);

#endif
