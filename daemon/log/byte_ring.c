/* The ring of bytes. */
#include "daemon/log/byte_ring.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum dm_code byte_ring_init(struct byte_ring *ring, size_t size, struct dm_error *err)
{
    ring->bytes = mem_new(size);
    if (!ring->bytes)
        return error_nomem(err);
    ring->size = size;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->read, 0);
    return DM_OK;
}

void byte_ring_done(struct byte_ring *ring)
{
    mem_free(ring->bytes);
    ring->bytes = NULL;
}

/* From a place on, as far as the ring goes without turning. */
static size_t room_from(const struct byte_ring *ring, size_t place, size_t len)
{
    size_t room = ring->size - (place & (ring->size - 1));
    return len < room ? len : room;
}

bool byte_ring_add(struct byte_ring *ring, struct dm_str bytes)
{
    size_t written = atomic_load(&ring->written);
    if (bytes.len > ring->size - (written - atomic_load(&ring->read)))
        return false;
    size_t first = room_from(ring, written, bytes.len);
    memcpy(ring->bytes + (written & (ring->size - 1)), bytes.ptr, first);
    memcpy(ring->bytes, bytes.ptr + first, bytes.len - first);
    atomic_store(&ring->written, written + bytes.len);
    return true;
}

struct dm_str byte_ring_first(struct byte_ring *ring)
{
    size_t read = atomic_load(&ring->read);
    size_t len = room_from(ring, read, atomic_load(&ring->written) - read);
    return (struct dm_str){ring->bytes + (read & (ring->size - 1)), len};
}

void byte_ring_drop(struct byte_ring *ring, size_t len)
{
    atomic_store(&ring->read, atomic_load(&ring->read) + len);
}
