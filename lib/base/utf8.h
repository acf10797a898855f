/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing past U+10FFFF. */
#ifndef DYNAMOD_BASE_UTF8_H
#define DYNAMOD_BASE_UTF8_H

#include "base/macros.h"

bool utf8_valid(struct dm_str text);

/* The largest length <= len that does not end inside a character; text has at least len
 * bytes. */
size_t utf8_cut(const char *text, size_t len);

/* Writes the code point (<= U+10FFFF, no surrogate) to out[4]; returns how many bytes it
 * took. */
size_t utf8_encode(unsigned code_point, char out[4]);

#endif
