/* What is counted of many requests: how many, how they ended, how long they took. */
#ifndef DYNAMOD_DAEMON_ADMIN_TALLY_H
#define DYNAMOD_DAEMON_ADMIN_TALLY_H

#include "base/histogram.h"

/* Zeroed, it is empty. */
struct tally {
    uint64_t requests;
    uint64_t refused; /* of them: 4xx */
    uint64_t failed;  /* of them: 5xx */
    struct histogram durations;
};

void tally_add(struct tally *into, const struct tally *from);

/* What came since it was `earlier`; all of it where it began anew meanwhile. */
struct tally tally_since(const struct tally *now, const struct tally *earlier);

#endif
