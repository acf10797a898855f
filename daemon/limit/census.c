/* Counting connections. */
#include "daemon/limit/census.h"

#include <netinet/in.h>

#include "base/mem.h"
#include "base/str.h"

/* An IPv4 address, or the network of an IPv6 one. */
struct place {
    unsigned char bytes[8];
};

struct census_address {
    struct hash_node node;
    struct place place;
    unsigned count;
};

enum dm_code census_init(struct census *census, struct dm_error *err)
{
    *census = (struct census){.connections = 0};
    pthread_mutex_init(&census->mutex, NULL);
    return siphash_key_new(&census->key, err);
}

void census_done(struct census *census)
{
    hash_map_done(&census->addresses);
    pthread_mutex_destroy(&census->mutex);
}

/* --- places --- */

bool census_take_place(struct census *census, unsigned most)
{
    if (atomic_fetch_add(&census->connections, 1) < most)
        return true;
    census_leave_place(census);
    return false;
}

void census_leave_place(struct census *census)
{
    atomic_fetch_sub(&census->connections, 1);
}

/* --- addresses --- */

static void set_ipv4(struct place *place, const void *bytes)
{
    *place = (struct place){{0}};
    memcpy(place->bytes, bytes, 4);
}

/* Whoever has an IPv6 address has a network of them (RFC 4291 section 2.5.1). */
static void set_ipv6(struct place *place, const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        set_ipv4(place, &address->s6_addr[12]);
    else
        memcpy(place->bytes, address->s6_addr, sizeof place->bytes);
}

/* False: it has none. */
static bool find_place(const struct sockaddr *address, struct place *ret_place)
{
    const void *any = address;
    if (!address)
        return false;
    switch (address->sa_family) {
    case AF_INET:
        set_ipv4(ret_place, &((const struct sockaddr_in *)any)->sin_addr);
        return true;
    case AF_INET6:
        set_ipv6(ret_place, &((const struct sockaddr_in6 *)any)->sin6_addr);
        return true;
    default:
        return false;
    }
}

static uint64_t hash_of(const struct census *census, const struct place *place)
{
    return siphash(&census->key,
                   (struct dm_str){(const char *)place->bytes, sizeof place->bytes});
}

static struct census_address *find(const struct census *census, const struct place *place,
                                   uint64_t hash)
{
    struct hash_node *node = hash_map_first(&census->addresses, hash);
    for (; node; node = hash_map_next(node)) {
        struct census_address *at = DM_CONTAINER(node, struct census_address, node);
        if (memcmp(&at->place, place, sizeof *place) == 0)
            return at;
    }
    return NULL;
}

static struct census_address *add(struct census *census, const struct place *place,
                                  uint64_t hash)
{
    struct census_address *address = mem_new(sizeof *address);
    if (!address)
        return NULL;
    address->place = *place;
    if (hash_map_add(&census->addresses, &address->node, hash))
        return address;
    mem_free(address);
    return NULL;
}

static bool has_room(const struct census_address *address, unsigned most)
{
    return !most || !address || address->count < most;
}

static enum dm_code enter(struct census *census, const struct place *place, unsigned most)
{
    uint64_t hash = hash_of(census, place);
    struct census_address *at = find(census, place, hash);
    if (!has_room(at, most))
        return DM_E_OVERLOADED;
    if (!at)
        at = add(census, place, hash);
    if (!at)
        return DM_E_NOMEM;
    at->count++;
    return DM_OK;
}

enum dm_code census_enter(struct census *census, const struct sockaddr *address,
                          unsigned most)
{
    struct place place;
    if (!find_place(address, &place))
        return DM_OK;
    pthread_mutex_lock(&census->mutex);
    enum dm_code code = enter(census, &place, most);
    pthread_mutex_unlock(&census->mutex);
    return code;
}

static void leave(struct census *census, const struct place *place)
{
    struct census_address *at = find(census, place, hash_of(census, place));
    if (!at || --at->count > 0)
        return;
    hash_map_remove(&census->addresses, &at->node);
    mem_free(at);
}

void census_leave(struct census *census, const struct sockaddr *address)
{
    struct place place;
    if (!find_place(address, &place))
        return;
    pthread_mutex_lock(&census->mutex);
    leave(census, &place);
    pthread_mutex_unlock(&census->mutex);
}
