/* The entries of a transaction: as the document has them, and made ready for the store.
 */
#ifndef DYNAMOD_MODEL_TRANSACT_ENTRY_H
#define DYNAMOD_MODEL_TRANSACT_ENTRY_H

#include "model/app_internal.h"
#include "model/hidden.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { TRANSACT_MAX = 100 };

struct transact_entry {
    enum transact_kind kind; /* of a write */
    /* As they stand in the document; ptr NULL: not there. */
    struct dm_str model_name, body, conditions, attributes_to_get;
    struct dm_model *model; /* the caller finds it */
    /* By transact_entry_make. */
    struct key key;
    struct dm_value item;
    struct update update;
    const struct condition *condition; /* NULL: none */
    struct projection projection;
    struct hidden hidden;
};

/* A transaction as the document has it. */
struct transact_document {
    bool is_get;
    enum dm_format format;
    struct transact_entry *entries;
    size_t count;
};

/* "get" or "write". Static. */
const char *transact_list_name(const struct transact_document *document);

/* The entries' texts, into a document that has its format. DM_E_INVALID. */
DM_MUST_USE enum dm_code transact_document_read(struct dm_str text, struct arena *arena,
                                                struct transact_document *document,
                                                struct dm_error *err);

/* What is known of an entry's model. Lent, as long as the entry. */
struct transact_place {
    const struct model_config *model;
    const struct key_schema *schema; /* its table's */
    int64_t now_s;
    const struct scope *scope; /* the caller's; NULL: all */
};

/* What the store is to do. As often as the place changes. The errors of items, keys,
 * filters, updates and projections. */
DM_MUST_USE enum dm_code transact_entry_make(const struct transact_document *document,
                                             struct transact_entry *entry,
                                             const struct transact_place *place,
                                             struct arena *arena, struct dm_error *err);

/* Once all are made: DM_E_INVALID when two are of one item. */
DM_MUST_USE enum dm_code transact_check_twins(const struct transact_document *document,
                                              struct dm_error *err);

#endif
