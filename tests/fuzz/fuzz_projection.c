/* attributes_to_get: what is taken is rendered within DynamoDB's limit, and its paths lie
 * apart; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "expr/projection.h"
#include "fuzz.h"

static void check_paths(const struct projection *projection)
{
    fuzz_check(projection->count > 0);
    for (size_t i = 0; i < projection->count; i++) {
        const struct path *path = &projection->paths[i];
        fuzz_check(path->count > 0 && path->steps[0].name.len > 0);
        for (size_t j = 0; j < path->count; j++)
            fuzz_check(!path->steps[j].name.ptr || utf8_valid(path->steps[j].name));
        for (size_t j = 0; j < i; j++)
            fuzz_check(!path_overlaps(path, &projection->paths[j]));
    }
}

static void check_rendered(const struct projection *projection, struct arena *arena)
{
    struct names names;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    names_init(&names, arena);
    projection_write(projection, &names, &out);
    fuzz_check(!out.failed && out.len > 0 && out.len <= EXPRESSION_MAX);
    names_write_json(&names, &out);
    fuzz_check(!out.failed && utf8_valid(buf_str(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct projection projection;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    enum dm_code code =
        projection_parse(fuzz_text(bytes, len), &arena, &projection, &err);
    if (code) {
        fuzz_check(code == DM_E_INVALID_PROJECTION && err.code == code);
        fuzz_check(utf8_valid(dm_str(err.message)));
        return 0;
    }
    check_paths(&projection);
    check_rendered(&projection, &arena);
    return 0;
}
