/* What the fuzzers of both dialects of patches do. */
#ifndef DYNAMOD_TESTS_FUZZ_PATCH_CHECK_H
#define DYNAMOD_TESTS_FUZZ_PATCH_CHECK_H

#include "model/patch.h"

/* The bytes are the patch, a NUL, and the item as DynamoDB JSON. What comes of it is an
 * item that can be written, and differs from the old one only in what the patch names. */
void patch_check(enum patch_dialect dialect, struct dm_str bytes);

#endif
