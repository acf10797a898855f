/* DynamoDB JSON, read and written. */
#include "codec/ddb_json.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/builder.h"
#include "codec/json_writer.h"
#include "value/number.h"

/* --- reading --- */

static enum dm_code read_value(struct builder *builder, struct dm_value *ret_value,
                               struct dm_error *err);

/* A string that holds an S, N or B; errors are of its first byte. */
static enum dm_code read_text(struct builder *builder, enum dm_type type,
                              struct dm_str *ret_text, struct dm_error *err)
{
    const char *start = builder->reader->at;
    struct dm_str text;
    struct dm_error why; /* large, and rarely told */
    DM_TRY(reader_string(builder->reader, &text, err));
    enum dm_code code = DM_OK;
    if (type == DM_N)
        code = number_check(text, &why);
    if (type == DM_B)
        code = base64_read(text, builder->arena, &text, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code) {
        builder->reader->at = start;
        return reader_fail(builder->reader, err, "%s", why.message);
    }
    *ret_text = text;
    return DM_OK;
}

static enum dm_code read_scalar(struct builder *builder, enum dm_type type,
                                struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value = {.type = type};
    DM_TRY(read_text(builder, type, &value.as.text, err));
    *ret_value = value;
    return DM_OK;
}

static enum dm_code read_bool(struct builder *builder, enum dm_type type,
                              struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value = {.type = type};
    DM_TRY(reader_bool(builder->reader, &value.as.boolean, err));
    *ret_value = value;
    return DM_OK;
}

/* "Null attribute value types must have the value of true", DynamoDB says. */
static enum dm_code read_null(struct builder *builder, enum dm_type type,
                              struct dm_value *ret_value, struct dm_error *err)
{
    bool null;
    DM_TRY(reader_bool(builder->reader, &null, err));
    if (!null)
        return reader_fail(builder->reader, err, "NULL is true, or it is not NULL");
    *ret_value = (struct dm_value){.type = type};
    return DM_OK;
}

static enum dm_code read_list(struct builder *builder, enum dm_type type,
                              struct dm_value *ret_list, struct dm_error *err)
{
    (void)type;
    size_t mark = builder_mark(builder);
    DM_TRY(builder_enter(builder, err));
    DM_TRY(reader_array_begin(builder->reader, err));
    for (;;) {
        struct dm_value value;
        bool more;
        DM_TRY(reader_array_next(builder->reader, &more, err));
        if (!more)
            return builder_list(builder, mark, ret_list, err);
        DM_TRY(read_value(builder, &value, err));
        DM_TRY(builder_push(builder, &value, sizeof value, err));
    }
}

static enum dm_code read_map(struct builder *builder, enum dm_type type,
                             struct dm_value *ret_map, struct dm_error *err)
{
    (void)type;
    size_t mark = builder_mark(builder);
    DM_TRY(builder_enter(builder, err));
    DM_TRY(reader_object_begin(builder->reader, err));
    for (;;) {
        struct value_member member;
        bool more;
        DM_TRY(reader_object_next(builder->reader, &member.name, &more, err));
        if (!more)
            return builder_map(builder, mark, ret_map, err);
        DM_TRY(read_value(builder, &member.value, err));
        DM_TRY(builder_push(builder, &member, sizeof member, err));
    }
}

static enum dm_type member_type(enum dm_type set)
{
    return set == DM_SS ? DM_S : set == DM_NS ? DM_N : DM_B;
}

static enum dm_code read_set(struct builder *builder, enum dm_type type,
                             struct dm_value *ret_set, struct dm_error *err)
{
    size_t mark = builder_mark(builder);
    DM_TRY(reader_array_begin(builder->reader, err));
    for (;;) {
        struct dm_str text;
        bool more;
        DM_TRY(reader_array_next(builder->reader, &more, err));
        if (!more)
            return builder_set(builder, mark, type, ret_set, err);
        DM_TRY(read_text(builder, member_type(type), &text, err));
        DM_TRY(builder_push(builder, &text, sizeof text, err));
    }
}

static enum dm_code (*const read_type[])(struct builder *, enum dm_type,
                                         struct dm_value *, struct dm_error *) = {
    [DM_S] = read_scalar,  [DM_N] = read_scalar,  [DM_B] = read_scalar,
    [DM_BOOL] = read_bool, [DM_NULL] = read_null, [DM_L] = read_list,
    [DM_M] = read_map,     [DM_SS] = read_set,    [DM_NS] = read_set,
    [DM_BS] = read_set,
};

static enum dm_code read_value(struct builder *builder, struct dm_value *ret_value,
                               struct dm_error *err)
{
    struct json_reader *reader = builder->reader;
    struct dm_str name = {NULL, 0};
    enum dm_type type;
    bool more;
    DM_TRY(reader_object_begin(reader, err));
    DM_TRY(reader_object_next(reader, &name, &more, err));
    if (!more || !type_from_name(name, &type))
        return reader_fail(reader, err,
                           "expected a type: S, N, B, BOOL, NULL, L, M, SS, "
                           "NS or BS");
    DM_TRY(read_type[type](builder, type, ret_value, err));
    DM_TRY(reader_object_next(reader, &name, &more, err));
    if (more)
        return reader_fail(reader, err, "a value with two types");
    return DM_OK;
}

enum dm_code ddb_json_read_item(struct json_reader *reader, struct arena *arena,
                                struct dm_value *ret_item, struct dm_error *err)
{
    DM_AUTO_DONE(builder) builder;
    builder_init(&builder, reader, arena);
    return read_map(&builder, DM_M, ret_item, err);
}

enum dm_code ddb_json_read_value(struct json_reader *reader, struct arena *arena,
                                 struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value;
    DM_AUTO_DONE(builder) builder;
    builder_init(&builder, reader, arena);
    DM_TRY(read_value(&builder, &value, err));
    *ret_value = value;
    return DM_OK;
}

/* --- writing --- */

static void write_value(const struct dm_value *value, unsigned level, struct dm_buf *out);

/* Level: the lists and maps around it. One that could not be read back fails the buffer.
 */
static void write_list(const struct dm_value *list, unsigned level, struct dm_buf *out)
{
    if (level == VALUE_MAX_DEPTH) {
        out->failed = true;
        return;
    }
    buf_add_char(out, '[');
    for (size_t i = 0; i < list->as.list.count; i++) {
        if (i)
            buf_add_char(out, ',');
        write_value(&list->as.list.at[i], level + 1, out);
    }
    buf_add_char(out, ']');
}

static void write_map(const struct dm_value *map, unsigned level, struct dm_buf *out)
{
    if (level == VALUE_MAX_DEPTH) {
        out->failed = true;
        return;
    }
    buf_add_char(out, '{');
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct value_member *member = &map->as.map.at[i];
        if (i)
            buf_add_char(out, ',');
        json_write_string(member->name, out);
        buf_add_char(out, ':');
        write_value(&member->value, level + 1, out);
    }
    buf_add_char(out, '}');
}

static void write_text(enum dm_type type, struct dm_str text, struct dm_buf *out)
{
    if (type == DM_S) {
        json_write_string(text, out);
        return;
    }
    buf_add_char(out, '"');
    if (type == DM_B)
        base64_write(text, out);
    else
        buf_add_str(out, text);
    buf_add_char(out, '"');
}

static void write_set(const struct dm_value *set, struct dm_buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < set->as.set.count; i++) {
        if (i)
            buf_add_char(out, ',');
        write_text(member_type(set->type), set->as.set.at[i], out);
    }
    buf_add_char(out, ']');
}

static void write_content(const struct dm_value *value, unsigned level,
                          struct dm_buf *out)
{
    switch (value->type) {
    case DM_S:
    case DM_N:
    case DM_B:
        write_text(value->type, value->as.text, out);
        return;
    case DM_BOOL:
        buf_add_str(out, value->as.boolean ? dm_str("true") : dm_str("false"));
        return;
    case DM_NULL:
        buf_add_str(out, dm_str("true"));
        return;
    case DM_L:
        write_list(value, level, out);
        return;
    case DM_M:
        write_map(value, level, out);
        return;
    case DM_SS:
    case DM_NS:
    case DM_BS:
        write_set(value, out);
        return;
    }
}

static void write_value(const struct dm_value *value, unsigned level, struct dm_buf *out)
{
    buf_add_str(out, STR("{\""));
    buf_add_str(out, dm_str(type_name(value->type)));
    buf_add_str(out, STR("\":"));
    write_content(value, level, out);
    buf_add_char(out, '}');
}

void ddb_json_write_item(const struct dm_value *item, struct dm_buf *out)
{
    write_map(item, 0, out);
}

void ddb_json_write_value(const struct dm_value *value, struct dm_buf *out)
{
    write_value(value, 0, out);
}
