/* Reading document paths. */
#include "expr/path.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

/* A map or list may be nested 32 deep (ServiceQuotas), so no longer path leads anywhere.
 */
enum { MAX_STEPS = 32, MAX_INDEX = 999999 };

static bool ends_name(char c)
{
    return c == '.' || c == '[' || c == ']' || c == ',' || c == '"' ||
           (unsigned char)c <= ' ';
}

static void advance(struct dm_str *text, size_t len)
{
    text->ptr += len;
    text->len -= len;
}

static enum dm_code bad_path(struct dm_error *err, const char *what)
{
    return error_set(err, DM_E_INVALID,
                     "%s in a document path; expected names like a, b.c, d[0] or \"odd "
                     "name\".x",
                     what);
}

/* What stands between the quotes; *text is at the opening one. */
static enum dm_code read_quoted(struct dm_str *text, struct arena *arena,
                                struct dm_str *ret_name, struct dm_error *err)
{
    char *name = arena_alloc(arena, text->len);
    if (!name)
        return error_nomem(err);
    size_t len = 0, at = 1;
    for (; at < text->len && text->ptr[at] != '"'; at++) {
        if (text->ptr[at] == '\\' && at + 1 < text->len)
            at++;
        name[len++] = text->ptr[at];
    }
    if (at >= text->len)
        return bad_path(err, "a quote that is not closed");
    advance(text, at + 1);
    *ret_name = (struct dm_str){name, len};
    return DM_OK;
}

static enum dm_code read_name(struct dm_str *text, struct arena *arena,
                              struct dm_str *ret_name, struct dm_error *err)
{
    struct dm_str name = {text->ptr, 0};
    if (text->len && text->ptr[0] == '"') {
        DM_TRY(read_quoted(text, arena, &name, err));
    } else {
        while (name.len < text->len && !ends_name(text->ptr[name.len]))
            name.len++;
        advance(text, name.len);
    }
    if (name.len == 0)
        return bad_path(err, "an empty name");
    if (!utf8_valid(name))
        return bad_path(err, "a name that is not UTF-8");
    *ret_name = name;
    return DM_OK;
}

/* The index in brackets; *text is at the opening one. */
static enum dm_code read_index(struct dm_str *text, size_t *ret_index,
                               struct dm_error *err)
{
    const char *close = memchr(text->ptr, ']', text->len);
    if (!close)
        return bad_path(err, "a [ that is not closed");
    struct dm_str digits = {text->ptr + 1, (size_t)(close - text->ptr) - 1};
    if (!str_to_size(digits, MAX_INDEX, ret_index))
        return bad_path(err, "an index that is no whole number");
    advance(text, digits.len + 2);
    return DM_OK;
}

static enum dm_code read_step(struct dm_str *text, struct arena *arena,
                              struct path_step *ret_step, struct dm_error *err)
{
    if (text->ptr[0] == '[')
        return read_index(text, &ret_step->index, err);
    advance(text, 1);
    return read_name(text, arena, &ret_step->name, err);
}

enum dm_code path_parse(struct dm_str *text, struct arena *arena, struct path *ret_path,
                        struct dm_error *err)
{
    struct path_step steps[MAX_STEPS] = {0};
    size_t count = 1;
    struct dm_str rest = *text;

    DM_TRY(read_name(&rest, arena, &steps[0].name, err));
    for (; rest.len && (rest.ptr[0] == '.' || rest.ptr[0] == '['); count++) {
        if (count == MAX_STEPS)
            return bad_path(err, "more than 32 steps");
        DM_TRY(read_step(&rest, arena, &steps[count], err));
    }

    struct path path = {arena_alloc(arena, count * sizeof *steps), count};
    if (!path.steps)
        return error_nomem(err);
    memcpy(path.steps, steps, count * sizeof *steps);
    *text = rest;
    *ret_path = path;
    return DM_OK;
}

static bool step_equal(const struct path_step *a, const struct path_step *b)
{
    if (!a->name.ptr || !b->name.ptr)
        return !a->name.ptr && !b->name.ptr && a->index == b->index;
    return str_equal(a->name, b->name);
}

bool path_overlaps(const struct path *a, const struct path *b)
{
    size_t shorter = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < shorter; i++)
        if (!step_equal(&a->steps[i], &b->steps[i]))
            return false;
    return true;
}
