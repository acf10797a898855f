/* Transactions: the first byte says in which format. What is taken renders, and is of
 * keys; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "expr/render.h"
#include "fuzz.h"
#include "model/transact_entry.h"

static const struct attribute declared[] = {
    {.name = {"id", 2}, .type = DM_S, .prefix = {"T#", 2}},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};
static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};

static bool is_expected(enum dm_code code)
{
    return code == DM_E_INVALID || code == DM_E_INVALID_KEY ||
           code == DM_E_INVALID_ITEM || code == DM_E_INVALID_FILTER ||
           code == DM_E_INVALID_PATCH || code == DM_E_INVALID_PROJECTION ||
           code == DM_E_TOO_LARGE;
}

static void check_failure(enum dm_code code, const struct dm_error *err)
{
    fuzz_check(is_expected(code) && err->code == code && err->message[0]);
    fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
}

static void check_expressions(const struct transact_entry *entry, struct arena *arena)
{
    struct render render;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    render_init(&render, arena);
    if (entry->condition)
        render_condition(&render, entry->condition, &out);
    if (entry->kind == TRANSACT_UPDATE)
        render_update(&render, &entry->update, &out);
    render_placeholders(&render, &out);
    fuzz_check(!out.failed && utf8_valid(buf_str(&out)));
}

static void check_entry(const struct transact_document *document,
                        const struct transact_entry *entry, struct arena *arena)
{
    fuzz_check(entry->key.hash.as.text.len && entry->key.range.as.text.len);
    fuzz_check(str_starts(entry->key.hash.as.text, STR("T#")));
    if (document->is_get)
        return;
    if (entry->kind == TRANSACT_PUT)
        fuzz_check(value_member(&entry->item, STR("id")) &&
                   value_member(&entry->item, STR("rev")) && entry->condition);
    if (entry->kind == TRANSACT_CHECK)
        fuzz_check(entry->condition);
    check_expressions(entry, arena);
}

static void make(const struct transact_document *document, struct attributes *attributes,
                 struct arena *arena)
{
    struct model_config model = {.name = STR("todo"),
                                 .attributes = attributes,
                                 .hide_expired = true,
                                 .allow_read = true,
                                 .defaults.type = DM_M};
    struct transact_place place = {.model = &model, .schema = &schema, .now_s = 1000};
    for (size_t i = 0; i < document->count; i++) {
        struct dm_error err = {0};
        struct transact_entry *entry = &document->entries[i];
        enum dm_code code = transact_entry_make(document, entry, &place, arena, &err);
        if (code)
            check_failure(code, &err);
        else
            check_entry(document, entry, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO(attributes) *attributes = NULL;
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!len || attributes_new(declared, DM_COUNT(declared), &attributes, NULL))
        return 0;
    struct transact_document document = {.format = bytes[0] % 2 ? DM_TYPED : DM_PLAIN};
    enum dm_code code =
        transact_document_read(fuzz_text(bytes + 1, len - 1), &arena, &document, &err);
    if (code) {
        check_failure(code, &err);
        return 0;
    }
    fuzz_check(document.count >= 1 && document.count <= TRANSACT_MAX);
    make(&document, attributes, &arena);
    return 0;
}
