/* Somebody's bytes, made fit to stand in an error message. */
#ifndef DYNAMOD_VALUE_QUOTE_H
#define DYNAMOD_VALUE_QUOTE_H

#include "base/macros.h"

enum { QUOTE_MAX = 64 };

struct quote {
    char text[QUOTE_MAX + sizeof "…"];
};

/* Printable UTF-8, terminated: what is not (controls, bytes that are not UTF-8) as \xNN,
 * and what is past QUOTE_MAX bytes as "…". */
struct quote quote(struct dm_str bytes);

#endif
