/* Filling in a dm_error. */
#ifndef DYNAMOD_BASE_ERROR_H
#define DYNAMOD_BASE_ERROR_H

#include "base/macros.h"

/* Makes *err an error of that code and message, all else empty; returns the code. err may
 * be NULL. A message that is too long is cut at a UTF-8 character. */
enum dm_code error_set(struct dm_error *err, enum dm_code code, const char *format, ...)
    DM_PRINTF(3, 4);

/* Adds what to do about it. */
void error_hint(struct dm_error *err, const char *format, ...) DM_PRINTF(2, 3);

enum dm_code error_nomem(struct dm_error *err);

/* Clang's analyzer sees a file at a time, and takes what these, and the like of them
 * elsewhere, return for anything. */
#ifdef __clang_analyzer__
#define error_set(err, code, ...) ((void)(error_set)(err, code, __VA_ARGS__), (code))
#define error_nomem(err) ((void)(error_nomem)(err), DM_E_NOMEM)
#endif

#endif
