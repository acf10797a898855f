/* Tallies. */
#include "daemon/admin/tally.h"

void tally_add(struct tally *into, const struct tally *from)
{
    into->requests += from->requests;
    into->refused += from->refused;
    into->failed += from->failed;
    histogram_merge(&into->durations, &from->durations);
}

struct tally tally_since(const struct tally *now, const struct tally *earlier)
{
    struct tally since = *now;
    if (now->requests < earlier->requests)
        return since;
    since.requests -= earlier->requests;
    since.refused -= earlier->refused;
    since.failed -= earlier->failed;
    histogram_subtract(&since.durations, &earlier->durations);
    return since;
}
