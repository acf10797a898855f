/* What became of a transaction, for who holds it. */
#include "model/transacted.h"

#include "base/mem.h"

struct dm_transacted *transacted_new(void)
{
    struct dm_transacted *transacted = mem_new(sizeof *transacted);
    if (transacted)
        arena_init(&transacted->arena, ITEMS_ARENA_MAX);
    return transacted;
}

void dm_transacted_free(struct dm_transacted *transacted)
{
    if (!transacted)
        return;
    dm_items_free(transacted->items);
    arena_done(&transacted->arena);
    mem_free(transacted);
}

size_t dm_transacted_count(const struct dm_transacted *transacted)
{
    return transacted->count;
}

const struct dm_items *dm_transacted_items(const struct dm_transacted *transacted)
{
    return transacted->reasons ? NULL : transacted->items;
}

enum dm_code dm_transacted_reason(const struct dm_transacted *transacted, size_t index,
                                  struct dm_str *ret_detail)
{
    struct store_reason none = {DM_OK, {NULL, 0}};
    bool known = transacted->reasons && index < transacted->count;
    const struct store_reason *reason = known ? &transacted->reasons[index] : &none;
    if (ret_detail)
        *ret_detail = reason->message;
    return reason->code;
}
