/*
 * The outer shape of a document that asks for many things: its members and elements, each
 * as it stands in the text. What they mean is for others to read.
 */
#ifndef DYNAMOD_MODEL_DOCUMENT_H
#define DYNAMOD_MODEL_DOCUMENT_H

#include "codec/json_reader.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 };

/* DM_E_INVALID. */
DM_MUST_USE enum dm_code document_check_size(struct dm_str text, struct dm_error *err);

/* A member that an object may have. */
struct document_member {
    const char *name;
    enum reader_type type;
};

/*
 * An object's members in the order of `members`; ptr NULL: it is not there. Lent by the
 * text. DM_E_INVALID: no object, trailing bytes, a name twice, a member of another name
 * or type.
 */
DM_MUST_USE enum dm_code document_object(struct dm_str text,
                                         const struct document_member *members,
                                         size_t count, struct dm_str *ret_values,
                                         struct dm_error *err);

/* An array's elements, lent by the text; the array of them is the arena's. A text that is
 * not there (ptr NULL) has none. */
DM_MUST_USE enum dm_code document_array(struct dm_str text, struct arena *arena,
                                        struct dm_str **ret_elements, size_t *ret_count,
                                        struct dm_error *err);

/* A string's text, {NULL, 0} when it is not there. */
DM_MUST_USE enum dm_code document_string(struct dm_str text, struct arena *arena,
                                         struct dm_str *ret_string, struct dm_error *err);

/* Not there: false. */
bool document_is_true(struct dm_str text);

/* The error of one entry as that of the whole: "put[3]: …". Returns its code. err may be
 * `why`. */
enum dm_code document_blame(const char *name, size_t index, const struct dm_error *why,
                            struct dm_error *err);

#endif
