/* Where a request belongs in a distributed trace (W3C Trace Context, section 3.2). */
#ifndef DYNAMOD_DAEMON_HTTP_TRACEPARENT_H
#define DYNAMOD_DAEMON_HTTP_TRACEPARENT_H

#include "base/macros.h"

/* "00-<32 hex>-<16 hex>-<2 hex>" in lower case, neither id all zero; a version after 00
 * may go on. What is not valid is to be ignored. */
bool traceparent_valid(struct dm_str text);

#endif
