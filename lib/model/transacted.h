/* What became of a transaction, with the arena that it lives in. */
#ifndef DYNAMOD_MODEL_TRANSACTED_H
#define DYNAMOD_MODEL_TRANSACTED_H

#include "base/arena.h"
#include "model/items.h"
#include "store/store.h"

struct dm_transacted {
    struct arena arena;
    size_t count;
    struct dm_items *items; /* of a get */
    const struct store_reason
        *reasons; /* NULL: it was not cancelled; else one an entry */
};

/* Nothing yet; or NULL. dm_transacted_free it. */
struct dm_transacted *transacted_new(void);
DM_AUTO_DEFINE(dm_transacted, dm_transacted_free)

#endif
