/* Settings, shown: trees of values, and libconfig's syntax. */
#include "model/settings_show.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/plain_json.h"

enum { PRESET_DEPTH = 4, INDENT = 2 };

/* --- the tree --- */

/* A map that is being filled; there is room for all. */
struct shown {
    struct settings *file;
    struct value_member *at;
    size_t count;
};

static enum dm_code show_begin(struct settings *file, size_t most,
                               struct shown *ret_shown, struct dm_error *err)
{
    struct shown shown = {.file = file};
    shown.at = arena_alloc(settings_arena(file), (most + 1) * sizeof *shown.at);
    if (!shown.at)
        return error_nomem(err);
    *ret_shown = shown;
    return DM_OK;
}

static struct dm_value show_end(const struct shown *shown)
{
    return (struct dm_value){.type = DM_M, .as.map = {shown->at, shown->count}};
}

static void add(struct shown *shown, struct dm_str name, struct dm_value value)
{
    shown->at[shown->count++] = (struct value_member){name, value};
}

static enum dm_code show_table(struct settings *file, struct settings_node *group,
                               const struct setting_table *table, bool presets,
                               struct dm_value *ret_shown, struct dm_error *err);

/* What may be a group may be less: text that stands for it. */
static enum dm_code show_element(struct settings *file, struct settings_node *node,
                                 const struct setting *row, struct dm_value *ret_value,
                                 struct dm_error *err)
{
    return settings_is_group(node)
               ? show_table(file, node, row->group, !row->inherits, ret_value, err)
               : settings_value(file, node, ret_value, err);
}

static enum dm_code show_list(struct settings *file, struct settings_node *list,
                              const struct setting *row, struct dm_value *ret_value,
                              struct dm_error *err)
{
    size_t count = settings_count(list);
    struct dm_value *at = arena_alloc(settings_arena(file), (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(show_element(file, settings_at(list, i), row, &at[i], err));
    *ret_value = (struct dm_value){.type = DM_L, .as.list = {at, count}};
    return DM_OK;
}

static enum dm_code show_named(struct settings *file, struct settings_node *groups,
                               const struct setting *row, struct dm_value *ret_value,
                               struct dm_error *err)
{
    struct shown shown = {.file = file};
    DM_TRY(show_begin(file, settings_count(groups), &shown, err));
    for (size_t i = 0; i < settings_count(groups); i++) {
        struct settings_node *group = settings_at(groups, i);
        struct dm_str name = arena_str(settings_arena(file), settings_name(group));
        struct dm_value value;
        if (!name.ptr)
            return error_nomem(err);
        DM_TRY(show_table(file, group, row->group, !row->inherits, &value, err));
        add(&shown, name, value);
    }
    *ret_value = show_end(&shown);
    return DM_OK;
}

static enum dm_code show_node(struct settings *file, struct settings_node *node,
                              const struct setting *row, struct dm_value *ret_value,
                              struct dm_error *err)
{
    if (row->is_secret) {
        *ret_value = (struct dm_value){.type = DM_S, .as.text = STR("(secret)")};
        return DM_OK;
    }
    if (!row->group)
        return settings_value(file, node, ret_value, err);
    if (settings_is_list(node))
        return show_list(file, node, row, ret_value, err);
    return row->many && settings_is_group(node)
               ? show_named(file, node, row, ret_value, err)
               : show_element(file, node, row, ret_value, err);
}

/* What libconfig takes for a value of these forms is JSON too. */
static enum dm_code show_preset(struct settings *file, const char *preset,
                                struct dm_value *ret_value, struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, dm_str(preset), PRESET_DEPTH, settings_arena(file));
    return plain_json_read(&reader, settings_arena(file), ret_value, err);
}

static struct settings_node *find(struct settings_node *group, const char *name)
{
    for (size_t i = 0; group && i < settings_count(group); i++)
        if (str_equal(settings_name(settings_at(group, i)), dm_str(name)))
            return settings_at(group, i);
    return NULL;
}

static enum dm_code show_row(struct shown *shown, struct settings_node *group,
                             const struct setting *row, bool presets,
                             struct dm_error *err)
{
    struct settings_node *node = find(group, row->name);
    struct dm_value value;
    if (node)
        DM_TRY(show_node(shown->file, node, row, &value, err));
    else if (presets && row->preset && row->group && strcmp(row->preset, "{}") == 0)
        DM_TRY(show_table(shown->file, NULL, row->group, true, &value, err));
    else if (presets && row->preset)
        DM_TRY(show_preset(shown->file, row->preset, &value, err));
    else
        return DM_OK;
    add(shown, dm_str(row->name), value);
    return DM_OK;
}

static enum dm_code show_table(struct settings *file, struct settings_node *group,
                               const struct setting_table *table, bool presets,
                               struct dm_value *ret_shown, struct dm_error *err)
{
    struct shown shown = {.file = file};
    DM_TRY(show_begin(file, table->count, &shown, err));
    for (size_t i = 0; i < table->count; i++)
        DM_TRY(show_row(&shown, group, &table->rows[i], presets, err));
    *ret_shown = show_end(&shown);
    return DM_OK;
}

enum dm_code settings_show(struct settings *file, struct settings_node *group,
                           const struct setting_table *table, struct dm_value *ret_shown,
                           struct dm_error *err)
{
    return show_table(file, group, table, true, ret_shown, err);
}

/* --- libconfig's syntax --- */

static void write_indent(unsigned depth, struct dm_buf *out)
{
    buf_printf(out, "%*s", (int)(depth * INDENT), "");
}

static void write_text(struct dm_str text, struct dm_buf *out)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((unsigned char)c < ' ' || c == 0x7f) {
            buf_printf(out, "\\x%02x", (unsigned char)c);
            continue;
        }
        if (c == '"' || c == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, c);
    }
    buf_add_char(out, '"');
}

static void write_value(const struct dm_value *value, unsigned depth, struct dm_buf *out);

static void write_members(const struct dm_value *map, unsigned depth, struct dm_buf *out)
{
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct value_member *member = &map->as.map.at[i];
        write_indent(depth, out);
        buf_printf(out, "%.*s = ", STR_ARG(member->name));
        write_value(&member->value, depth, out);
        buf_add_str(out, STR(";\n"));
    }
}

static void write_group(const struct dm_value *map, unsigned depth, struct dm_buf *out)
{
    buf_add_str(out, STR("{\n"));
    write_members(map, depth + 1, out);
    write_indent(depth, out);
    buf_add_char(out, '}');
}

/* An array holds scalars of one type; what else there is is a list. */
static bool is_array(const struct dm_value *list)
{
    const struct dm_value *at = list->as.list.at;
    for (size_t i = 0; i < list->as.list.count; i++)
        if (at[i].type != at[0].type || at[i].type == DM_M || at[i].type == DM_L)
            return false;
    return true;
}

static void write_list(const struct dm_value *list, unsigned depth, struct dm_buf *out)
{
    bool array = is_array(list);
    buf_add_char(out, array ? '[' : '(');
    for (size_t i = 0; i < list->as.list.count; i++) {
        buf_add_str(out, i ? STR(", ") : STR(" "));
        write_value(&list->as.list.at[i], depth, out);
    }
    buf_add_str(out, array ? STR(" ]") : STR(" )"));
}

/* Values are those that settings_value makes. */
static void write_value(const struct dm_value *value, unsigned depth, struct dm_buf *out)
{
    if (value->type == DM_M)
        write_group(value, depth, out);
    else if (value->type == DM_L)
        write_list(value, depth, out);
    else if (value->type == DM_S)
        write_text(value->as.text, out);
    else if (value->type == DM_BOOL)
        buf_add_str(out, value->as.boolean ? STR("true") : STR("false"));
    else
        buf_add_str(out, value->as.text);
}

void settings_show_write(const struct dm_value *shown, struct dm_buf *out)
{
    write_members(shown, 0, out);
}
