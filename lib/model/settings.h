/*
 * Reading a libconfig file by a table: one row a setting. The only file that sees
 * libconfig.
 *
 * An unknown name, a wrong type or an impossible value is DM_E_CONFIG: "FILE:LINE: NAME:
 * expected …". What is absent from the file keeps the value that the target had.
 */
#ifndef DYNAMOD_MODEL_SETTINGS_H
#define DYNAMOD_MODEL_SETTINGS_H

#include "base/buf.h"
#include "value/value.h"

enum setting_type {
    SETTING_STRING,  /* struct dm_str, in the arena; terminated; not empty unless min is 0
                      */
    SETTING_STRINGS, /* struct setting_strings: an array of strings, or one string */
    SETTING_BOOL,    /* bool */
    SETTING_COUNT,   /* unsigned, min … max */
    SETTING_SECONDS, /* unsigned, milliseconds; written in seconds, whole or not; min …
                        max ms */
    SETTING_GROUP,   /* a group with a table of its own, read into the value */
    SETTING_NODE,    /* struct settings_node *: kept, for whoever reads it later */
    SETTING_READ     /* anything: `read` does it */
};

struct setting_strings {
    struct dm_str *at;
    size_t count;
};

struct settings;      /* an open file */
struct settings_node; /* a place in it */
struct setting_table;

struct setting {
    const char *name;
    const char *doc; /* sentences for the manual page; limits and the preset are added */
    enum setting_type type;
    size_t offset; /* of the value in the target */
    unsigned min, max;
    const char *expected; /* "a URL: https://…"; NULL: made from the type, min and max */
    enum dm_code (*read)(struct settings *file, struct settings_node *node, void *value,
                         struct dm_error *err);
    const struct setting_table *group; /* SETTING_GROUP: what reads it. Of other types:
                                          what is in it, for settings_show */
    bool many;          /* it holds any number of such groups, listed or named */
    bool inherits;      /* what such a group does not set is its outer's, not a preset */
    bool is_secret;     /* its value is never shown */
    const char *preset; /* its default as a file has it, "10", "[ \"read\" ]", "{}" for a
                           group of presets; NULL: none, or what cannot be said so */
};

struct setting_table {
    const struct setting *rows;
    size_t count;
};

/* Texts live in `arena`. DM_E_CONFIG for a file that cannot be read or parsed. */
DM_MUST_USE enum dm_code settings_open(const char *path, struct arena *arena,
                                       struct settings **ret_file, struct dm_error *err);
void settings_free(struct settings *file);
DM_AUTO_DEFINE(settings, settings_free)

/* All that it says, what it includes too, in one text whatever its layout. Initialises
 * the buffer; a failure stays in it. */
void settings_text(const struct settings *file, struct dm_buf *ret_text);

struct settings_node *settings_root(struct settings *file);

/* Reads the group by its table. */
DM_MUST_USE enum dm_code settings_read(struct settings *file, struct settings_node *group,
                                       const struct setting *table, size_t count,
                                       void *target, struct dm_error *err);

/* For `read`: what a node is, and what is in it. */
bool settings_is_group(const struct settings_node *node);
bool settings_is_list(const struct settings_node *node); /* a list or an array */
size_t settings_count(const struct settings_node *node);
struct settings_node *settings_at(const struct settings_node *node, size_t index);
struct dm_str settings_name(const struct settings_node *node);
/* DM_E_CONFIG when it is no string. Copied into the file's arena. */
DM_MUST_USE enum dm_code settings_string(struct settings *file,
                                         struct settings_node *node,
                                         struct dm_str *ret_text, struct dm_error *err);
/* DM_E_CONFIG when it is neither true nor false. */
DM_MUST_USE enum dm_code settings_bool(struct settings *file, struct settings_node *node,
                                       bool *ret_value, struct dm_error *err);
/* False when it is none. */
bool settings_number(const struct settings_node *node, double *ret_number);
struct arena *settings_arena(struct settings *file);

/* Any value, as plain JSON would say it: a group is an M, a list or array an L, numbers
 * are N. Copied likewise. DM_E_CONFIG: no UTF-8, no DynamoDB number, nested too deep. */
DM_MUST_USE enum dm_code settings_value(struct settings *file, struct settings_node *node,
                                        struct dm_value *ret_value, struct dm_error *err);

/* A path as it is, or, when it does not begin with /, beside the file. */
DM_MUST_USE enum dm_code settings_path(struct settings *file, struct dm_str path,
                                       struct dm_str *ret_path, struct dm_error *err);

/* The group's setting of that name, or the group itself: where an error about it is. */
const struct settings_node *settings_place(const struct settings_node *group,
                                           const char *name);

/* "FILE:LINE: what", terminated, for errors that are found later; in the arena. */
DM_MUST_USE enum dm_code settings_where(struct settings *file,
                                        const struct settings_node *node,
                                        const char *what, struct dm_str *ret_place,
                                        struct dm_error *err);

/* DM_E_CONFIG at that node: "FILE:LINE: what" */
enum dm_code settings_error(struct settings *file, const struct settings_node *node,
                            const char *what, struct dm_error *err);

/* DM_E_CONFIG at that node: "FILE:LINE: NAME: expected …". */
enum dm_code settings_expected(struct settings *file, const struct settings_node *node,
                               struct dm_error *err, const char *format, ...)
    DM_PRINTF(4, 5);

#ifdef __clang_analyzer__
#define settings_expected(...) ((void)(settings_expected)(__VA_ARGS__), DM_E_CONFIG)
#endif

#endif
