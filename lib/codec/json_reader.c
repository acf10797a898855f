/* The pull reader. */
#include "codec/json_reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/utf8.h"
#include "codec/json_scan.h"

void reader_init(struct json_reader *reader, struct dm_str text, unsigned max_depth,
                 struct arena *arena)
{
    const char *start = text.ptr ? text.ptr : "";
    *reader = (struct json_reader){.start = start,
                                   .at = start,
                                   .end = start + text.len,
                                   .max_depth = max_depth,
                                   .arena = arena};
}

enum dm_code(reader_fail)(const struct json_reader *reader, struct dm_error *err,
                          const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_set(err, DM_E_INVALID, "byte %zu: %s",
                     (size_t)(reader->at - reader->start), what);
}

static enum dm_code fail_at(struct json_reader *reader, const char *at, const char *what,
                            struct dm_error *err)
{
    reader->at = at;
    return reader_fail(reader, err, "%s", what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* There is none in what machines write. */
static inline void skip_space(struct json_reader *reader)
{
    if (reader->at < reader->end && (unsigned char)*reader->at > ' ')
        return;
    while (reader->at < reader->end && is_space(*reader->at))
        reader->at++;
}

/* Past white space and the character, if it is there. */
static bool accept(struct json_reader *reader, char c)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

enum reader_type reader_peek(struct json_reader *reader)
{
    skip_space(reader);
    if (reader->at == reader->end)
        return READER_INVALID;
    switch (*reader->at) {
    case '{':
        return READER_OBJECT;
    case '[':
        return READER_ARRAY;
    case '"':
        return READER_STRING;
    case 't':
    case 'f':
        return READER_BOOL;
    case 'n':
        return READER_NULL;
    default:
        return *reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9')
                   ? READER_NUMBER
                   : READER_INVALID;
    }
}

static enum dm_code begin(struct json_reader *reader, char open, const char *expected,
                          struct dm_error *err)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != open)
        return reader_fail(reader, err, "expected %s", expected);
    if (reader->depth == reader->max_depth)
        return reader_fail(reader, err, "nested deeper than %u", reader->max_depth);
    reader->at++;
    reader->depth++;
    reader->begun = true;
    return DM_OK;
}

/* Over the comma before the next element, or over the end of the object or array. */
static enum dm_code next(struct json_reader *reader, char close, bool *ret_more,
                         struct dm_error *err)
{
    bool first = reader->begun;
    reader->begun = false;
    if (accept(reader, close)) {
        reader->depth--;
        *ret_more = false;
        return DM_OK;
    }
    if (!first && !accept(reader, ','))
        return reader_fail(reader, err, "expected , or %c", close);
    *ret_more = true;
    return DM_OK;
}

enum dm_code reader_object_begin(struct json_reader *reader, struct dm_error *err)
{
    return begin(reader, '{', "an object", err);
}

enum dm_code reader_object_next(struct json_reader *reader, struct dm_str *ret_name,
                                bool *ret_more, struct dm_error *err)
{
    struct dm_str name;
    bool more;
    DM_TRY(next(reader, '}', &more, err));
    if (more) {
        DM_TRY(reader_string(reader, &name, err));
        if (!accept(reader, ':'))
            return reader_fail(reader, err, "expected :");
        *ret_name = name;
    }
    *ret_more = more;
    return DM_OK;
}

enum dm_code reader_array_begin(struct json_reader *reader, struct dm_error *err)
{
    return begin(reader, '[', "an array", err);
}

enum dm_code reader_array_next(struct json_reader *reader, bool *ret_more,
                               struct dm_error *err)
{
    return next(reader, ']', ret_more, err);
}

/* What a string has in it that asks for a second look. */
struct string_traits {
    bool escapes, past_ascii;
};

/* From inside a string to its closing quote. */
static enum dm_code find_quote(struct json_reader *reader, struct string_traits *traits,
                               struct dm_error *err)
{
    for (;;) {
        reader->at = traits->past_ascii ? json_scan_plain(reader->at, reader->end)
                                        : json_scan_ascii(reader->at, reader->end);
        if (reader->at == reader->end)
            return reader_fail(reader, err, "a string without an end");
        if (*reader->at == '"')
            return DM_OK;
        if ((unsigned char)*reader->at < 0x20)
            return reader_fail(reader, err, "a control character in a string");
        if (*reader->at != '\\') {
            traits->past_ascii = true;
            continue;
        }
        traits->escapes = true;
        reader->at += reader->end - reader->at < 2 ? 1 : 2;
    }
}

/* Four hexadecimal digits. */
static bool read_unit(const char *at, const char *end, unsigned *ret_unit)
{
    unsigned unit = 0;
    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return false;
        unit = unit << 4 | digit;
    }
    *ret_unit = unit;
    return true;
}

/* What follows `\u`: a code unit, or two that make one character (RFC 8259 section 7).
 * Returns the bytes read, 0 when they are wrong. */
static size_t read_code_point(const char *at, const char *end, unsigned *ret_code_point)
{
    unsigned high, low;
    if (!read_unit(at, end, &high) || (high >= 0xDC00 && high <= 0xDFFF))
        return 0;
    if (high < 0xD800 || high > 0xDFFF) {
        *ret_code_point = high;
        return 4;
    }
    if (end - at < 10 || at[4] != '\\' || at[5] != 'u' || !read_unit(at + 6, end, &low) ||
        low < 0xDC00 || low > 0xDFFF)
        return 0;
    *ret_code_point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return 10;
}

/* One escape; *at is past its backslash. Returns the bytes written, 0 when it is wrong.
 */
static size_t decode_escape(const char **at, const char *end, char *to)
{
    static const char characters[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    unsigned char letter = (unsigned char)*(*at)++;
    if (letter == 'u') {
        unsigned code_point;
        size_t read = read_code_point(*at, end, &code_point);
        *at += read;
        return read ? utf8_encode(code_point, to) : 0;
    }
    *to = letter < sizeof characters ? characters[letter] : '\0';
    return *to != '\0';
}

/* A string whose ends are known and whose escapes are not yet. */
static enum dm_code decode(struct json_reader *reader, struct dm_str raw,
                           struct dm_str *ret_text, struct dm_error *err)
{
    const char *at = raw.ptr, *end = at + raw.len;
    char *text = arena_alloc(reader->arena, raw.len), *to = text;
    if (!text)
        return error_nomem(err);

    for (;;) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        memcpy(to, at, plain);
        to += plain;
        if (!escape)
            break;
        at = escape + 1;
        size_t written = decode_escape(&at, end, to);
        if (!written)
            return fail_at(reader, escape, "a wrong escape", err);
        to += written;
    }
    *ret_text = (struct dm_str){text, (size_t)(to - text)};
    return DM_OK;
}

enum dm_code reader_string(struct json_reader *reader, struct dm_str *ret_text,
                           struct dm_error *err)
{
    if (!accept(reader, '"'))
        return reader_fail(reader, err, "expected a string");

    const char *start = reader->at;
    struct string_traits traits = {.escapes = false};
    DM_TRY(find_quote(reader, &traits, err));
    struct dm_str text = {start, (size_t)(reader->at - start)};
    if (traits.past_ascii && !utf8_valid(text))
        return fail_at(reader, start, "a string that is not UTF-8", err);
    if (traits.escapes)
        DM_TRY(decode(reader, text, &text, err));
    reader->at++;
    *ret_text = text;
    return DM_OK;
}

enum dm_code reader_number(struct json_reader *reader, struct dm_str *ret_text,
                           struct dm_error *err)
{
    skip_space(reader);
    const char *end = json_scan_number(reader->at, reader->end);
    if (!end)
        return reader_fail(reader, err, "expected a number");
    *ret_text = (struct dm_str){reader->at, (size_t)(end - reader->at)};
    reader->at = end;
    return DM_OK;
}

static bool accept_word(struct json_reader *reader, const char *word)
{
    size_t len = strlen(word);
    skip_space(reader);
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return false;
    reader->at += len;
    return true;
}

enum dm_code reader_bool(struct json_reader *reader, bool *ret_value,
                         struct dm_error *err)
{
    bool value = accept_word(reader, "true");
    if (!value && !accept_word(reader, "false"))
        return reader_fail(reader, err, "expected true or false");
    *ret_value = value;
    return DM_OK;
}

enum dm_code reader_null(struct json_reader *reader, struct dm_error *err)
{
    return accept_word(reader, "null") ? DM_OK
                                       : reader_fail(reader, err, "expected null");
}

static enum dm_code skip_object(struct json_reader *reader, struct dm_error *err)
{
    struct dm_str name;
    bool more = true;
    DM_TRY(reader_object_begin(reader, err));
    for (;;) {
        DM_TRY(reader_object_next(reader, &name, &more, err));
        if (!more)
            return DM_OK;
        DM_TRY(reader_skip(reader, err));
    }
}

static enum dm_code skip_array(struct json_reader *reader, struct dm_error *err)
{
    bool more = true;
    DM_TRY(reader_array_begin(reader, err));
    for (;;) {
        DM_TRY(reader_array_next(reader, &more, err));
        if (!more)
            return DM_OK;
        DM_TRY(reader_skip(reader, err));
    }
}

enum dm_code reader_skip(struct json_reader *reader, struct dm_error *err)
{
    struct dm_str text;
    bool boolean;
    switch (reader_peek(reader)) {
    case READER_OBJECT:
        return skip_object(reader, err);
    case READER_ARRAY:
        return skip_array(reader, err);
    case READER_STRING:
        return reader_string(reader, &text, err);
    case READER_NUMBER:
        return reader_number(reader, &text, err);
    case READER_BOOL:
        return reader_bool(reader, &boolean, err);
    case READER_NULL:
        return reader_null(reader, err);
    case READER_INVALID:
        break;
    }
    return reader_fail(reader, err, "expected a value");
}

enum dm_code reader_end(struct json_reader *reader, struct dm_error *err)
{
    skip_space(reader);
    if (reader->at != reader->end)
        return reader_fail(reader, err, "expected nothing more");
    return DM_OK;
}
