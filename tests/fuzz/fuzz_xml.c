/* XML as STS writes it: whatever the text is, paths are short and texts are no longer
 * than what they come from. */
#include "aws/xml.h"
#include "fuzz.h"

static void check_text(struct dm_str path, struct dm_str text, void *ctx)
{
    const struct dm_str *document = ctx;
    fuzz_check(path.len > 0 && path.len <= XML_PATH_MAX);
    fuzz_check(path.len + text.len <= document->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_error err = {0};
    struct dm_str document = fuzz_text(bytes, len);
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (xml_read(document, &arena, check_text, &document, &err))
        fuzz_check(err.code && err.message[0]);
    return 0;
}
