/* What a client prefers: the Prefer header (RFC 7240). */
#ifndef DYNAMOD_DAEMON_HTTP_PREFERENCE_H
#define DYNAMOD_DAEMON_HTTP_PREFERENCE_H

#include "base/macros.h"

enum preferred_return { PREFER_NOTHING, PREFER_MINIMAL, PREFER_REPRESENTATION };

struct preferences {
    bool lenient; /* handling=lenient: unknown parameters are passed over */
    enum preferred_return preferred_return; /* what a write is to answer with */
};

/* Others, and values that are none of ours, are passed over. */
struct preferences preferences_read(struct dm_str prefer);

/* For Preference-Applied; empty: none. return counts where it `returned`. Static. */
const char *preferences_applied(const struct preferences *preferences, bool returned);

#endif
