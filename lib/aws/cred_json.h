/* The JSON in which AWS hands out credentials: IMDS, the containers' endpoints and
 * credential processes. */
#ifndef DYNAMOD_AWS_CRED_JSON_H
#define DYNAMOD_AWS_CRED_JSON_H

#include "aws/credentials.h"
#include "base/arena.h"

enum { CRED_JSON_MAX = 64 * 1024 };

/* What such a document says; the rest of it is skipped. Of what it does not say, or says
 * null, len is 0. */
struct cred_json {
    struct cred_keys keys;
    struct dm_str version;       /* a number's text, as processes have it */
    struct dm_str code, message; /* of a failure; IMDS has "Success" beside its keys */
};

/* Lent by the text, and by the arena where there are escapes. DM_E_CREDENTIALS, "SOURCE:
 * …", without a word of the text. */
DM_MUST_USE enum dm_code cred_json_read(const char *source, struct dm_str text,
                                        struct arena *arena, struct cred_json *ret_json,
                                        struct dm_error *err);

/* Answers with its keys; load_failed says what is missing, and the failure's code and
 * message where it has them. */
void cred_json_answer(const struct cred_json *json, const char *source,
                      struct cred_load *load);

#endif
