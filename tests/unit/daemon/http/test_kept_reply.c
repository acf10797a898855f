/* Replies kept with a cache's entry. */
#include "daemon/http/kept_reply.h"

#include "store/cache/stripe.h"
#include "support/test.h"

static const struct etag etag = {"\"tag\""};

static struct cache_entry *entry_in(struct cache_stripe *stripe)
{
    struct fence fence = {0};
    struct cache_key key = {.bytes = STR("k"), .group_len = 1};
    struct dm_value item = {.type = DM_M};
    struct store_result result = {.item = &item};
    struct cache_entry *entry;
    cr_assert_eq(entry_new(&key, &result, 0, &entry, NULL), DM_OK);
    if (stripe)
        cr_assert(stripe_put(stripe, entry, &fence, 0, true));
    return entry;
}

TEST(kept_reply, is_lent_with_its_tag_even_after_its_entry)
{
    struct cache_stripe stripe;
    stripe_init(&stripe, 1 << 20);
    struct cache_entry *entry = entry_in(&stripe);
    cr_assert_null(kept_reply_of(entry));
    kept_reply_add(entry, STR("{}\n"), &etag);
    struct kept_reply *kept = kept_reply_of(entry);
    entry_unref(entry);
    stripe_done(&stripe);
    assert_str(kept_reply_body(kept), "{}\n");
    cr_assert_str_eq(kept_reply_etag(kept)->text, etag.text);
    kept_reply_unref(kept);
}

TEST(kept_reply, counts_in_its_cache_and_is_made_once)
{
    struct cache_stripe stripe;
    stripe_init(&stripe, 1 << 20);
    struct cache_entry *entry = entry_in(&stripe);
    size_t before = stripe.figures.bytes;
    kept_reply_add(entry, STR("first"), &etag);
    size_t after = stripe.figures.bytes;
    cr_assert_gt(after, before);
    kept_reply_add(entry, STR("second"), &etag);
    cr_assert_eq(stripe.figures.bytes, after);
    struct kept_reply *kept = kept_reply_of(entry);
    assert_str(kept_reply_body(kept), "first");
    kept_reply_unref(kept);
    entry_unref(entry);
    stripe_done(&stripe);
}

TEST(kept_reply, is_not_made_of_what_is_not_kept_nor_without_memory)
{
    struct cache_entry *entry = entry_in(NULL);
    kept_reply_add(entry, STR("{}"), &etag);
    cr_assert_null(kept_reply_of(entry));
    mem_fail_at(1);
    kept_reply_add(entry, STR("{}"), &etag);
    mem_fail_at(0);
    cr_assert_null(kept_reply_of(entry));
    entry_unref(entry);
}
