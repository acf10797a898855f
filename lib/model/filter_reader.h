/* The parts of a filter's text: operators, operands, paths. */
#ifndef DYNAMOD_MODEL_FILTER_READER_H
#define DYNAMOD_MODEL_FILTER_READER_H

#include "codec/operand_text.h"
#include "model/filter.h"

/* What stands behind the operator. */
enum operator_takes {
    TAKES_ONE,  /* eq.5 */
    TAKES_TWO,  /* between.(1,9) */
    TAKES_MANY, /* in.(1,2,3) */
    TAKES_BOOL, /* exists.true */
    TAKES_TYPE  /* type.S */
};

struct filter_operator {
    struct dm_str name;
    enum condition_kind kind;
    enum operator_takes takes;
};

/* A text being read, moved on as it is. */
struct filter_reader {
    const struct filter_place *place;
    struct arena *arena;
    struct dm_str rest;
    bool nested; /* inside parentheses: an operand ends at , or ) */
};

/* "not.eq." or "eq." at the start of the rest: moves past it. False: there is none. */
bool filter_read_operator(struct filter_reader *reader,
                          const struct filter_operator **ret_operator, bool *ret_negated);

/* Moves past that one character. False: another stands there. */
bool filter_read_char(struct filter_reader *reader, char c);

/* A path that ends before an operator, as inside parentheses; ret_text is as it was
 * written. DM_E_INVALID_FILTER. */
DM_MUST_USE enum dm_code filter_read_path(struct filter_reader *reader,
                                          struct dm_str *ret_text, struct path *ret_path,
                                          struct dm_error *err);

/* A text that is one path from end to end. */
DM_MUST_USE enum dm_code filter_path(struct dm_str text, struct arena *arena,
                                     struct path *ret_path, struct dm_error *err);

/* What the operator takes, of the attribute at the path, as a condition. `name` is the
 * path's text, for the messages. */
DM_MUST_USE enum dm_code filter_read_operands(struct filter_reader *reader,
                                              const struct filter_operator *operator,
                                              struct dm_str name, const struct path *path,
                                              struct condition *ret_condition,
                                              struct dm_error *err);

/* DM_E_INVALID_FILTER: "filter "name": what". */
enum dm_code filter_wrong(struct dm_error *err, struct dm_str name, const char *format,
                          ...) DM_PRINTF(3, 4);

#ifdef __clang_analyzer__
#define filter_wrong(...) ((void)(filter_wrong)(__VA_ARGS__), DM_E_INVALID_FILTER)
#endif

#endif
