/* Reading a transaction: {"get": […]} or {"write": […]}. */
#include "base/error.h"
#include "base/str.h"
#include "model/document.h"
#include "model/transact_entry.h"

const char *transact_list_name(const struct transact_document *document)
{
    return document->is_get ? "get" : "write";
}

static enum dm_code read_get(struct dm_str text, struct arena *arena,
                             struct transact_entry *entry, struct dm_error *err)
{
    static const struct document_member members[] = {
        {"model", READER_STRING},
        {"key", READER_OBJECT},
        {"attributes_to_get", READER_STRING},
    };
    struct dm_str values[DM_COUNT(members)];
    DM_TRY(document_object(text, members, DM_COUNT(members), values, err));
    if (!values[0].ptr || !values[1].ptr)
        return error_set(err, DM_E_INVALID, "expected {\"model\": …, \"key\": {…}}");
    DM_TRY(document_string(values[0], arena, &entry->model_name, err));
    DM_TRY(document_string(values[2], arena, &entry->attributes_to_get, err));
    entry->body = values[1];
    return DM_OK;
}

/* The one of the four kinds that is given. */
static enum dm_code take_kind(const struct dm_str *values, struct transact_entry *entry,
                              struct dm_error *err)
{
    for (int kind = TRANSACT_PUT; kind <= TRANSACT_CHECK; kind++) {
        if (!values[kind].ptr)
            continue;
        if (entry->body.ptr)
            return error_set(err, DM_E_INVALID, "one entry does one thing");
        entry->kind = (enum transact_kind)kind;
        entry->body = values[kind];
    }
    if (!entry->body.ptr)
        return error_set(err, DM_E_INVALID, "expected put, update, delete or check");
    return DM_OK;
}

static enum dm_code read_write(struct dm_str text, struct arena *arena,
                               struct transact_entry *entry, struct dm_error *err)
{
    enum { MODEL = TRANSACT_CHECK + 1, IF };
    static const struct document_member members[] = {
        [TRANSACT_PUT] = {"put", READER_OBJECT},
        [TRANSACT_UPDATE] = {"update", READER_OBJECT},
        [TRANSACT_DELETE] = {"delete", READER_OBJECT},
        [TRANSACT_CHECK] = {"check", READER_OBJECT},
        [MODEL] = {"model", READER_STRING},
        [IF] = {"if", READER_OBJECT},
    };
    struct dm_str values[DM_COUNT(members)];
    DM_TRY(document_object(text, members, DM_COUNT(members), values, err));
    if (!values[MODEL].ptr)
        return error_set(err, DM_E_INVALID, "expected a \"model\"");
    DM_TRY(document_string(values[MODEL], arena, &entry->model_name, err));
    DM_TRY(take_kind(values, entry, err));
    entry->conditions = values[IF];
    return DM_OK;
}

static enum dm_code read_entries(const struct dm_str *texts, struct arena *arena,
                                 struct transact_document *document, struct dm_error *err)
{
    document->entries = arena_new(arena, document->count * sizeof *document->entries);
    if (!document->entries)
        return error_nomem(err);
    for (size_t i = 0; i < document->count; i++) {
        struct transact_entry *entry = &document->entries[i];
        struct dm_error why = {0};
        if (document->is_get ? read_get(texts[i], arena, entry, &why)
                             : read_write(texts[i], arena, entry, &why))
            return document_blame(transact_list_name(document), i, &why, err);
    }
    return DM_OK;
}

enum dm_code transact_document_read(struct dm_str text, struct arena *arena,
                                    struct transact_document *document,
                                    struct dm_error *err)
{
    static const struct document_member members[] = {{"get", READER_ARRAY},
                                                     {"write", READER_ARRAY}};
    struct dm_str values[DM_COUNT(members)], *texts;
    DM_TRY(document_object(text, members, DM_COUNT(members), values, err));
    if (!values[0].ptr == !values[1].ptr)
        return error_set(err, DM_E_INVALID,
                         "expected {\"get\": […]} or {\"write\": […]}");
    document->is_get = values[0].ptr;
    DM_TRY(document_array(values[document->is_get ? 0 : 1], arena, &texts,
                          &document->count, err));
    if (document->count < 1 || document->count > TRANSACT_MAX)
        return error_set(err, DM_E_INVALID, "%s: expected 1 to %d entries, got %zu",
                         transact_list_name(document), TRANSACT_MAX, document->count);
    return read_entries(texts, arena, document, err);
}
