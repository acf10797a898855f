/*
 * In place of the HTTP client (net/http.h): requests go nowhere, and are answered out of
 * a script, each in a later turn of the loop. Link fake_http.c, and libcurl is left out.
 *
 * A script is replies with a line "--" between each two. A reply is its status, header
 * fields, a line each, an empty line, and the body:
 *
 *     200
 *     x-amz-crc32: 1
 *
 *     {}
 *
 * A word in place of the status is a failure: "unsent", "lost", "late", "bad". So is what
 * is asked for when the script is over: it is lost.
 */
#ifndef DYNAMOD_TESTS_FUZZ_FAKE_HTTP_H
#define DYNAMOD_TESTS_FUZZ_FAKE_HTTP_H

#include "net/http.h"

/* From now on, of all clients. Lent. */
void fake_http_script(struct dm_str script);

/* How many requests there were since. */
unsigned fake_http_requests(void);

#endif
