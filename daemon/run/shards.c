/* The set of shards. */
#include "daemon/run/shards.h"

#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/run/counter_fd.h"

/* Of the places that there are: an eighth of the open files. */
enum { ADMIN_SHARE = 6 };

enum dm_code shards_init(struct shards *shards, struct dm_error *err)
{
    *shards = (struct shards){.ended_fd = -1, .answered_fd = -1, .settled_fd = -1};
    DM_TRY(limit_commons_init(&shards->commons, err));
    DM_TRY(limit_commons_init(&shards->admin_commons, err));
    shards->admin_commons.places /= ADMIN_SHARE;
    DM_TRY(counter_fd_new(&shards->ended_fd, err));
    DM_TRY(counter_fd_new(&shards->answered_fd, err));
    return counter_fd_new(&shards->settled_fd, err);
}

/* The admin's first: it asks the others. */
void shards_done(struct shards *shards)
{
    const int fds[] = {shards->ended_fd, shards->answered_fd, shards->settled_fd};
    shard_free(shards->admin);
    for (size_t i = 0; i < shards->count; i++)
        shard_free(shards->at[i]);
    mem_free(shards->at);
    limit_commons_done(&shards->commons);
    limit_commons_done(&shards->admin_commons);
    for (size_t i = 0; i < DM_COUNT(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static enum dm_code make_admin(struct shards *shards, struct shard_plan plan,
                               const struct sockets *sockets, struct dm_error *err)
{
    if (!sockets->count)
        return DM_OK;
    plan.served = plan.sockets;
    plan.sockets = sockets;
    plan.commons = &shards->admin_commons;
    shards->admin_commons.threads = 1;
    plan.others = shards->at;
    plan.other_count = shards->count;
    return shard_new(&plan, &shards->admin, err);
}

enum dm_code shards_make(struct shards *shards, const struct shard_plan *given,
                         size_t count, const struct sockets *sockets,
                         const struct sockets *admin_sockets, struct dm_error *err)
{
    struct shard_plan plan = *given;
    plan.ended_fd = shards->ended_fd;
    plan.answered_fd = shards->answered_fd;
    plan.settled_fd = shards->settled_fd;
    plan.sockets = sockets;
    plan.commons = &shards->commons;
    shards->commons.threads = count;
    shards->at = mem_new(count * sizeof(struct shard *));
    if (!shards->at)
        return error_nomem(err);
    for (; shards->count < count; shards->count++)
        DM_TRY(shard_new(&plan, &shards->at[shards->count], err));
    return make_admin(shards, plan, admin_sockets, err);
}

enum dm_code shards_start(struct shards *shards, struct dm_error *err)
{
    for (size_t i = 0; i < shards_all(shards); i++)
        DM_TRY(shard_start(shards_at(shards, i), err));
    return DM_OK;
}

void shards_order(struct shards *shards, enum shard_order order)
{
    for (size_t i = 0; i < shards->count; i++)
        shard_order(shards->at[i], order);
}

size_t shards_take_ended(struct shards *shards)
{
    size_t count = counter_fd_take(shards->ended_fd);
    shards->ended += count;
    return count;
}

enum dm_code shards_join(struct shards *shards, struct dm_error *err)
{
    bool good = true;
    for (size_t i = 0; i < shards->count; i++)
        good = shard_join(shards->at[i]) && good;
    if (shards->admin) {
        shard_order(shards->admin, SHARD_STOP);
        good = shard_join(shards->admin) && good;
    }
    return good ? DM_OK : error_set(err, DM_E_INTERNAL, "a thread failed");
}

size_t shards_all(const struct shards *shards)
{
    return shards->count + (shards->admin != NULL);
}

struct shard *shards_at(const struct shards *shards, size_t index)
{
    return index < shards->count ? shards->at[index] : shards->admin;
}
