/*
 * The parameters of a request: one table of what there is, from the query or from a body
 * that is an object of them. What is none of the table's is a filter where the route
 * takes filters.
 */
#ifndef DYNAMOD_DAEMON_HTTP_PARAMETERS_H
#define DYNAMOD_DAEMON_HTTP_PARAMETERS_H

#include "base/arena.h"

/* Sets of them are sums: what a route takes. */
enum parameter {
    PARAMETER_CONSISTENT_READ = 1 << 0,
    PARAMETER_ATTRIBUTES_TO_GET = 1 << 1,
    PARAMETER_MESSAGE = 1 << 2,
    PARAMETER_HASH = 1 << 3,
    PARAMETER_RANGE = 1 << 4,
    PARAMETER_LIMIT = 1 << 5,
    PARAMETER_AFTER = 1 << 6,
    PARAMETER_ORDER = 1 << 7,
    PARAMETER_COUNT = 1 << 8,
    PARAMETER_RAW = 1 << 9,
    PARAMETER_EXPLAIN = 1 << 10,
    PARAMETER_UPSERT = 1 << 11,
    PARAMETER_REFRESH = 1 << 12, /* the admin's: elsewhere it is an attribute's name */
    PARAMETER_FILTERS = 1 << 13  /* attr=op.value, and=(…), or=(…) */
};

/* What an item takes, the first of several, a page of them; without their keys. */
enum {
    ITEM_PARAMETERS = PARAMETER_CONSISTENT_READ | PARAMETER_ATTRIBUTES_TO_GET |
                      PARAMETER_MESSAGE | PARAMETER_RAW | PARAMETER_EXPLAIN,
    FIRST_PARAMETERS =
        ITEM_PARAMETERS | PARAMETER_HASH | PARAMETER_ORDER | PARAMETER_FILTERS,
    PAGE_PARAMETERS = PARAMETER_CONSISTENT_READ | PARAMETER_ATTRIBUTES_TO_GET |
                      PARAMETER_LIMIT | PARAMETER_AFTER | PARAMETER_ORDER |
                      PARAMETER_COUNT | PARAMETER_EXPLAIN | PARAMETER_FILTERS
};

struct parameter_row;

/* Reads the value into its field of struct parameters. */
typedef enum dm_code (*parameter_fn)(const struct parameter_row *row, struct dm_str value,
                                     void *field, struct dm_error *err);

/* One row: what the router checks and the OpenAPI document says. */
struct parameter_row {
    enum parameter parameter;
    const char *name;        /* "limit" */
    const char *description; /* one sentence, for people */
    const char *schema;      /* JSON Schema, as JSON text */
    parameter_fn read;
    size_t offset; /* of the field */
};
extern const struct parameter_row parameter_rows[];
extern const size_t parameter_row_count;

/* A name and a value as they came, decoded. */
struct parameter_text {
    struct dm_str name, value;
};

/* Those of a target and a body together. Zero it, then add. */
enum { PARAMETERS_MAX = 128 };
struct parameter_list {
    struct parameter_text *at; /* in the arena */
    size_t count, cap;
};

/* PROBLEM_INVALID_QUERY past PARAMETERS_MAX. */
DM_MUST_USE enum dm_code parameter_list_add(struct parameter_list *list,
                                            const struct parameter_text *text,
                                            struct arena *arena, struct dm_error *err);

/* Texts are lent by whoever gave them; ptr NULL: not given. */
struct parameters {
    unsigned given; /* a set; flags that are false are not in it */
    bool consistent_read, descending, count, explain, upsert;
    unsigned limit, refresh_s; /* 0: not given */
    struct dm_str attributes_to_get, message, hash, range, after, raw;
    struct dm_filter *filters; /* in the arena */
    size_t filter_count;
};

/*
 * Sorts the texts into *ret_parameters; `taken` is the route's set.
 * PROBLEM_UNKNOWN_PARAMETER (passed over when lenient), PROBLEM_DUPLICATE_PARAMETER,
 * PROBLEM_INVALID_PARAMETER, DM_E_INVALID_PROJECTION, DM_E_INVALID_TOKEN; the hint says
 * what there is.
 */
DM_MUST_USE enum dm_code parameters_read(const struct parameter_list *list,
                                         unsigned taken, bool lenient,
                                         struct arena *arena,
                                         struct parameters *ret_parameters,
                                         struct dm_error *err);

/* For a route whose parameters depend on its model: PROBLEM_UNKNOWN_PARAMETER for one
 * given that is not in `taken`. */
DM_MUST_USE enum dm_code parameters_check(const struct parameters *parameters,
                                          unsigned taken, struct dm_error *err);

#endif
