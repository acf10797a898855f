/* A document that is made once, and anew when what it says may have changed. */
#ifndef DYNAMOD_DAEMON_REST_KEPT_DOCUMENT_H
#define DYNAMOD_DAEMON_REST_KEPT_DOCUMENT_H

#include <jansson.h>

#include "base/buf.h"
#include "model/etag.h"

/* Embedded. Zeroed, it is none. */
struct kept_document {
    bool is_whole; /* else it is of use to nobody but who had it made */
    uint64_t generation;
    struct dm_buf text;
    struct etag etag;
};

/* Whether it need not be made for that generation. */
bool kept_document_holds(const struct kept_document *kept, uint64_t generation);

/* Takes the place of what was kept. The document is freed; NULL is DM_E_NOMEM. On failure
 * nothing is kept. */
DM_MUST_USE enum dm_code kept_document_make(struct kept_document *kept, json_t *document,
                                            struct etag_maker *etags,
                                            struct dm_error *err);

/* Says that it holds as long as the generation stays. */
void kept_document_keep(struct kept_document *kept, uint64_t generation);

void kept_document_done(struct kept_document *kept);

#endif
