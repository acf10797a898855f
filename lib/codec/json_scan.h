/* Where plain runs of JSON text end: what the reader and the writer look for alike. */
#ifndef DYNAMOD_CODEC_JSON_SCAN_H
#define DYNAMOD_CODEC_JSON_SCAN_H

#include "base/macros.h"

/* The first `"`, `\` or control character from `at` on, or `end`. */
const char *json_scan_plain(const char *at, const char *end);

/* As json_scan_plain, or the first byte past ASCII. */
const char *json_scan_ascii(const char *at, const char *end);

/* The end of the number (RFC 8259 section 6) that begins at `at`, or NULL when none does.
 */
const char *json_scan_number(const char *at, const char *end);

#endif
