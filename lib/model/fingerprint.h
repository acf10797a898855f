/* What an app is made of, in short: its file, and what that leads to outside of it. */
#ifndef DYNAMOD_MODEL_FINGERPRINT_H
#define DYNAMOD_MODEL_FINGERPRINT_H

#include "model/settings.h"

struct dynamodb_config;
struct environment;
struct fingerprint_maker;

/* SHA-256; compare with memcmp. */
struct fingerprint {
    unsigned char bytes[32];
};

DM_MUST_USE enum dm_code fingerprint_begin(struct fingerprint_maker **ret_maker,
                                           struct dm_error *err);
void fingerprint_maker_free(struct fingerprint_maker *maker);
DM_AUTO_DEFINE(fingerprint_maker, fingerprint_maker_free)

/* An app's file: its bytes, and those of what it includes. */
DM_MUST_USE enum dm_code fingerprint_add_file(struct fingerprint_maker *maker,
                                              struct settings *file, const char *path,
                                              struct dm_error *err);

/* Where the group leads to: the endpoint by the environment and the profiles of now, and
 * the file of the authorities that are trusted. Nothing for the embedded store. */
DM_MUST_USE enum dm_code fingerprint_add_upstream(struct fingerprint_maker *maker,
                                                  const struct dynamodb_config *config,
                                                  const struct environment *environment,
                                                  struct dm_error *err);

/* Anything else. */
DM_MUST_USE enum dm_code fingerprint_add(struct fingerprint_maker *maker,
                                         const void *bytes, size_t len,
                                         struct dm_error *err);

DM_MUST_USE enum dm_code fingerprint_end(struct fingerprint_maker *maker,
                                         struct fingerprint *ret_fingerprint,
                                         struct dm_error *err);

#endif
