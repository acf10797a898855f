/* The access log's variables and formats. */
#include "daemon/log/access_format.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/log/line.h"

/* What one value may take, escaped; and what a line of JSON keeps from its texts for
 * names, marks, numbers and times, so that it is whole. */
enum { VALUE_MAX = 4096, JSON_FRAME_MAX = 512 };

/* What nginx writes for a client that left before its answer. */
enum { STATUS_LEFT = 499 };

struct variable {
    const char *name;
    const char *member; /* its name in JSON; NULL: it is not there */
    bool is_number;
    size_t text; /* its place in the record, where `write` is NULL */
    void (*write)(const struct access_record *record, enum line_escape escape,
                  struct line *out);
};

struct part {
    struct dm_str literal;
    const struct variable *variable; /* NULL: the literal */
};

struct access_format {
    bool is_json;
    const struct part *parts;
    size_t count;
};

/* --- values --- */

static void write_time_local(const struct access_record *record, enum line_escape escape,
                             struct line *out)
{
    time_t seconds = (time_t)(record->wall_ms / 1000);
    struct tm tm;
    char text[40];
    (void)escape;
    if (gmtime_r(&seconds, &tm) &&
        strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S +0000", &tm))
        line_add(out, dm_str(text));
}

static void write_time(const struct access_record *record, enum line_escape escape,
                       struct line *out)
{
    (void)escape;
    line_add_time(out, record->wall_ms);
}

static void write_request(const struct access_record *record, enum line_escape escape,
                          struct line *out)
{
    line_add_escaped(out, record->method, escape);
    line_add(out, STR(" "));
    line_add_escaped(out, record->target, escape);
    line_add(out, STR(" "));
    line_add_escaped(out, record->protocol, escape);
}

static void write_path(const struct access_record *record, enum line_escape escape,
                       struct line *out)
{
    struct dm_str rest = record->target;
    line_add_escaped(out, str_split(&rest, '?'), escape);
}

static void write_status(const struct access_record *record, enum line_escape escape,
                         struct line *out)
{
    (void)escape;
    line_printf(out, "%u", record->status ? record->status : (unsigned)STATUS_LEFT);
}

static void write_body_bytes(const struct access_record *record, enum line_escape escape,
                             struct line *out)
{
    (void)escape;
    line_printf(out, "%" PRIu64, record->body_bytes);
}

static void write_seconds(uint64_t us, struct line *out)
{
    line_printf(out, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));
}

static void write_total(const struct access_record *record, enum line_escape escape,
                        struct line *out)
{
    (void)escape;
    write_seconds((uint64_t)record->total_us, out);
}

static void write_upstream(const struct access_record *record, enum line_escape escape,
                           struct line *out)
{
    (void)escape;
    write_seconds(record->upstream_us, out);
}

#define TEXT(field) .text = offsetof(struct access_record, field)

/* Sorted as JSON has them. Names are nginx's, where it has such a variable. */
static const struct variable variables[] = {
    {"time_iso8601", "time", .write = write_time},
    {"time_local", NULL, .write = write_time_local},
    {"remote_addr", "remote_addr", TEXT(remote_addr)},
    {"request", NULL, .write = write_request},
    {"request_method", "method", TEXT(method)},
    {"request_uri", "uri", TEXT(target)},
    {"path", NULL, .write = write_path},
    {"server_protocol", "protocol", TEXT(protocol)},
    {"status", "status", true, .write = write_status},
    {"body_bytes_sent", "body_bytes_sent", true, .write = write_body_bytes},
    {"request_time", "request_time", true, .write = write_total},
    {"upstream_time", "upstream_time", true, .write = write_upstream},
    {"request_id", "request_id", TEXT(request_id)},
    {"app", "app", TEXT(app)},
    {"model", "model", TEXT(model)},
    {"operation", "operation", TEXT(operation)},
    {"problem", "problem", TEXT(problem)},
    {"principal", "principal", TEXT(principal)},
};

/* In the line's room but for what is kept. */
static void write_value(const struct variable *variable,
                        const struct access_record *record, enum line_escape escape,
                        size_t kept, struct line *out)
{
    size_t used = out->len + kept, room = used < out->max ? out->max - used : 0;
    struct line value = {out->text + out->len, 0, room < VALUE_MAX ? room : VALUE_MAX};
    const char *base = (const char *)record;
    if (variable->write)
        variable->write(record, escape, &value);
    else
        line_add_escaped(&value, *(const struct dm_str *)(base + variable->text), escape);
    out->len += value.len;
}

/* --- lines --- */

static void write_part(const struct part *part, const struct access_record *record,
                       struct line *out)
{
    size_t before = out->len;
    if (!part->variable) {
        line_add(out, part->literal);
        return;
    }
    write_value(part->variable, record, LINE_ASCII, 0, out);
    if (out->len == before)
        line_add(out, STR("-"));
}

/* A value that is empty is no member, nor is one without room. */
static void write_member(const struct variable *variable,
                         const struct access_record *record, struct line *out)
{
    size_t before = out->len;
    struct dm_str quote = variable->is_number ? STR("") : STR("\"");
    line_printf(out, "%s\"%s\":", before > 1 ? "," : "", variable->member);
    line_add(out, quote);
    size_t begin = out->len;
    write_value(variable, record, LINE_JSON, variable->write ? 0 : JSON_FRAME_MAX, out);
    bool is_empty = out->len == begin;
    line_add(out, quote);
    if (is_empty)
        out->len = before;
}

static void write_json(const struct access_record *record, struct line *out)
{
    line_add(out, STR("{"));
    for (size_t i = 0; i < DM_COUNT(variables); i++)
        if (variables[i].member)
            write_member(&variables[i], record, out);
    line_add(out, STR("}"));
}

size_t access_format_write(const struct access_format *format,
                           const struct access_record *record, char text[ACCESS_LINE_MAX])
{
    struct line out = {text, 0, ACCESS_LINE_MAX - 1};
    if (format->is_json)
        write_json(record, &out);
    for (size_t i = 0; i < format->count; i++)
        write_part(&format->parts[i], record, &out);
    out.max++;
    line_add(&out, STR("\n"));
    return out.len;
}

/* --- format strings --- */

static enum dm_code unexpected(struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) names;
    buf_init(&names, sizeof err->message);
    for (size_t i = 0; i < DM_COUNT(variables); i++)
        buf_printf(&names, " $%s", variables[i].name);
    buf_add_char(&names, '\0');
    return error_set(err, DM_E_CONFIG, "\"common\", \"json\", or a line of these:%s",
                     names.failed ? "" : names.ptr);
}

static const struct variable *find_variable(struct dm_str name)
{
    for (size_t i = 0; i < DM_COUNT(variables); i++)
        if (str_equal(name, dm_str(variables[i].name)))
            return &variables[i];
    return NULL;
}

static struct dm_str take(struct dm_str *text, size_t len)
{
    struct dm_str taken = {text->ptr, len};
    *text = (struct dm_str){text->ptr + len, text->len - len};
    return taken;
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Behind a dollar: `name`, `{name}`, or a dollar. ptr NULL: none of them. */
static struct dm_str take_name(struct dm_str *text)
{
    bool braced = str_starts(*text, STR("{"));
    if (braced)
        take(text, 1);
    size_t len = 0;
    while (len < text->len && is_of_name(text->ptr[len]))
        len++;
    struct dm_str name = take(text, len);
    if (braced && !str_starts(*text, STR("}")))
        return (struct dm_str){NULL, 0};
    if (braced)
        take(text, 1);
    return name;
}

static bool take_variable(struct dm_str *text, struct part *part)
{
    take(text, 1);
    if (str_starts(*text, STR("$"))) {
        part->literal = take(text, 1);
        return true;
    }
    part->variable = find_variable(take_name(text));
    return part->variable != NULL;
}

/* Up to the next dollar; control characters but tabs would break lines. */
static bool take_literal(struct dm_str *text, struct part *part)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] != '$') {
        unsigned char c = (unsigned char)text->ptr[len++];
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    part->literal = take(text, len);
    return true;
}

static enum dm_code parse_parts(struct dm_str text, struct arena *arena,
                                struct access_format *format, struct dm_error *err)
{
    struct part *parts = arena_new(arena, text.len * sizeof *parts);
    struct dm_str rest = arena_str(arena, text);
    if (!parts || !rest.ptr)
        return error_nomem(err);
    while (rest.len) {
        struct part *part = &parts[format->count++];
        bool good =
            rest.ptr[0] == '$' ? take_variable(&rest, part) : take_literal(&rest, part);
        if (!good)
            return unexpected(err);
    }
    format->parts = parts;
    return format->count ? DM_OK : unexpected(err);
}

enum dm_code access_format_parse(struct dm_str text, struct arena *arena,
                                 const struct access_format **ret_format,
                                 struct dm_error *err)
{
    struct access_format *format = arena_new(arena, sizeof *format);
    if (!format)
        return error_nomem(err);
    format->is_json = str_equal(text, STR("json"));
    if (str_equal(text, STR("common")))
        text =
            STR("$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent");
    if (!format->is_json)
        DM_TRY(parse_parts(text, arena, format, err));
    *ret_format = format;
    return DM_OK;
}
