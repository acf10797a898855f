/* The policy: what stays and what goes, and how much memory it takes. */
#include "store/cache/stripe.h"

#include <stdio.h>

#include "support/test.h"

enum { STRIPE_MAX = 256 * 1024, KEY_MAX = 32 };

struct stripe_fixture {
    struct cache_stripe stripe;
    struct siphash_key seed;
    struct fence fence;
};

static void up(struct stripe_fixture *f)
{
    *f = (struct stripe_fixture){.seed = {1, 2}};
    stripe_init(&f->stripe, STRIPE_MAX);
}

static struct cache_key key_of(const struct stripe_fixture *f, char *text, size_t number)
{
    int len = snprintf(text, KEY_MAX, "%zu", number);
    struct cache_key key = {.bytes = {text, (size_t)len}, .group_len = (size_t)len};
    key.hash = key.full = siphash(&f->seed, key.bytes);
    return key;
}

/* An item of about 500 bytes. */
static bool add(struct stripe_fixture *f, size_t number)
{
    static const char filling[300];
    char text[KEY_MAX];
    struct cache_key key = key_of(f, text, number);
    struct dm_value item = {.type = DM_B, .as.text = {filling, sizeof filling}};
    struct store_result result = {.item = &item};
    struct cache_entry *entry;
    cr_assert_eq(entry_new(&key, &result, 0, &entry, NULL), DM_OK);
    bool kept = stripe_put(&f->stripe, entry, &f->fence, fence_take(&f->fence), true);
    entry_unref(entry);
    return kept;
}

static bool has(struct stripe_fixture *f, size_t number, bool use)
{
    char text[KEY_MAX];
    struct cache_key key = key_of(f, text, number);
    struct cache_entry *entry = stripe_find(&f->stripe, &key);
    if (entry && use)
        stripe_use(entry);
    stripe_leave(&f->stripe);
    return entry;
}

/* As a reader does: what is not there is got. Returns whether it was. */
static bool read_through(struct stripe_fixture *f, size_t number)
{
    bool hit = has(f, number, true);
    if (!hit)
        add(f, number);
    return hit;
}

TEST(stripe, stays_under_its_size)
{
    struct stripe_fixture f;
    up(&f);
    for (size_t i = 0; i < 10000; i++) {
        read_through(&f, i);
        cr_assert_leq(f.stripe.figures.bytes, STRIPE_MAX);
    }
    cr_assert_gt(f.stripe.figures.bytes, STRIPE_MAX * 9 / 10);
    cr_assert_eq(f.stripe.figures.evictions + f.stripe.figures.entries, 10000);
    stripe_done(&f.stripe);
}

TEST(stripe, keeps_what_is_used_through_a_scan)
{
    enum { HOT = 100, SCAN = 20000 };
    struct stripe_fixture f;
    up(&f);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < HOT; i++)
            read_through(&f, i);
    for (size_t i = 0; i < SCAN; i++)
        read_through(&f, HOT + i);
    size_t left = 0;
    for (size_t i = 0; i < HOT; i++)
        left += has(&f, i, false);
    cr_assert_eq(left, HOT);
    stripe_done(&f.stripe);
}

TEST(stripe, keeps_it_through_scan_after_scan_while_it_is_used)
{
    enum { HOT = 100, SCAN = 1000 };
    struct stripe_fixture f;
    up(&f);
    size_t hits = 0;
    for (size_t i = 0; i < 3 * HOT; i++)
        read_through(&f, i % HOT);
    for (size_t i = 0; i < 50 * SCAN; i++) {
        read_through(&f, HOT + i % SCAN);
        hits += read_through(&f, i % HOT);
    }
    cr_assert_geq(hits, 50 * SCAN * 99 / 100);
    stripe_done(&f.stripe);
}

TEST(stripe, takes_back_what_it_threw_out_too_early)
{
    enum { COLD = 2000 };
    struct stripe_fixture f;
    up(&f);
    add(&f, 1);
    for (size_t i = 10; i < 10 + COLD && has(&f, 1, false); i++)
        add(&f, i);
    cr_assert_not(has(&f, 1, false));
    add(&f, 1);
    for (size_t i = 5000; i < 5000 + COLD; i++)
        add(&f, i);
    cr_assert(has(&f, 1, false), "it is in the main queue, out of the scan's way");
    stripe_done(&f.stripe);
}

TEST(stripe, makes_room_for_a_new_set_once_the_old_is_not_used)
{
    enum { SET = 300 };
    struct stripe_fixture f;
    up(&f);
    for (size_t round = 0; round < 5; round++)
        for (size_t i = 0; i < SET; i++)
            read_through(&f, i);
    size_t hits = 0;
    for (size_t round = 0; round < 20; round++)
        for (size_t i = 0; i < SET; i++)
            hits += read_through(&f, 100000 + i);
    cr_assert_geq(hits, 20 * SET / 2, "%zu", hits);
    stripe_done(&f.stripe);
}

TEST(stripe, keeps_nothing_that_is_too_large_for_it)
{
    struct stripe_fixture f;
    up(&f);
    f.stripe.max = 700;
    cr_assert_not(add(&f, 1));
    cr_assert_eq(f.stripe.figures.entries, 0);
    stripe_done(&f.stripe);
}

TEST(stripe, counts_what_an_entry_grows_by)
{
    struct stripe_fixture f;
    up(&f);
    add(&f, 1);
    char text[KEY_MAX];
    struct cache_key key = key_of(&f, text, 1);
    struct cache_entry *entry = entry_ref(stripe_find(&f.stripe, &key));
    stripe_leave(&f.stripe);
    size_t before = f.stripe.figures.bytes;
    stripe_grown(&f.stripe, entry, 100);
    cr_assert_eq(f.stripe.figures.bytes, before + 100);
    stripe_grown(&f.stripe, entry, STRIPE_MAX);
    cr_assert_eq(f.stripe.figures.entries, 0);
    stripe_grown(&f.stripe, entry, 100);
    cr_assert_leq(f.stripe.figures.bytes, before);
    entry_unref(entry);
    stripe_done(&f.stripe);
}

TEST(stripe, keeps_nothing_when_memory_is_out)
{
    struct stripe_fixture f;
    up(&f);
    char text[KEY_MAX];
    struct cache_key key = key_of(&f, text, 1);
    struct dm_value item = {.type = DM_M};
    struct store_result result = {.item = &item};
    struct cache_entry *entry;
    cr_assert_eq(entry_new(&key, &result, 0, &entry, NULL), DM_OK);
    WITH_EACH_ALLOCATION_FAILING
    {
        bool kept = stripe_put(&f.stripe, entry, &f.fence, 0, true);
        cr_assert_eq(kept, !mem_failed());
        stripe_done(&f.stripe);
        stripe_init(&f.stripe, STRIPE_MAX);
    }
    entry_unref(entry);
    stripe_done(&f.stripe);
}
