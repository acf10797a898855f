/* Documents that are kept. */
#include "daemon/rest/kept_document.h"

#include "base/error.h"
#include "base/str.h"
#include "daemon/http/json.h"
#include "daemon/http/page_writer.h"

bool kept_document_holds(const struct kept_document *kept, uint64_t generation)
{
    return kept->is_whole && kept->generation == generation;
}

static enum dm_code tag(struct kept_document *kept, struct etag_maker *etags,
                        struct dm_error *err)
{
    DM_AUTO(etag_sum) *sum = NULL;
    DM_TRY(etag_sum_new(etags, STR("document"), &sum, err));
    DM_TRY(etag_sum_add_text(sum, buf_str(&kept->text), err));
    return etag_sum_end(sum, &kept->etag, err);
}

enum dm_code kept_document_make(struct kept_document *kept, json_t *document,
                                struct etag_maker *etags, struct dm_error *err)
{
    kept_document_done(kept);
    buf_init(&kept->text, PAGE_REPLY_MAX);
    json_write_document(document, &kept->text);
    json_decref(document);
    DM_TRY(buf_check(&kept->text, "reply", err));
    return tag(kept, etags, err);
}

void kept_document_keep(struct kept_document *kept, uint64_t generation)
{
    kept->is_whole = true;
    kept->generation = generation;
}

void kept_document_done(struct kept_document *kept)
{
    buf_done(&kept->text);
    *kept = (struct kept_document){.is_whole = false};
}
