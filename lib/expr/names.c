/* Placeholders for names. */
#include "expr/names.h"

#include "base/str.h"
#include "codec/json_writer.h"

void names_init(struct names *names, struct arena *arena)
{
    *names = (struct names){.arena = arena};
}

static bool grow(struct names *names)
{
    size_t cap = names->cap ? names->cap * 2 : 8;
    struct dm_str *at = arena_alloc(names->arena, cap * sizeof *at);
    if (!at)
        return false;
    if (names->count)
        memcpy(at, names->at, names->count * sizeof *at);
    names->at = at;
    names->cap = cap;
    return true;
}

/* The name's number; names->count when there is no memory for it. Past SOUGHT_MAX a name
 * may be there twice, which means the same. */
static size_t number_of(struct names *names, struct dm_str name)
{
    for (size_t i = 0; i < names->count && names->count <= SOUGHT_MAX; i++)
        if (str_equal(names->at[i], name))
            return i;
    if (names->count == names->cap && !grow(names))
        return names->count;
    names->at[names->count] = name;
    return names->count++;
}

static void write_name(struct names *names, struct dm_str name, struct dm_buf *out)
{
    size_t number = number_of(names, name);
    if (number == names->count)
        out->failed = true;
    buf_printf(out, "#%zu", number);
}

void names_write_path(struct names *names, const struct path *path, struct dm_buf *out)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (!step->name.ptr) {
            buf_printf(out, "[%zu]", step->index);
            continue;
        }
        if (i > 0)
            buf_add_char(out, '.');
        write_name(names, step->name, out);
    }
}

void names_write_json(const struct names *names, struct dm_buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < names->count; i++) {
        buf_printf(out, "%s\"#%zu\":", i ? "," : "", i);
        json_write_string(names->at[i], out);
    }
    buf_add_char(out, '}');
}
