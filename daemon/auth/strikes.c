/* Strikes. */
#include "daemon/auth/strikes.h"

#include "base/str.h"

static struct peer_key key_of(const struct peer *peer)
{
    static const unsigned char mapped[12] = {[10] = 0xff, 0xff};
    bool is_ipv4 = memcmp(peer->address, mapped, sizeof mapped) == 0;
    struct peer_key key = {.uid = peer->has_ids ? (uint64_t)peer->uid + 1 : 0};
    memcpy(key.address, peer->address, is_ipv4 ? sizeof key.address : 8);
    return key;
}

static size_t set_of(const struct strikes *strikes, const struct peer_key *who)
{
    return siphash(&strikes->key, (struct dm_str){(const char *)who, sizeof *who}) %
           STRIKE_SETS;
}

static const struct strike *find(const struct strikes *strikes,
                                 const struct peer_key *who, int64_t now_ms)
{
    const struct strike *set = strikes->sets[set_of(strikes, who)];
    for (size_t i = 0; i < STRIKE_WAYS; i++)
        if (set[i].ends_ms > now_ms && memcmp(&set[i].who, who, sizeof *who) == 0)
            return &set[i];
    return NULL;
}

/* The one that is there, or the first that ends. */
static struct strike *place_of(struct strikes *strikes, const struct peer_key *who,
                               int64_t now_ms)
{
    struct strike *set = strikes->sets[set_of(strikes, who)], *oldest = set;
    for (size_t i = 0; i < STRIKE_WAYS; i++) {
        if (set[i].ends_ms > now_ms && memcmp(&set[i].who, who, sizeof *who) == 0)
            return &set[i];
        if (set[i].ends_ms < oldest->ends_ms)
            oldest = &set[i];
    }
    *oldest = (struct strike){.who = *who, .ends_ms = now_ms + STRIKE_WINDOW_MS};
    return oldest;
}

void strikes_add(struct strikes *strikes, const struct peer *peer, int64_t now_ms)
{
    struct peer_key who = key_of(peer);
    place_of(strikes, &who, now_ms)->count++;
}

int64_t strikes_wait_ms(const struct strikes *strikes, const struct peer *peer,
                        unsigned most, int64_t now_ms)
{
    struct peer_key who = key_of(peer);
    const struct strike *strike = most ? find(strikes, &who, now_ms) : NULL;
    return strike && strike->count >= most ? strike->ends_ms - now_ms : 0;
}
