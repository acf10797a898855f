/* What HTTP allows as a header field's name and value. */
#ifndef DYNAMOD_NET_HTTP_FIELD_H
#define DYNAMOD_NET_HTTP_FIELD_H

#include "base/macros.h"

/* A token (RFC 9110 section 5.6.2). */
bool field_is_name(struct dm_str text);

/* No control character but the tab (RFC 9110 section 5.5). */
bool field_is_value(struct dm_str text);

#endif
