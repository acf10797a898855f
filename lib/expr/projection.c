/* Projections: from attributes_to_get to ProjectionExpression. */
#include "expr/projection.h"

#include "base/error.h"
#include "base/str.h"

/* Where each letter of a text of that length is a name: "#1234," each. */
enum { RENDERED_MAX = 6 * EXPRESSION_MAX };

static enum dm_code bad_projection(struct dm_error *err, const char *what)
{
    return error_set(err, DM_E_INVALID_PROJECTION,
                     "attributes_to_get: %s; expected paths like a,b.c,d[0]", what);
}

static enum dm_code check_overlap(const struct projection *projection,
                                  const struct path *path, struct dm_error *err)
{
    for (size_t i = 0; i < projection->count; i++) {
        if (path_overlaps(&projection->paths[i], path))
            return bad_projection(err, "one path is another or lies inside it");
        if (path_conflicts(&projection->paths[i], path))
            return bad_projection(err, "what is a list to one path is a map to another");
    }
    return DM_OK;
}

static size_t count_commas(struct dm_str text)
{
    size_t commas = 0;
    for (size_t i = 0; i < text.len; i++)
        commas += text.ptr[i] == ',';
    return commas;
}

/* One path and, unless it is the last, the comma behind it. */
static enum dm_code read_path(struct dm_str *rest, struct arena *arena,
                              struct path *ret_path, struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = path_parse(rest, arena, ret_path, &why);
    if (code)
        return error_set(err, code == DM_E_INVALID ? DM_E_INVALID_PROJECTION : code,
                         "attributes_to_get: %s", why.message);
    if (rest->len == 0)
        return DM_OK;
    if (rest->ptr[0] != ',')
        return bad_projection(err,
                              "something other than a comma stands between two paths");
    rest->ptr++;
    rest->len--;
    return rest->len ? DM_OK : bad_projection(err, "it ends with a comma");
}

/* Placeholders may be longer than the names they stand for. */
static enum dm_code check_rendered(const struct projection *projection,
                                   struct arena *arena, struct dm_error *err)
{
    struct names names;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, RENDERED_MAX);
    names_init(&names, arena);
    projection_write(projection, &names, &out);
    DM_TRY(buf_check(&out, "projection", err));
    if (out.len > EXPRESSION_MAX)
        return bad_projection(err, "its expression is longer than 4096 bytes");
    return DM_OK;
}

enum dm_code projection_parse(struct dm_str text, struct arena *arena,
                              struct projection *ret_projection, struct dm_error *err)
{
    if (text.len == 0)
        return bad_projection(err, "it is empty");
    if (text.len > EXPRESSION_MAX)
        return bad_projection(err, "it is longer than 4096 bytes");

    struct projection projection = {0};
    projection.paths = arena_alloc(arena, (count_commas(text) + 1) * sizeof(struct path));
    if (!projection.paths)
        return error_nomem(err);
    while (text.len) {
        struct path path;
        DM_TRY(read_path(&text, arena, &path, err));
        DM_TRY(check_overlap(&projection, &path, err));
        projection.paths[projection.count++] = path;
    }
    DM_TRY(check_rendered(&projection, arena, err));
    *ret_projection = projection;
    return DM_OK;
}

void projection_write(const struct projection *projection, struct names *names,
                      struct dm_buf *out)
{
    for (size_t i = 0; i < projection->count; i++) {
        if (i)
            buf_add_char(out, ',');
        names_write_path(names, &projection->paths[i], out);
    }
}
