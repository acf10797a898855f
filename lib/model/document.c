/* Taking a document apart. */
#include "model/document.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "value/quote.h"

/* What is around an item: entry, array, document; and an update's groups. */
enum { DEPTH_MAX = DDB_JSON_DEPTH + 8 };

/* Strings that are skipped are decoded, too. */
enum { SCRATCH_MAX = DOCUMENT_MAX + 4 * 1024 * 1024 };

enum dm_code document_check_size(struct dm_str text, struct dm_error *err)
{
    if (text.len <= DOCUMENT_MAX)
        return DM_OK;
    return error_set(err, DM_E_INVALID, "the document is over %d MB",
                     DOCUMENT_MAX / (1024 * 1024));
}

/* The value at the reader's place. */
static enum dm_code slice(struct json_reader *reader, struct dm_str *ret_value,
                          struct dm_error *err)
{
    reader_peek(reader);
    const char *start = reader->at;
    DM_TRY(reader_skip(reader, err));
    *ret_value = (struct dm_str){start, (size_t)(reader->at - start)};
    return DM_OK;
}

/* --- objects --- */

static const char *const type_names[] = {
    [READER_OBJECT] = "an object",   [READER_ARRAY] = "an array",
    [READER_STRING] = "a string",    [READER_NUMBER] = "a number",
    [READER_BOOL] = "true or false", [READER_NULL] = "null",
};

static enum dm_code find_member(const struct document_member *members, size_t count,
                                struct dm_str name, size_t *ret_index,
                                struct dm_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, dm_str(members[i].name))) {
            *ret_index = i;
            return DM_OK;
        }
    return error_set(err, DM_E_INVALID, "\"%s\" is not known here", quote(name).text);
}

static enum dm_code read_member(struct json_reader *reader,
                                const struct document_member *member,
                                struct dm_str *value, struct dm_error *err)
{
    if (value->ptr)
        return error_set(err, DM_E_INVALID, "\"%s\" is given twice", member->name);
    if (reader_peek(reader) != member->type)
        return error_set(err, DM_E_INVALID, "\"%s\": expected %s", member->name,
                         type_names[member->type]);
    return slice(reader, value, err);
}

static enum dm_code read_members(struct json_reader *reader,
                                 const struct document_member *members, size_t count,
                                 struct dm_str *values, struct dm_error *err)
{
    DM_TRY(reader_object_begin(reader, err));
    for (;;) {
        struct dm_str name;
        size_t index = 0;
        bool more;
        DM_TRY(reader_object_next(reader, &name, &more, err));
        if (!more)
            return reader_end(reader, err);
        DM_TRY(find_member(members, count, name, &index, err));
        DM_TRY(read_member(reader, &members[index], &values[index], err));
    }
}

enum dm_code document_object(struct dm_str text, const struct document_member *members,
                             size_t count, struct dm_str *ret_values,
                             struct dm_error *err)
{
    DM_AUTO_DONE(arena) scratch;
    struct json_reader reader;
    arena_init(&scratch, SCRATCH_MAX);
    reader_init(&reader, text, DEPTH_MAX, &scratch);
    for (size_t i = 0; i < count; i++)
        ret_values[i] = (struct dm_str){NULL, 0};
    return read_members(&reader, members, count, ret_values, err);
}

/* --- arrays --- */

static enum dm_code read_elements(struct json_reader *reader, struct dm_str *elements,
                                  size_t *ret_count, struct dm_error *err)
{
    size_t count = 0;
    DM_TRY(reader_array_begin(reader, err));
    for (;;) {
        struct dm_str element;
        bool more;
        DM_TRY(reader_array_next(reader, &more, err));
        if (!more)
            break;
        DM_TRY(slice(reader, &element, err));
        if (elements)
            elements[count] = element;
        count++;
    }
    *ret_count = count;
    return reader_end(reader, err);
}

/* Read twice: counted, then kept. */
enum dm_code document_array(struct dm_str text, struct arena *arena,
                            struct dm_str **ret_elements, size_t *ret_count,
                            struct dm_error *err)
{
    DM_AUTO_DONE(arena) scratch;
    struct json_reader reader;
    size_t count = 0;
    arena_init(&scratch, 2 * SCRATCH_MAX);
    reader_init(&reader, text, DEPTH_MAX, &scratch);
    if (text.ptr)
        DM_TRY(read_elements(&reader, NULL, &count, err));
    struct dm_str *elements = arena_alloc(arena, (count + 1) * sizeof *elements);
    if (!elements)
        return error_nomem(err);
    reader_init(&reader, text, DEPTH_MAX, &scratch);
    if (text.ptr)
        DM_TRY(read_elements(&reader, elements, &count, err));
    *ret_elements = elements;
    *ret_count = count;
    return DM_OK;
}

/* --- scalars --- */

enum dm_code document_string(struct dm_str text, struct arena *arena,
                             struct dm_str *ret_string, struct dm_error *err)
{
    struct json_reader reader;
    struct dm_str string = {NULL, 0};
    reader_init(&reader, text, 0, arena);
    if (text.ptr)
        DM_TRY(reader_string(&reader, &string, err));
    *ret_string = string;
    return DM_OK;
}

bool document_is_true(struct dm_str text)
{
    return str_equal(text, STR("true"));
}

enum dm_code document_blame(const char *name, size_t index, const struct dm_error *why,
                            struct dm_error *err)
{
    struct dm_error blamed = *why;
    error_set(&blamed, why->code, "%s[%zu]: %s", name, index, why->message);
    memcpy(blamed.hint, why->hint, sizeof blamed.hint);
    if (err)
        *err = blamed;
    return blamed.code;
}
