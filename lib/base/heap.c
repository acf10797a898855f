/* The heap: glibc's. */
#include "base/heap.h"

#include <malloc.h>

enum { KEPT_MAX = 16 * 1024 * 1024, MAPPED_MIN = 4 * 1024 * 1024 };

void heap_keep_freed(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
    mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
}
