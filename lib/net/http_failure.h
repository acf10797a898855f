/* What libcurl's codes mean to us. */
#ifndef DYNAMOD_NET_HTTP_FAILURE_H
#define DYNAMOD_NET_HTTP_FAILURE_H

#include <curl/curl.h>

#include "net/http.h"

/* Of a transfer that ended so, whose request had begun to be sent or not. Fills err. */
enum http_failure http_failure_of(CURLcode code, bool began, struct dm_error *err);

#endif
