/* Points in time as text: ISO 8601 in the profile of RFC 3339, and what people leave out
 * of it. */
#ifndef DYNAMOD_BASE_ISO8601_H
#define DYNAMOD_BASE_ISO8601_H

#include <stdint.h>

#include "base/buf.h"

/* UTC, of the years 0001 to 9999. */
struct instant {
    int64_t seconds; /* since 1970-01-01T00:00:00Z, rounded down */
    unsigned micros; /* 0 to 999 999 */
};

/*
 * Reads "2024-01-02T03:04:05.000006+01:00". The zone may be Z, +hh:mm, +hhmm or +hh, and
 * is UTC when left out; so may be the fraction (1 to 9 digits, cut to micros), the
 * seconds, the time, the day and the month: what is left out is its beginning. A space
 * or `t` may stand for the T. False when it is no such text.
 */
bool iso8601_read(struct dm_str text, struct instant *ret_instant);

/* Appends "2024-01-02T03:04:05.000006Z", without the fraction where it is zero. */
void iso8601_write(const struct instant *instant, struct dm_buf *out);

/* Its parts, for other forms. */
struct civil_time {
    int year;
    unsigned month, day, hour, minute, second;
};
struct civil_time instant_civil(const struct instant *instant);

#endif
