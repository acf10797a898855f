/* What became of a batch of writes, with the arena that it lives in. */
#ifndef DYNAMOD_MODEL_WRITTEN_H
#define DYNAMOD_MODEL_WRITTEN_H

#include "base/arena.h"

enum { WRITTEN_KINDS = DM_WRITTEN_DELETE + 1 };

/* The puts, or the deletes; all in the arena. */
struct written_list {
    struct dm_str *texts; /* as in the document; those that are left are moved forward */
    size_t left_count;
    size_t done_count;
};

struct dm_written {
    struct arena arena;
    struct written_list lists[WRITTEN_KINDS];
    struct dm_error why; /* code DM_OK: all were done */
};

/* Nothing yet; or NULL. dm_written_free it. */
struct dm_written *written_new(void);
DM_AUTO_DEFINE(dm_written, dm_written_free)

#endif
