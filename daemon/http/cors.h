/*
 * What pages of other origins may read
 * (https://fetch.spec.whatwg.org/#http-cors-protocol): nothing, unless `cors` names their
 * origin. A browser enforces it; whoever else asks sees fields that mean nothing to them.
 */
#ifndef DYNAMOD_DAEMON_HTTP_CORS_H
#define DYNAMOD_DAEMON_HTTP_CORS_H

#include "model/settings.h"

struct head_field;

struct cors_config {
    struct setting_strings origins; /* exact; none: there is no cors */
    bool any;                       /* "*": every origin */
    bool credentials;
    unsigned max_age_ms;
};

extern const struct setting_table cors_config_settings;

/* For `read`: the value is the struct cors_config. */
DM_MUST_USE enum dm_code cors_config_read(struct settings *file,
                                          struct settings_node *node, void *value,
                                          struct dm_error *err);

/* Access-Control-Allow-Origin, or NULL for no such field. Terminated; "*" or one of the
 * configuration's texts. */
const char *cors_allow_origin(const struct cors_config *config,
                              const struct head_field *origin);

/* Whether the answer is another for another Origin: a cache must know. */
bool cors_varies(const struct cors_config *config);

/* Names of header fields, for the answers of the same name. */
extern const char cors_allowed_headers[], cors_exposed_headers[];

#endif
