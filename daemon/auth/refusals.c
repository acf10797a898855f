/* Refusals. */
#include "daemon/auth/refusals.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "daemon/http/exchange.h"
#include "daemon/log/log.h"

static const char *const reasons[] = {
    [REFUSAL_MISSING] = "missing",
    [REFUSAL_MALFORMED] = "malformed",
    [REFUSAL_WRONG] = "wrong",
    [REFUSAL_TOO_MANY] = "too-many",
};

struct refusal_count {
    struct refusal_count *next;
    const char *listener, *reason; /* static */
    uint64_t count;
    char app[];
};

enum dm_code refusals_init(struct refusals *refusals, struct dm_error *err)
{
    return siphash_key_new(&refusals->strikes.key, err);
}

void refusals_done(struct refusals *refusals)
{
    while (refusals->counts) {
        struct refusal_count *next = refusals->counts->next;
        mem_free(refusals->counts);
        refusals->counts = next;
    }
}

/* --- counting --- */

/* As many as there are apps, kinds of listeners and reasons. Out of memory it is not
 * counted. */
static void count(struct refusals *refusals, const char *listener, const char *app,
                  const char *reason)
{
    size_t size = strlen(app) + 1;
    struct refusal_count *at = refusals->counts;
    while (at && (at->listener != listener || at->reason != reason ||
                  strcmp(at->app, app) != 0))
        at = at->next;
    if (!at) {
        at = mem_new(sizeof *at + size);
        if (!at)
            return;
        memcpy(at->app, app, size);
        at->listener = listener;
        at->reason = reason;
        at->next = refusals->counts;
        refusals->counts = at;
    }
    at->count++;
}

void refusals_add_samples(const struct refusals *refusals, struct samples *samples)
{
    for (const struct refusal_count *at = refusals->counts; at; at = at->next)
        samples_add(samples, METRIC_REFUSED_CALLERS,
                    (struct sample_labels){{at->listener, at->app, at->reason}},
                    (double)at->count);
}

/* --- telling --- */

/* "10.0.0.7", "2001:db8::1", "uid 33". */
static const char *peer_text(const struct peer *peer, char text[INET6_ADDRSTRLEN])
{
    const struct in6_addr *in6 = (const void *)peer->address;
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(in6);
    if (peer->kind != PEER_UNIX)
        return inet_ntop(is_ipv4 ? AF_INET : AF_INET6, peer->address + (is_ipv4 ? 12 : 0),
                         text, INET6_ADDRSTRLEN);
    if (!peer->has_ids)
        return NULL;
    snprintf(text, INET6_ADDRSTRLEN, "uid %ju", (uintmax_t)peer->uid);
    return text;
}

static void tell(const struct exchange *exchange, const char *reason)
{
    char client[INET6_ADDRSTRLEN];
    const struct peer *peer = exchange->peer;
    const struct log_kind kind = {.app = exchange_app_name(exchange), .type = reason};
    const struct log_field fields[] = {
        {"request_id", dm_str(exchange->request_id)},
        {"listener", dm_str(peer ? peer->listener : NULL)},
        {"client", dm_str(peer ? peer_text(peer, client) : NULL)},
        {"app", dm_str(kind.app)},
        {"reason", dm_str(reason)},
    };
    log_folded(LOG_WARNING, "caller refused", &kind, fields, DM_COUNT(fields));
}

void refusals_add(struct refusals *refusals, const struct exchange *exchange,
                  enum refusal refusal)
{
    const struct peer *peer = exchange->peer;
    const char *listener = peer ? peer_kind_name(peer->kind) : "";
    count(refusals, listener, exchange_app_name(exchange), reasons[refusal]);
    if (refusal == REFUSAL_WRONG && peer)
        strikes_add(&refusals->strikes, peer,
                    clock_monotonic_us(exchange->service->clock) / 1000);
    tell(exchange, reasons[refusal]);
}
