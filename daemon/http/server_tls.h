/* What libmicrohttpd is told of TLS; all else is each connection's (tls.h). */
#ifndef DYNAMOD_DAEMON_HTTP_SERVER_TLS_H
#define DYNAMOD_DAEMON_HTTP_SERVER_TLS_H

#include <microhttpd.h>

enum { SERVER_TLS_OPTIONS = 4 };

/* For MHD_OPTION_ARRAY, with its end. */
void server_tls_options(struct MHD_OptionItem options[SERVER_TLS_OPTIONS]);

#endif
