/* SHA-256, for what is known by its digest alone. */
#ifndef DYNAMOD_MODEL_DIGEST_H
#define DYNAMOD_MODEL_DIGEST_H

#include "base/buf.h"

enum { DIGEST_SIZE = 32 };

struct digest {
    unsigned char bytes[DIGEST_SIZE];
};

/* DM_E_INTERNAL: OpenSSL refuses. */
DM_MUST_USE enum dm_code digest_make(struct dm_str text, struct digest *ret_digest,
                                     struct dm_error *err);

/* Takes as long whatever they hold. */
bool digest_equal(const struct digest *a, const struct digest *b);

/* 64 hexadecimal digits, in either case; false when it is anything else. */
bool digest_parse(struct dm_str text, struct digest *ret_digest);

/* Appends them, in lower case. */
void digest_write(const struct digest *digest, struct dm_buf *out);

#endif
