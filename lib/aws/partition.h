/* AWS's partitions: which one a region is in, and the names of its hosts. */
#ifndef DYNAMOD_AWS_PARTITION_H
#define DYNAMOD_AWS_PARTITION_H

#include "base/macros.h"

/* Static. All of them have FIPS and dualstack endpoints. */
struct partition {
    const char *name;             /* "aws" */
    const char *dns_suffix;       /* "amazonaws.com" */
    const char *dualstack_suffix; /* "api.aws" */
};

/* The partition of the region, by name or by form; "aws" when it is of none. */
const struct partition *partition_of(struct dm_str region);

#endif
