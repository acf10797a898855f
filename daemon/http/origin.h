/* Which server a request is for, and which page it is from. */
#ifndef DYNAMOD_DAEMON_HTTP_ORIGIN_H
#define DYNAMOD_DAEMON_HTTP_ORIGIN_H

#include "base/error.h"

struct exchange;

/* Whose name a request goes by: its target's authority, where it has one (RFC 9112
 * section 3.2.2), else its Host's. PROBLEM_MALFORMED_REQUEST: it is no name. Sets
 * is_misdirected where it is no name of ours. */
DM_MUST_USE enum dm_code origin_check(struct exchange *exchange, struct dm_error *err);

/* PROBLEM_MISDIRECTED_REQUEST, where that is set; DM_E_FORBIDDEN, where a browser asks
 * for a page of an origin that may not. */
DM_MUST_USE enum dm_code origin_refuse(const struct exchange *exchange,
                                       struct dm_error *err);

#endif
