/* Whether a request may go on: it counts against what may wait, be held in memory, or be
 * asked for a second. Each refusal is counted and told. */
#ifndef DYNAMOD_DAEMON_LIMIT_ADMISSION_H
#define DYNAMOD_DAEMON_LIMIT_ADMISSION_H

#include "base/macros.h"

struct exchange;

/* Its route and who asks are known, its body is yet to come: counted against the limits
 * of its principal, then of its app. DM_E_OVERLOADED, PROBLEM_RATE_LIMITED. */
DM_MUST_USE enum dm_code admission_ask(struct exchange *exchange, struct dm_error *err);

/* It is about to be handled: whether too many wait already. DM_E_OVERLOADED, and the
 * connection ends with the answer. */
DM_MUST_USE enum dm_code admission_check_room(struct exchange *exchange,
                                              struct dm_error *err);

/* It waits, and does so no more: idempotent. */
void admission_wait(struct exchange *exchange);
void admission_go_on(struct exchange *exchange);

/* It has ended: what it consumed is charged, what it held is given back. */
void admission_end(struct exchange *exchange);

/* The problem, of a target or a body that is too long. */
enum dm_code admission_refuse_target(struct exchange *exchange, struct dm_error *err);
enum dm_code admission_refuse_body(struct exchange *exchange, size_t most,
                                   struct dm_error *err);

/* DM_E_OVERLOADED. */
enum dm_code admission_refuse_memory(struct exchange *exchange, const char *why,
                                     struct dm_error *err);

/* Its page, then its reply, takes so much memory. DM_E_OVERLOADED: there is no room. */
DM_MUST_USE enum dm_code admission_hold(struct exchange *exchange, size_t bytes,
                                        struct dm_error *err);

/* Its reply is about to be sent: held, or a problem in its place. */
void admission_hold_reply(struct exchange *exchange);

#endif
