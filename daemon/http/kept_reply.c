/* Kept replies. */
#include "daemon/http/kept_reply.h"

#include "base/mem.h"
#include "store/cache/entry.h"

struct kept_reply {
    struct cache_form form;
    atomic_uint references; /* the entry's is one */
    struct etag etag;
    size_t len;
    char body[];
};

static struct kept_reply *of_form(struct cache_form *form)
{
    return DM_CONTAINER(form, struct kept_reply, form);
}

void kept_reply_unref(struct kept_reply *kept)
{
    if (kept &&
        atomic_fetch_sub_explicit(&kept->references, 1, memory_order_acq_rel) == 1)
        mem_free(kept);
}

static void free_form(struct cache_form *form)
{
    kept_reply_unref(of_form(form));
}

/* The entry is the caller's, so that its form does not go meanwhile. */
struct kept_reply *kept_reply_of(struct cache_entry *entry)
{
    struct cache_form *form = entry_form(entry);
    if (!form)
        return NULL;
    atomic_fetch_add_explicit(&of_form(form)->references, 1, memory_order_relaxed);
    return of_form(form);
}

void kept_reply_add(struct cache_entry *entry, struct dm_str body,
                    const struct etag *etag)
{
    size_t size = sizeof(struct kept_reply) + body.len;
    struct kept_reply *kept = mem_resize(NULL, size);
    if (!kept)
        return;
    *kept =
        (struct kept_reply){.form = {free_form, size}, .etag = *etag, .len = body.len};
    atomic_init(&kept->references, 1);
    memcpy(kept->body, body.ptr, body.len);
    if (!entry_keep_form(entry, &kept->form))
        kept_reply_unref(kept);
}

struct dm_str kept_reply_body(const struct kept_reply *kept)
{
    return (struct dm_str){kept->body, kept->len};
}

const struct etag *kept_reply_etag(const struct kept_reply *kept)
{
    return &kept->etag;
}
