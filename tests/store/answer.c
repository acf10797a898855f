/* Writing answers. */
#include "store/answer.h"

#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/json_writer.h"

static void write_string(const char *name, struct dm_str text, struct dm_buf *out)
{
    buf_printf(out, "\"%s\":", name);
    json_write_string(text, out);
}

static void write_items(const char *name, const struct dm_value *items, size_t count,
                        struct dm_buf *out)
{
    buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(out, ',');
        ddb_json_write_item(&items[i], out);
    }
    buf_add_char(out, ']');
}

static void write_half(const struct key_attribute *attribute,
                       const struct dm_value *value, struct dm_buf *out)
{
    json_write_string(attribute->name, out);
    buf_add_char(out, ':');
    ddb_json_write_value(value, out);
}

static void write_keys(const struct key *keys, size_t count, struct dm_buf *out)
{
    buf_add_str(out, STR(",\"unprocessed_keys\":["));
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, i ? STR(",{") : STR("{"));
        write_half(&keys[i].hash_attribute, &keys[i].hash, out);
        if (keys[i].range_attribute.name.len) {
            buf_add_char(out, ',');
            write_half(&keys[i].range_attribute, &keys[i].range, out);
        }
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

static void write_schema_half(const struct key_attribute *attribute, struct dm_buf *out)
{
    buf_add_char(out, '[');
    json_write_string(attribute->name, out);
    buf_printf(out, ",\"%s\"]", type_name(attribute->type));
}

static void write_schema(const struct key_schema *schema, struct dm_buf *out)
{
    buf_add_str(out, STR("\"schema\":["));
    write_schema_half(&schema->hash, out);
    if (schema->range.name.len) {
        buf_add_char(out, ',');
        write_schema_half(&schema->range, out);
    }
    buf_add_char(out, ']');
}

static void write_index(const struct store_index *index, struct dm_buf *out)
{
    buf_add_char(out, '{');
    write_string("name", index->name, out);
    buf_add_char(out, ',');
    write_schema(&index->schema, out);
    buf_printf(out, ",\"global\":%s,\"projection\":", index->global ? "true" : "false");
    if (index->projection != PROJECT_INCLUDE) {
        bool all = index->projection == PROJECT_ALL;
        buf_add_str(out, all ? STR("\"ALL\"}") : STR("\"KEYS_ONLY\"}"));
        return;
    }
    for (size_t i = 0; i < index->included_count; i++) {
        buf_add_char(out, i ? ',' : '[');
        json_write_string(index->included[i], out);
    }
    buf_add_str(out, STR("]}"));
}

static void write_table(const struct store_result *result, struct dm_buf *out)
{
    static const char *const statuses[] = {
        [TABLE_ACTIVE] = "ACTIVE",
        [TABLE_NOT_YET] = "NOT_YET",
        [TABLE_GOING] = "GOING",
    };
    buf_add_char(out, ',');
    write_schema(&result->schema, out);
    buf_printf(out, ",\"status\":\"%s\",\"indexes\":[", statuses[result->status]);
    for (size_t i = 0; i < result->index_count; i++) {
        if (i)
            buf_add_char(out, ',');
        write_index(&result->indexes[i], out);
    }
    buf_add_char(out, ']');
}

static void write_item(const char *name, const struct dm_value *item, struct dm_buf *out)
{
    if (!item)
        return;
    buf_printf(out, ",\"%s\":", name);
    ddb_json_write_item(item, out);
}

static void write_page(const struct store_result *result, struct dm_buf *out)
{
    buf_printf(out, ",\"count\":%zu,\"scanned\":%zu", result->count,
               result->scanned_count);
    write_items("items", result->items, result->item_count, out);
    write_item("last", result->last, out);
}

static void write_unprocessed(const struct store_result *result, struct dm_buf *out)
{
    if (result->unprocessed_key_count)
        write_keys(result->unprocessed_keys, result->unprocessed_key_count, out);
    if (result->unprocessed_put_count)
        write_items("unprocessed_puts", result->unprocessed_puts,
                    result->unprocessed_put_count, out);
}

void answer_write(enum answer_shape shape, const struct store_result *result,
                  struct dm_buf *out)
{
    buf_printf(out, "{\"ok\":{\"capacity\":%.1f", result->consumed_capacity);
    if (shape == ANSWER_ITEM)
        write_item("item", result->item, out);
    if (shape == ANSWER_PAGE)
        write_page(result, out);
    if (shape == ANSWER_ITEMS)
        write_items("items", result->items, result->item_count, out);
    write_unprocessed(result, out);
    if (shape == ANSWER_TABLE)
        write_table(result, out);
    buf_add_str(out, STR("}}"));
}

static void write_reasons(const struct store_result *result, struct dm_buf *out)
{
    buf_add_str(out, STR(",\"reasons\":["));
    for (size_t i = 0; i < result->reason_count; i++) {
        const struct store_reason *reason = &result->reasons[i];
        buf_add_str(out, i ? STR(",{") : STR("{"));
        write_string("code", dm_str(dm_code_name(reason->code)), out);
        if (reason->message.len) {
            buf_add_char(out, ',');
            write_string("message", reason->message, out);
        }
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

void answer_write_error(const struct dm_error *err, const struct store_result *result,
                        struct dm_buf *out)
{
    buf_add_str(out, STR("{\"error\":{"));
    write_string("code", dm_str(dm_code_name(err->code)), out);
    buf_add_char(out, ',');
    write_string("type", dm_str(err->upstream_type), out);
    buf_add_char(out, ',');
    write_string("message", dm_str(err->message), out);
    if (result && err->code == DM_E_CONDITION)
        write_item("item", result->item, out);
    else if (result)
        write_reasons(result, out);
    buf_add_str(out, STR("}}"));
}
