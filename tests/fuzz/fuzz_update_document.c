/* Changes in dynamod's own words: what is taken renders, and changes neither the key nor
 * the version; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "codec/plain_json.h"
#include "expr/render.h"
#include "fuzz.h"
#include "model/update_document.h"

static const struct attribute declared[] = {
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"log", 3}, .type = DM_L},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};
static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};

static void check_document(const struct update_document *document, struct arena *arena)
{
    static const struct dm_str kept[] = {{"id", 2}, {"at", 2}, {"rev", 3}};
    struct render render;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    fuzz_check(document->update.count > 0);
    for (size_t i = 0; i < document->update.count; i++)
        for (size_t j = 0; j < DM_COUNT(kept); j++)
            fuzz_check(
                !str_equal(document->update.actions[i].path.steps[0].name, kept[j]));
    render_init(&render, arena);
    render_update(&render, &document->update, &out);
    render_placeholders(&render, &out);
    fuzz_check(!out.failed && utf8_valid(buf_str(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO(attributes) *attributes = NULL;
    DM_AUTO_DONE(arena) arena;
    struct json_reader reader;
    struct dm_value value;
    struct update_document document;
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    reader_init(&reader, fuzz_text(bytes, len), VALUE_MAX_DEPTH, &arena);
    if (attributes_new(declared, DM_COUNT(declared), &attributes, NULL) ||
        plain_json_read(&reader, &arena, &value, NULL))
        return 0;
    enum dm_code code =
        update_document_read(&value, attributes, &schema, &arena, &document, &err);
    if (code == DM_OK)
        check_document(&document, &arena);
    else
        fuzz_check((code == DM_E_INVALID_PATCH || code == DM_E_INVALID_ITEM) &&
                   err.code == code && utf8_valid(dm_str(err.message)));
    return 0;
}
