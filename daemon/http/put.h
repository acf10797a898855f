/* Writing a header field's value where there is known to be room: no terminator. */
#ifndef DYNAMOD_DAEMON_HTTP_PUT_H
#define DYNAMOD_DAEMON_HTTP_PUT_H

#include <stdint.h>
#include <string.h>

#include "base/macros.h"

enum { PUT_NUMBER_MAX = 20 }; /* bytes of the longest */

static inline char *put_text(char *to, struct dm_str text)
{
    return mempcpy(to, text.ptr, text.len);
}

static inline char *put_number(char *to, uint64_t number)
{
    char digits[PUT_NUMBER_MAX], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    return put_text(to, (struct dm_str){at, (size_t)(digits + sizeof digits - at)});
}

#endif
