/* The format of AWS's shared files: whatever the text is, entries lie inside it. */
#include "aws/ini.h"
#include "base/mem.h"
#include "fuzz.h"

static void check_inside(const struct dm_str *text, struct dm_str part)
{
    fuzz_check(part.ptr >= text->ptr);
    fuzz_check(part.ptr + part.len <= text->ptr + text->len);
}

static void check_entry(struct dm_str section, struct dm_str name, struct dm_str value,
                        void *ctx)
{
    check_inside(ctx, section);
    fuzz_check(section.len > 0);
    if (!name.ptr)
        return;
    check_inside(ctx, name);
    check_inside(ctx, value);
    fuzz_check(name.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_error err = {0};
    char *copy = mem_new(len);
    struct dm_str text = {copy, len};
    if (len)
        memcpy(copy, bytes, len);
    if (ini_parse(copy, len, check_entry, &text, &err))
        fuzz_check(err.code == DM_E_CREDENTIALS && err.message[0]);
    mem_free(copy);
    return 0;
}
