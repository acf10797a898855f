/*
 * A pull reader over JSON text (RFC 8259), for items: numbers stay text, nothing is built
 * that was not asked for. Strict: UTF-8, no lone surrogates, a maximal depth. The prefix
 * is reader_, because json_ is jansson's.
 */
#ifndef DYNAMOD_CODEC_JSON_READER_H
#define DYNAMOD_CODEC_JSON_READER_H

#include "base/arena.h"

enum reader_type {
    READER_OBJECT,
    READER_ARRAY,
    READER_STRING,
    READER_NUMBER,
    READER_BOOL,
    READER_NULL,
    READER_INVALID /* end of text, or what begins no value */
};

struct json_reader {
    const char *start, *at, *end;
    unsigned depth, max_depth; /* objects and arrays that are open */
    bool begun;                /* one was opened, and nothing of it read yet */
    struct arena *arena;
};

/* Strings with escapes are decoded into `arena`; all others are lent by `text`. */
void reader_init(struct json_reader *reader, struct dm_str text, unsigned max_depth,
                 struct arena *arena);

/* DM_E_INVALID for what stands at the reader's place: "byte 12: …". For what JSON allows
 * and its user does not. */
enum dm_code reader_fail(const struct json_reader *reader, struct dm_error *err,
                         const char *format, ...) DM_PRINTF(3, 4);

#ifdef __clang_analyzer__
#define reader_fail(...) ((void)(reader_fail)(__VA_ARGS__), DM_E_INVALID)
#endif

/* What the next value is, consuming only white space. */
enum reader_type reader_peek(struct json_reader *reader);

/*
 * Objects: reader_object_begin, then reader_object_next until *ret_more is false; between
 * two calls read (or reader_skip) exactly one value. Arrays likewise. Errors are
 * DM_E_INVALID with the byte offset. Duplicate names are the caller's to find (it keeps
 * the names).
 */
DM_MUST_USE enum dm_code reader_object_begin(struct json_reader *reader,
                                             struct dm_error *err);
DM_MUST_USE enum dm_code reader_object_next(struct json_reader *reader,
                                            struct dm_str *ret_name, bool *ret_more,
                                            struct dm_error *err);
DM_MUST_USE enum dm_code reader_array_begin(struct json_reader *reader,
                                            struct dm_error *err);
DM_MUST_USE enum dm_code reader_array_next(struct json_reader *reader, bool *ret_more,
                                           struct dm_error *err);

DM_MUST_USE enum dm_code reader_string(struct json_reader *reader,
                                       struct dm_str *ret_text, struct dm_error *err);
/* The number's own characters. */
DM_MUST_USE enum dm_code reader_number(struct json_reader *reader,
                                       struct dm_str *ret_text, struct dm_error *err);
DM_MUST_USE enum dm_code reader_bool(struct json_reader *reader, bool *ret_value,
                                     struct dm_error *err);
DM_MUST_USE enum dm_code reader_null(struct json_reader *reader, struct dm_error *err);

/* Over one value of any type, checked as strictly. */
DM_MUST_USE enum dm_code reader_skip(struct json_reader *reader, struct dm_error *err);

/* Nothing but white space is left. */
DM_MUST_USE enum dm_code reader_end(struct json_reader *reader, struct dm_error *err);

#endif
