/* What every fuzzer needs. */
#ifndef DYNAMOD_TESTS_FUZZ_H
#define DYNAMOD_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"

enum { FUZZ_MEMORY_MAX = 16 * 1024 * 1024 };

/* libFuzzer's: called once an input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* In every build: an assert may be compiled away. */
#define fuzz_check(condition)                                                            \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

static inline struct dm_str fuzz_text(const uint8_t *bytes, size_t len)
{
    return (struct dm_str){(const char *)bytes, len};
}

#endif
