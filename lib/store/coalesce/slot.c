/* Slots: the keys that are asked for. */
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/coalesce/coalesce_internal.h"
#include "value/number.h"

/* --- keys as bytes --- */

/* What equal keys have alike: DynamoDB may spell a number in another way than we did. */
static struct dm_str bytes_of(const struct dm_value *half, struct number *number)
{
    if (half->type != DM_N || number_parse(half->as.text, number, NULL))
        return half->as.text;
    return (struct dm_str){number->text, number->len};
}

static bool half_equal(const struct dm_value *a, const struct dm_value *b)
{
    struct number left, right;
    return a->type == b->type &&
           (str_equal(a->as.text, b->as.text) ||
            (a->type == DM_N && str_equal(bytes_of(a, &left), bytes_of(b, &right))));
}

static bool key_equal(const struct key *a, const struct key *b)
{
    return half_equal(&a->hash, &b->hash) &&
           str_equal(a->range_attribute.name, b->range_attribute.name) &&
           (!a->range_attribute.name.len || half_equal(&a->range, &b->range));
}

static uint64_t hash_of(const struct group *group, const struct key *key)
{
    const struct siphash_key *seed = &group->coalesce->seed;
    struct number number;
    uint64_t hash = group->node.hash ^ siphash(seed, bytes_of(&key->hash, &number));
    if (key->range_attribute.name.len)
        hash += 3 * siphash(seed, bytes_of(&key->range, &number));
    return hash;
}

/* --- copies --- */

static size_t measure(const struct key *key)
{
    size_t size = key->hash_attribute.name.len + key->hash.as.text.len;
    if (key->range_attribute.name.len)
        size += key->range_attribute.name.len + key->range.as.text.len;
    return size;
}

static struct dm_str put(char **at, struct dm_str text)
{
    struct dm_str copy = {*at, text.len};
    if (text.len)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static struct key copy_key(const struct key *key, char *at)
{
    struct key copy = *key;
    copy.hash_attribute.name = put(&at, key->hash_attribute.name);
    copy.hash.as.text = put(&at, key->hash.as.text);
    if (key->range_attribute.name.len) {
        copy.range_attribute.name = put(&at, key->range_attribute.name);
        copy.range.as.text = put(&at, key->range.as.text);
    }
    return copy;
}

/* --- slots --- */

enum dm_code slot_new(struct group *group, const struct key *key, struct slot **ret_slot,
                      struct dm_error *err)
{
    struct slot *slot = mem_new(sizeof *slot + measure(key));
    if (!slot ||
        !hash_map_add(&group->coalesce->slots, &slot->node, hash_of(group, key))) {
        mem_free(slot);
        return error_nomem(err);
    }
    slot->group = group;
    slot->key = copy_key(key, (char *)(slot + 1));
    waiters_init(&slot->waiters);
    group->slot_count++;
    *ret_slot = slot;
    return DM_OK;
}

void slot_free(struct slot *slot)
{
    slot->group->slot_count--;
    hash_map_remove(&slot->group->coalesce->slots, &slot->node);
    mem_free(slot);
}

struct slot *slot_find(struct group *group, const struct key *key, slot_filter_fn filter,
                       const void *ctx)
{
    struct hash_node *node = hash_map_first(&group->coalesce->slots, hash_of(group, key));
    for (; node; node = hash_map_next(node)) {
        struct slot *slot = DM_CONTAINER(node, struct slot, node);
        if (slot->group == group && key_equal(&slot->key, key) && filter(slot, ctx))
            return slot;
    }
    return NULL;
}
