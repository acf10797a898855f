/* Reading document paths. */
#include "expr/path.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "value/quote.h"

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

bool path_step_equal(const struct path_step *a, const struct path_step *b)
{
    if (!a->name.ptr || !b->name.ptr)
        return !a->name.ptr && !b->name.ptr && a->index == b->index;
    return str_equal(a->name, b->name);
}

static size_t shorter_count(const struct path *a, const struct path *b)
{
    return a->count < b->count ? a->count : b->count;
}

/* How many steps they begin with alike. */
static size_t common_count(const struct path *a, const struct path *b)
{
    size_t shorter = shorter_count(a, b), i = 0;
    while (i < shorter && path_step_equal(&a->steps[i], &b->steps[i]))
        i++;
    return i;
}

bool path_overlaps(const struct path *a, const struct path *b)
{
    return common_count(a, b) == shorter_count(a, b);
}

bool path_conflicts(const struct path *a, const struct path *b)
{
    size_t common = common_count(a, b);
    return common < shorter_count(a, b) &&
           !a->steps[common].name.ptr != !b->steps[common].name.ptr;
}

static const struct dm_value *step_into(const struct path_step *step,
                                        const struct dm_value *value)
{
    if (step->name.ptr)
        return value_member(value, step->name);
    if (value->type != DM_L || step->index >= value->as.list.count)
        return NULL;
    return &value->as.list.at[step->index];
}

const struct dm_value *path_find(const struct path *path, const struct dm_value *item)
{
    for (size_t i = 0; i < path->count && item; i++)
        item = step_into(&path->steps[i], item);
    return item;
}

bool path_leads_into(const struct path *path, const struct dm_value *item)
{
    struct path parent = {path->steps, path->count - 1};
    const struct dm_value *into = path_find(&parent, item);
    return into && into->type == (path->steps[parent.count].name.ptr ? DM_M : DM_L);
}

/* Writes how one step shows, terminated; returns its length. */
static size_t show_step(const struct path_step *step, bool first,
                        char out[QUOTE_MAX + sizeof ", …"])
{
    const char *comma = first ? "" : ", ";
    size_t room = QUOTE_MAX + sizeof ", …";
    if (!step->name.ptr)
        return (size_t)snprintf(out, room, "%s[%zu]", comma, step->index);
    return (size_t)snprintf(out, room, "%s%s", comma, quote(step->name).text);
}

struct path_text path_show(const struct path *path)
{
    struct path_text shown = {"["};
    size_t len = 1, room = sizeof shown.text - sizeof "…]";
    const char *end = "]";
    for (size_t i = 0; i < path->count; i++) {
        char text[QUOTE_MAX + sizeof ", …"];
        size_t size = show_step(&path->steps[i], i == 0, text);
        if (len + size > room) {
            end = "…]";
            break;
        }
        memcpy(shown.text + len, text, size);
        len += size;
    }
    snprintf(shown.text + len, sizeof shown.text - len, "%s", end);
    return shown;
}
