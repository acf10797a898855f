/* A body that is parameters: a JSON object of them, or a form. */
#ifndef DYNAMOD_DAEMON_HTTP_QUERY_BODY_H
#define DYNAMOD_DAEMON_HTTP_QUERY_BODY_H

#include "daemon/http/content.h"
#include "daemon/http/parameters.h"

/*
 * Adds them to the list. In JSON a value is a string, a number, true or false; an array
 * of such gives the parameter once for each. Texts are in the arena, or lent by the body.
 * PROBLEM_INVALID_BODY.
 */
DM_MUST_USE enum dm_code query_body_read(enum content content, struct dm_str body,
                                         struct arena *arena, struct parameter_list *list,
                                         struct dm_error *err);

#endif
