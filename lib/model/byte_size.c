/* Numbers of bytes. */
#include "model/byte_size.h"

#include "base/str.h"

#define SIZE_LIMIT (1024 * 1024 * MEGABYTE)

static bool read_bytes(struct dm_str text, size_t *ret_bytes)
{
    static const char units[] = "KMG";
    const char *unit = text.len ? memchr(units, text.ptr[text.len - 1], 3) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    size_t count;
    text.len -= unit != NULL;
    if (!str_to_size(text, SIZE_LIMIT >> shift, &count))
        return false;
    *ret_bytes = count << shift;
    return true;
}

enum dm_code byte_size_read(struct settings *file, struct settings_node *node,
                            void *value, struct dm_error *err)
{
    struct dm_str text;
    size_t bytes;
    DM_TRY(settings_string(file, node, &text, err));
    if (!read_bytes(text, &bytes) || bytes < MEGABYTE)
        return settings_expected(file, node, err,
                                 "\"64M\": bytes, K, M or G, 1M to 1024G");
    *(size_t *)value = bytes;
    return DM_OK;
}
