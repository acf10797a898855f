/* Plain JSON, read and written. */
#include "codec/plain_json.h"

#include "base/base64.h"
#include "codec/builder.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "value/number.h"

/* --- reading ------------------------------------------------------------------------ */

static enum dm_code read_value(struct builder *builder, struct dm_value *ret_value,
                               struct dm_error *err);

static enum dm_code read_object(struct builder *builder, struct dm_value *ret_value,
                                struct dm_error *err)
{
    size_t mark = builder_mark(builder);
    DM_TRY(builder_enter(builder, err));
    DM_TRY(reader_object_begin(builder->reader, err));
    for (;;) {
        struct value_member member;
        bool more;
        DM_TRY(reader_object_next(builder->reader, &member.name, &more, err));
        if (!more)
            return builder_map(builder, mark, ret_value, err);
        DM_TRY(read_value(builder, &member.value, err));
        DM_TRY(builder_push(builder, &member, sizeof member, err));
    }
}

static enum dm_code read_array(struct builder *builder, struct dm_value *ret_value,
                               struct dm_error *err)
{
    size_t mark = builder_mark(builder);
    DM_TRY(builder_enter(builder, err));
    DM_TRY(reader_array_begin(builder->reader, err));
    for (;;) {
        struct dm_value value;
        bool more;
        DM_TRY(reader_array_next(builder->reader, &more, err));
        if (!more)
            return builder_list(builder, mark, ret_value, err);
        DM_TRY(read_value(builder, &value, err));
        DM_TRY(builder_push(builder, &value, sizeof value, err));
    }
}

static enum dm_code read_string(struct builder *builder, struct dm_value *ret_value,
                                struct dm_error *err)
{
    ret_value->type = DM_S;
    return reader_string(builder->reader, &ret_value->as.text, err);
}

static enum dm_code read_number(struct builder *builder, struct dm_value *ret_value,
                                struct dm_error *err)
{
    const char *start = builder->reader->at;
    struct dm_error rule; /* large, and rarely told */
    ret_value->type = DM_N;
    DM_TRY(reader_number(builder->reader, &ret_value->as.text, err));
    if (!number_check(ret_value->as.text, &rule))
        return DM_OK;
    builder->reader->at = start;
    return reader_fail(builder->reader, err, "%s", rule.message);
}

static enum dm_code read_bool(struct builder *builder, struct dm_value *ret_value,
                              struct dm_error *err)
{
    ret_value->type = DM_BOOL;
    return reader_bool(builder->reader, &ret_value->as.boolean, err);
}

static enum dm_code read_null(struct builder *builder, struct dm_value *ret_value,
                              struct dm_error *err)
{
    ret_value->type = DM_NULL;
    return reader_null(builder->reader, err);
}

static enum dm_code read_value(struct builder *builder, struct dm_value *ret_value,
                               struct dm_error *err)
{
    static enum dm_code (*const read_type[])(struct builder *, struct dm_value *,
                                             struct dm_error *) = {
        [READER_OBJECT] = read_object, [READER_ARRAY] = read_array,
        [READER_STRING] = read_string, [READER_NUMBER] = read_number,
        [READER_BOOL] = read_bool,     [READER_NULL] = read_null,
    };
    enum reader_type type = reader_peek(builder->reader);
    if (type == READER_INVALID)
        return reader_fail(builder->reader, err, "expected a value");
    return read_type[type](builder, ret_value, err);
}

enum dm_code plain_json_read(struct json_reader *reader, struct arena *arena,
                             struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value;
    DM_AUTO_DONE(builder) builder;
    builder_init(&builder, reader, arena);
    DM_TRY(read_value(&builder, &value, err));
    *ret_value = value;
    return DM_OK;
}

/* --- writing ------------------------------------------------------------------------ */

static void write_value(const struct dm_value *value, unsigned level, struct dm_buf *out);

/* As it is spelled, unless DynamoDB takes that spelling and JSON does not (".5", "+1").
 */
static void write_number(struct dm_str text, struct dm_buf *out)
{
    struct number number;
    if (json_scan_number(text.ptr, text.ptr + text.len) == text.ptr + text.len)
        buf_add_str(out, text);
    else if (number_parse(text, &number, NULL) == DM_OK)
        buf_add(out, number.text, number.len);
    else
        out->failed = true;
}

static void write_binary(struct dm_str bytes, struct dm_buf *out)
{
    buf_add_char(out, '"');
    base64_write(bytes, out);
    buf_add_char(out, '"');
}

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

static void write_set(const struct dm_value *set,
                      void (*write_text)(struct dm_str, struct dm_buf *),
                      struct dm_buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < set->as.set.count; i++) {
        if (i)
            buf_add_char(out, ',');
        write_text(set->as.set.at[i], out);
    }
    buf_add_char(out, ']');
}

static void write_value(const struct dm_value *value, unsigned level, struct dm_buf *out)
{
    switch (value->type) {
    case DM_S:
        json_write_string(value->as.text, out);
        return;
    case DM_N:
        write_number(value->as.text, out);
        return;
    case DM_B:
        write_binary(value->as.text, out);
        return;
    case DM_BOOL:
        buf_add_str(out, value->as.boolean ? dm_str("true") : dm_str("false"));
        return;
    case DM_NULL:
        buf_add_str(out, dm_str("null"));
        return;
    case DM_L:
        write_list(value, level, out);
        return;
    case DM_M:
        write_map(value, level, out);
        return;
    case DM_SS:
        write_set(value, json_write_string, out);
        return;
    case DM_NS:
        write_set(value, write_number, out);
        return;
    case DM_BS:
        write_set(value, write_binary, out);
        return;
    }
}

void plain_json_write(const struct dm_value *value, struct dm_buf *out)
{
    write_value(value, 0, out);
}

/* --- as its model's clients see it -------------------------------------------------- */

/* An attribute's JSON stands one level down, in its item. Its strings, decoded, fit in
 * the scratch, and are dropped. */
enum { JSON_MAX_DEPTH = VALUE_MAX_DEPTH - 1, JSON_SCRATCH_MAX = 4 * 1024 * 1024 };

enum dm_code plain_json_check(struct dm_str text)
{
    DM_AUTO_DONE(arena) scratch;
    struct json_reader reader;
    arena_init(&scratch, JSON_SCRATCH_MAX);
    reader_init(&reader, text, JSON_MAX_DEPTH, &scratch);
    DM_TRY(reader_skip(&reader, NULL));
    return reader_end(&reader, NULL);
}

static bool write_json(const struct dm_value *stored, struct dm_buf *out)
{
    enum dm_code code =
        stored->type == DM_S ? plain_json_check(stored->as.text) : DM_E_INVALID;
    if (code == DM_E_NOMEM)
        out->failed = true;
    if (code)
        return code == DM_E_NOMEM;
    buf_add_str(out, stored->as.text);
    return true;
}

/* Dates have nothing in them that JSON would escape. */
static bool write_date(const struct attribute *attribute, const struct dm_value *stored,
                       struct dm_buf *out)
{
    size_t start = out->len;
    buf_add_char(out, '"');
    if (!attribute_show(attribute, stored, out)) {
        out->len = start;
        return false;
    }
    buf_add_char(out, '"');
    return true;
}

/* False where it is seen as it is stored. */
static bool write_seen(const struct attribute *attribute, const struct dm_value *stored,
                       struct dm_buf *out)
{
    struct dm_str inside;
    switch (attribute->kind) {
    case ATTRIBUTE_JSON:
        return write_json(stored, out);
    case ATTRIBUTE_UTC_DATETIME:
    case ATTRIBUTE_TTL:
        return write_date(attribute, stored, out);
    case ATTRIBUTE_AS_STORED:
    case ATTRIBUTE_VERSION:
        break;
    }
    if (!attribute_inside(attribute, stored, &inside))
        return false;
    json_write_string(inside, out);
    return true;
}

static void write_attribute(const struct attribute *attribute,
                            const struct dm_value *value, struct dm_buf *out)
{
    if (!attribute || !write_seen(attribute, value, out))
        write_value(value, 1, out);
}

void plain_json_write_item(const struct attributes *attributes,
                           const struct dm_value *item, struct dm_buf *out)
{
    if (!attributes || attributes->as_stored) {
        write_value(item, 0, out);
        return;
    }
    buf_add_char(out, '{');
    for (size_t i = 0; i < item->as.map.count; i++) {
        const struct value_member *member = &item->as.map.at[i];
        if (i)
            buf_add_char(out, ',');
        json_write_string(member->name, out);
        buf_add_char(out, ':');
        write_attribute(attributes_find(attributes, member->name), &member->value, out);
    }
    buf_add_char(out, '}');
}
