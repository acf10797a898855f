/* The ring of bytes: its bound, its turn, and two threads. */
#include "daemon/log/byte_ring.h"

#include <pthread.h>
#include <sched.h>

#include "support/test.h"

static void make(struct byte_ring *ring, size_t size)
{
    struct dm_error err;
    assert_ok(byte_ring_init(ring, size, &err), err);
}

TEST(byte_ring, takes_all_or_nothing)
{
    struct byte_ring ring;
    make(&ring, 8);
    cr_assert(byte_ring_add(&ring, STR("abcde")));
    cr_assert_not(byte_ring_add(&ring, STR("fghi")));
    cr_assert(byte_ring_add(&ring, STR("fgh")));
    cr_assert_not(byte_ring_add(&ring, STR("i")));
    assert_str(byte_ring_first(&ring), "abcdefgh");
    byte_ring_drop(&ring, 8);
    cr_assert_eq(byte_ring_first(&ring).len, 0);
    byte_ring_done(&ring);
}

TEST(byte_ring, what_turns_comes_in_two_pieces)
{
    struct byte_ring ring;
    make(&ring, 8);
    byte_ring_add(&ring, STR("abcdef"));
    byte_ring_drop(&ring, 5);
    cr_assert(byte_ring_add(&ring, STR("ghijkl")));
    assert_str(byte_ring_first(&ring), "fgh");
    byte_ring_drop(&ring, 3);
    assert_str(byte_ring_first(&ring), "ijkl");
    byte_ring_done(&ring);
}

TEST(byte_ring, does_without_memory)
{
    struct dm_error err;
    WITH_EACH_ALLOCATION_FAILING
    {
        struct byte_ring ring = {.bytes = NULL};
        if (byte_ring_init(&ring, 8, &err))
            cr_assert_eq(err.code, DM_E_NOMEM);
        byte_ring_done(&ring);
    }
}

enum { TOTAL = 1000000 };

/* Pieces of 1 to 7 bytes, which count up. */
static void *write_all(void *arg)
{
    struct byte_ring *ring = arg;
    char piece[8];
    for (size_t at = 0; at < TOTAL;) {
        size_t len = 1 + at % 7;
        for (size_t i = 0; i < len; i++)
            piece[i] = (char)(at + i);
        while (!byte_ring_add(ring, (struct dm_str){piece, len}))
            sched_yield();
        at += len;
    }
    return NULL;
}

TEST(byte_ring, bytes_come_as_they_went)
{
    struct byte_ring ring;
    pthread_t writer;
    make(&ring, 64);
    pthread_create(&writer, NULL, write_all, &ring);
    for (size_t at = 0; at < TOTAL;) {
        struct dm_str bytes = byte_ring_first(&ring);
        for (size_t i = 0; i < bytes.len; i++)
            cr_assert_eq(bytes.ptr[i], (char)(at + i));
        at += bytes.len;
        byte_ring_drop(&ring, bytes.len);
        if (!bytes.len)
            sched_yield();
    }
    pthread_join(writer, NULL);
    byte_ring_done(&ring);
}
