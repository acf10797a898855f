/* A reply's body and entity tag, kept with the cache's entry that they are of, and lent
 * to any number of replies, on any thread. */
#ifndef DYNAMOD_DAEMON_HTTP_KEPT_REPLY_H
#define DYNAMOD_DAEMON_HTTP_KEPT_REPLY_H

#include "model/etag.h"

struct cache_entry;
struct kept_reply;

/* The caller's reference; NULL: there is none yet. */
struct kept_reply *kept_reply_of(struct cache_entry *entry);
void kept_reply_unref(struct kept_reply *kept);

/* Copies both. Nothing, where it cannot be kept. */
void kept_reply_add(struct cache_entry *entry, struct dm_str body,
                    const struct etag *etag);

struct dm_str kept_reply_body(const struct kept_reply *kept);
const struct etag *kept_reply_etag(const struct kept_reply *kept);

#endif
