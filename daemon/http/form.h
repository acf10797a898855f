/* Names and values as HTML forms send them, and the queries of targets: a=1&b=x+y. */
#ifndef DYNAMOD_DAEMON_HTTP_FORM_H
#define DYNAMOD_DAEMON_HTTP_FORM_H

#include "daemon/http/parameters.h"
#include "daemon/http/percent.h"

/* Adds them to the list, decoded; text.ptr NULL has none. The kind's problem. */
DM_MUST_USE enum dm_code form_read(const struct percent_text *kind, struct dm_str text,
                                   struct arena *arena, struct parameter_list *list,
                                   struct dm_error *err);

#endif
