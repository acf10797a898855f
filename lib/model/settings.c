/* The settings table at work: libconfig in, structs out. */
#include "model/settings.h"

#include <errno.h>
#include <float.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "model/settings_wipe.h"
#include "value/number.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

/* A node is libconfig's setting under another name, so that nobody else sees libconfig.
 */
struct settings {
    config_t config;
    struct arena *arena;
    struct dm_str path;
};

static const config_setting_t *as_setting(const struct settings_node *node)
{
    return (const config_setting_t *)(const void *)node;
}

static struct settings_node *as_node(config_setting_t *setting)
{
    return (struct settings_node *)(void *)setting;
}

/* --- files --- */

static enum dm_code read_file(struct settings *file, struct dm_error *err)
{
    FILE *stream = fopen(file->path.ptr, "re");
    if (!stream)
        return error_set(err, DM_E_CONFIG, "%s: cannot be read: %s", file->path.ptr,
                         strerror(errno));
    int read = config_read(&file->config, stream);
    fclose(stream);
    if (read == CONFIG_TRUE)
        return DM_OK;
    return error_set(err, DM_E_CONFIG,
                     "%s:%d: %s; expected libconfig's syntax, name = value;",
                     file->path.ptr, config_error_line(&file->config),
                     config_error_text(&file->config));
}

enum dm_code settings_open(const char *path, struct arena *arena,
                           struct settings **ret_file, struct dm_error *err)
{
    DM_AUTO(settings) *file = mem_new(sizeof *file);
    if (!file)
        return error_nomem(err);
    config_init(&file->config);
    file->arena = arena;
    file->path = arena_str(arena, dm_str(path));
    if (!file->path.ptr)
        return error_nomem(err);
    DM_TRY(read_file(file, err));
    *ret_file = DM_TAKE(file);
    return DM_OK;
}

void settings_free(struct settings *file)
{
    if (!file)
        return;
    settings_wipe(config_root_setting(&file->config));
    config_destroy(&file->config);
    mem_free(file);
}

static ssize_t add_to_text(void *buf, const char *text, size_t len)
{
    buf_add(buf, text, len);
    return (ssize_t)len; /* a failure stays in the buffer */
}

void settings_text(const struct settings *file, struct dm_buf *ret_text)
{
    buf_init(ret_text, TEXT_MAX);
    FILE *stream =
        fopencookie(ret_text, "w", (cookie_io_functions_t){.write = add_to_text});
    if (!stream) {
        ret_text->failed = true;
        return;
    }
    config_write(&file->config, stream);
    fclose(stream);
}

struct settings_node *settings_root(struct settings *file)
{
    return as_node(config_root_setting(&file->config));
}

struct arena *settings_arena(struct settings *file)
{
    return file->arena;
}

/* --- nodes --- */

bool settings_is_group(const struct settings_node *node)
{
    return config_setting_is_group(as_setting(node));
}

bool settings_is_list(const struct settings_node *node)
{
    return config_setting_is_list(as_setting(node)) ||
           config_setting_is_array(as_setting(node));
}

size_t settings_count(const struct settings_node *node)
{
    return (size_t)config_setting_length(as_setting(node));
}

struct settings_node *settings_at(const struct settings_node *node, size_t index)
{
    return as_node(config_setting_get_elem(as_setting(node), (unsigned)index));
}

struct dm_str settings_name(const struct settings_node *node)
{
    const char *name = config_setting_name(as_setting(node));
    return dm_str(name);
}

const struct settings_node *settings_place(const struct settings_node *group,
                                           const char *name)
{
    config_setting_t *found = settings_is_group(group)
                                  ? config_setting_get_member(as_setting(group), name)
                                  : NULL;
    return found ? as_node(found) : group;
}

enum dm_code settings_error(struct settings *file, const struct settings_node *node,
                            const char *what, struct dm_error *err)
{
    return error_set(err, DM_E_CONFIG, "%s:%u: %s", file->path.ptr,
                     config_setting_source_line(as_setting(node)), what);
}

enum dm_code(settings_expected)(struct settings *file, const struct settings_node *node,
                                struct dm_error *err, const char *format, ...)
{
    char what[512];
    const config_setting_t *setting = as_setting(node);
    const char *name = config_setting_name(setting);
    if (!name && config_setting_parent(setting)) /* an element of a list */
        name = config_setting_name(config_setting_parent(setting));
    int len = snprintf(what, sizeof what, "%.100s: expected ", name ? name : "the file");

    va_list args;
    va_start(args, format);
    vsnprintf(what + len, sizeof what - (size_t)len, format, args);
    va_end(args);
    return settings_error(file, node, what, err);
}

/* --- values --- */

enum dm_code settings_string(struct settings *file, struct settings_node *node,
                             struct dm_str *ret_text, struct dm_error *err)
{
    const char *text = config_setting_get_string(as_setting(node));
    if (!text || !utf8_valid(dm_str(text)))
        return settings_expected(file, node, err, "a string in double quotes, in UTF-8");
    struct dm_str copy = arena_str(file->arena, dm_str(text));
    if (!copy.ptr)
        return error_nomem(err);
    *ret_text = copy;
    return DM_OK;
}

static enum dm_code read_string(struct settings *file, struct settings_node *node,
                                const struct setting *row, struct dm_str *target,
                                struct dm_error *err)
{
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (text.len < row->min)
        return settings_expected(file, node, err, "%s",
                                 row->expected ? row->expected
                                               : "text that is not empty");
    *target = text;
    return DM_OK;
}

static enum dm_code read_strings(struct settings *file, struct settings_node *node,
                                 struct setting_strings *target, struct dm_error *err)
{
    bool list = settings_is_list(node);
    size_t count = list ? settings_count(node) : 1;
    struct setting_strings strings = {arena_new(file->arena, count * sizeof *strings.at),
                                      count};
    if (!strings.at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(settings_string(file, list ? settings_at(node, i) : node, &strings.at[i],
                               err));
    *target = strings;
    return DM_OK;
}

bool settings_number(const struct settings_node *node, double *ret_number)
{
    const config_setting_t *setting = as_setting(node);
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        *ret_number = (double)config_setting_get_int64(setting);
        return true;
    case CONFIG_TYPE_FLOAT:
        *ret_number = config_setting_get_float(setting);
        return true;
    default:
        return false;
    }
}

static enum dm_code read_count(struct settings *file, struct settings_node *node,
                               const struct setting *row, unsigned *target,
                               struct dm_error *err)
{
    double value;
    if (config_setting_type(as_setting(node)) == CONFIG_TYPE_FLOAT ||
        !settings_number(node, &value) || value < row->min || value > row->max)
        return settings_expected(file, node, err, "a whole number, %u to %u", row->min,
                                 row->max);
    *target = (unsigned)value;
    return DM_OK;
}

static enum dm_code read_seconds(struct settings *file, struct settings_node *node,
                                 const struct setting *row, unsigned *target,
                                 struct dm_error *err)
{
    double seconds;
    if (!settings_number(node, &seconds) || !(seconds * 1000 >= row->min) ||
        !(seconds * 1000 <= row->max))
        return settings_expected(file, node, err, "seconds, %g to %g", row->min / 1000.0,
                                 row->max / 1000.0);
    *target = (unsigned)(seconds * 1000 + 0.5);
    return DM_OK;
}

enum dm_code settings_bool(struct settings *file, struct settings_node *node,
                           bool *ret_value, struct dm_error *err)
{
    if (config_setting_type(as_setting(node)) != CONFIG_TYPE_BOOL)
        return settings_expected(file, node, err, "true or false");
    *ret_value = config_setting_get_bool(as_setting(node));
    return DM_OK;
}

static enum dm_code read_row(struct settings *file, struct settings_node *node,
                             const struct setting *row, void *target,
                             struct dm_error *err)
{
    void *place = (char *)target + row->offset;
    switch (row->type) {
    case SETTING_STRING:
        return read_string(file, node, row, place, err);
    case SETTING_STRINGS:
        return read_strings(file, node, place, err);
    case SETTING_BOOL:
        return settings_bool(file, node, place, err);
    case SETTING_COUNT:
        return read_count(file, node, row, place, err);
    case SETTING_SECONDS:
        return read_seconds(file, node, row, place, err);
    case SETTING_GROUP:
        return settings_read(file, node, row->group->rows, row->group->count, place, err);
    case SETTING_NODE:
        *(struct settings_node **)place = node;
        return DM_OK;
    case SETTING_READ:
        return row->read(file, node, place, err);
    }
    return error_set(err, DM_E_INTERNAL, "a setting of no known type");
}

enum dm_code settings_path(struct settings *file, struct dm_str path,
                           struct dm_str *ret_path, struct dm_error *err)
{
    const char *slash = strrchr(file->path.ptr, '/');
    struct dm_str folder = {file->path.ptr,
                            slash ? (size_t)(slash - file->path.ptr) + 1 : 0};
    if (str_starts(path, STR("/")))
        folder.len = 0;
    *ret_path = arena_printf(file->arena, "%.*s%.*s", STR_ARG(folder), STR_ARG(path));
    return ret_path->ptr ? DM_OK : error_nomem(err);
}

/* --- any value --- */

static enum dm_code any_value(struct settings *file, struct settings_node *node,
                              unsigned depth, struct dm_value *ret_value,
                              struct dm_error *err);

static enum dm_code any_list(struct settings *file, struct settings_node *node,
                             unsigned depth, struct dm_value *ret_value,
                             struct dm_error *err)
{
    size_t count = settings_count(node);
    struct dm_value *at = arena_alloc(file->arena, (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(any_value(file, settings_at(node, i), depth, &at[i], err));
    *ret_value = (struct dm_value){.type = DM_L, .as.list = {at, count}};
    return DM_OK;
}

static enum dm_code any_group(struct settings *file, struct settings_node *node,
                              unsigned depth, struct dm_value *ret_value,
                              struct dm_error *err)
{
    size_t count = settings_count(node);
    struct value_member *at = arena_alloc(file->arena, (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct settings_node *member = settings_at(node, i);
        at[i].name = arena_str(file->arena, settings_name(member));
        if (!at[i].name.ptr)
            return error_nomem(err);
        DM_TRY(any_value(file, member, depth, &at[i].value, err));
    }
    *ret_value = (struct dm_value){.type = DM_M, .as.map = {at, count}};
    return DM_OK;
}

/* The shortest text that is this double: what stands in the file. */
static enum dm_code any_float(struct settings *file, const struct settings_node *node,
                              struct dm_str *ret_text, struct dm_error *err)
{
    double value = config_setting_get_float(as_setting(node));
    char text[32];
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *comma = strchr(text, ','); /* the locale's */
    if (comma)
        *comma = '.';
    if (number_check(dm_str(text), NULL))
        return settings_expected(file, node, err, "a number that DynamoDB takes");
    *ret_text = arena_str(file->arena, dm_str(text));
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

static enum dm_code any_integer(struct settings *file, const struct settings_node *node,
                                struct dm_str *ret_text, struct dm_error *err)
{
    *ret_text =
        arena_printf(file->arena, "%lld", config_setting_get_int64(as_setting(node)));
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

static enum dm_code any_value(struct settings *file, struct settings_node *node,
                              unsigned depth, struct dm_value *ret_value,
                              struct dm_error *err)
{
    if (depth == VALUE_MAX_DEPTH)
        return settings_error(file, node, "nested too deep for an item", err);
    switch (config_setting_type(as_setting(node))) {
    case CONFIG_TYPE_STRING:
        ret_value->type = DM_S;
        return settings_string(file, node, &ret_value->as.text, err);
    case CONFIG_TYPE_BOOL:
        ret_value->type = DM_BOOL;
        ret_value->as.boolean = config_setting_get_bool(as_setting(node));
        return DM_OK;
    case CONFIG_TYPE_FLOAT:
        ret_value->type = DM_N;
        return any_float(file, node, &ret_value->as.text, err);
    case CONFIG_TYPE_GROUP:
        return any_group(file, node, depth + 1, ret_value, err);
    case CONFIG_TYPE_LIST:
    case CONFIG_TYPE_ARRAY:
        return any_list(file, node, depth + 1, ret_value, err);
    default:
        ret_value->type = DM_N;
        return any_integer(file, node, &ret_value->as.text, err);
    }
}

/* A value is one level down, in its item. */
enum dm_code settings_value(struct settings *file, struct settings_node *node,
                            struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value;
    DM_TRY(any_value(file, node, 1, &value, err));
    *ret_value = value;
    return DM_OK;
}

/* --- groups --- */

static enum dm_code unknown_name(struct settings *file, const struct settings_node *node,
                                 const struct setting *table, size_t count,
                                 struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) names;
    buf_init(&names, 256);
    for (size_t i = 0; i < count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", table[i].name);
    return settings_expected(file, node, err, "one of %.*s", STR_ARG(buf_str(&names)));
}

static const struct setting *find_row(const struct setting *table, size_t count,
                                      struct dm_str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, dm_str(table[i].name)))
            return &table[i];
    return NULL;
}

enum dm_code settings_read(struct settings *file, struct settings_node *group,
                           const struct setting *table, size_t count, void *target,
                           struct dm_error *err)
{
    if (!settings_is_group(group))
        return settings_expected(file, group, err, "a group, { name = value; … }");
    for (size_t i = 0; i < settings_count(group); i++) {
        struct settings_node *node = settings_at(group, i);
        const struct setting *row = find_row(table, count, settings_name(node));
        if (!row)
            return unknown_name(file, node, table, count, err);
        DM_TRY(read_row(file, node, row, target, err));
    }
    return DM_OK;
}
