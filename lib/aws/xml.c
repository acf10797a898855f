/* As much of XML as STS answers in. */
#include "aws/xml.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

struct xml {
    const char *begin, *at, *end;
    struct arena *arena;
    xml_text_fn text;
    void *ctx;
    struct dm_str open[XML_DEPTH_MAX]; /* the names of the elements around */
    size_t depth;
    bool leaf;          /* no element was in the innermost so far */
    const char *inside; /* where the innermost's content begins */
};

static enum dm_code fail(const struct xml *xml, const char *expected,
                         struct dm_error *err)
{
    return error_set(err, DM_E_UPSTREAM, "byte %zu: expected %s",
                     (size_t)(xml->at - xml->begin), expected);
}

static bool take(struct xml *xml, struct dm_str mark)
{
    struct dm_str rest = {xml->at, (size_t)(xml->end - xml->at)};
    if (!str_starts(rest, mark))
        return false;
    xml->at += mark.len;
    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool skip_blanks(struct xml *xml)
{
    const char *from = xml->at;
    while (xml->at < xml->end && blank(*xml->at))
        xml->at++;
    return xml->at > from;
}

/* Moves past the mark; false, at the end, when it does not come. */
static bool skip_past(struct xml *xml, struct dm_str mark)
{
    while (xml->at < xml->end)
        if (take(xml, mark))
            return true;
        else
            xml->at++;
    return false;
}

/* --- names and attributes --- */

/* Beyond ASCII any character is one of a name: nobody looks for those. */
static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == ':' || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static bool take_name(struct xml *xml, struct dm_str *ret_name)
{
    const char *from = xml->at;
    while (xml->at < xml->end && name_char(*xml->at))
        xml->at++;
    *ret_name = (struct dm_str){from, (size_t)(xml->at - from)};
    return ret_name->len && !(*from >= '0' && *from <= '9') && *from != '-' &&
           *from != '.';
}

static enum dm_code skip_attribute(struct xml *xml, struct dm_error *err)
{
    struct dm_str name;
    if (!take_name(xml, &name))
        return fail(xml, "an attribute", err);
    skip_blanks(xml);
    if (!take(xml, STR("=")))
        return fail(xml, "=", err);
    skip_blanks(xml);
    struct dm_str quote = take(xml, STR("\"")) ? STR("\"") : STR("'");
    if (quote.ptr[0] == '\'' && !take(xml, quote))
        return fail(xml, "a quoted value", err);
    while (xml->at < xml->end && *xml->at != quote.ptr[0] && *xml->at != '<')
        xml->at++;
    return take(xml, quote) ? DM_OK : fail(xml, "the value's end", err);
}

/* --- text --- */

static bool xml_character(unsigned code)
{
    return code == '\t' || code == '\n' || code == '\r' ||
           (code >= ' ' && code < 0xd800) || (code >= 0xe000 && code < 0xfffe) ||
           (code >= 0x10000 && code <= 0x10ffff);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* "38" or "x26", what stands between &# and ; */
static bool read_code(struct dm_str digits, unsigned *ret_code)
{
    unsigned code = 0, base = 10;
    if (str_starts(digits, STR("x"))) {
        digits = (struct dm_str){digits.ptr + 1, digits.len - 1};
        base = 16;
    }
    for (size_t i = 0; i < digits.len && code <= 0x10ffff; i++) {
        unsigned digit = (unsigned)digit_of(digits.ptr[i]);
        if (digit >= base)
            return false;
        code = code * base + digit;
    }
    *ret_code = code;
    return digits.len && xml_character(code);
}

static const struct {
    struct dm_str name;
    char character;
} entities[] = {{{"lt", 2}, '<'},
                {{"gt", 2}, '>'},
                {{"amp", 3}, '&'},
                {{"quot", 4}, '"'},
                {{"apos", 4}, '\''}};

/* What a reference, without & and ;, stands for; its length, 0: nothing. It is never
 * longer than the reference. */
static size_t resolve(struct dm_str name, char out[4])
{
    unsigned code = 0;
    if (str_starts(name, STR("#"))) {
        struct dm_str digits = {name.ptr + 1, name.len - 1};
        return read_code(digits, &code) ? utf8_encode(code, out) : 0;
    }
    for (size_t i = 0; i < DM_COUNT(entities); i++)
        if (str_equal(name, entities[i].name)) {
            out[0] = entities[i].character;
            return 1;
        }
    return 0;
}

/* Takes the next character or reference and writes what it stands for; its length, 0: the
 * reference stands for nothing. */
static size_t put_character(struct dm_str *rest, char *to)
{
    if (rest->ptr[0] != '&') {
        *to = rest->ptr[0];
        *rest = (struct dm_str){rest->ptr + 1, rest->len - 1};
        return 1;
    }
    struct dm_str name = str_split(rest, ';');
    char decoded[4] = {0};
    if (!rest->ptr)
        return 0;
    size_t len = resolve((struct dm_str){name.ptr + 1, name.len - 1}, decoded);
    memcpy(to, decoded, len);
    return len;
}

static enum dm_code decode(struct xml *xml, struct dm_str raw, struct dm_str *ret_text,
                           struct dm_error *err)
{
    char *text = arena_alloc(xml->arena, raw.len + 1), *to = text;
    if (!text)
        return error_nomem(err);
    while (raw.len) {
        size_t len = put_character(&raw, to);
        if (!len)
            return fail(xml, "an entity that XML has", err);
        to += len;
    }
    *ret_text = (struct dm_str){text, (size_t)(to - text)};
    return DM_OK;
}

/* --- elements --- */

static size_t write_path(const struct xml *xml, char path[XML_PATH_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < xml->depth; i++) {
        struct dm_str name = xml->open[i];
        if ((i > 0) + name.len > XML_PATH_MAX - len)
            return 0;
        if (i)
            path[len++] = '/';
        memcpy(path + len, name.ptr, name.len);
        len += name.len;
    }
    return len;
}

static enum dm_code tell(struct xml *xml, struct dm_str raw, struct dm_error *err)
{
    char path[XML_PATH_MAX];
    struct dm_str text;
    size_t len = write_path(xml, path);
    if (!len)
        return fail(xml, "shorter names", err);
    DM_TRY(decode(xml, raw, &text, err));
    xml->text((struct dm_str){path, len}, text, xml->ctx);
    return DM_OK;
}

static enum dm_code end_element(struct xml *xml, struct dm_str raw, struct dm_error *err)
{
    if (xml->leaf)
        DM_TRY(tell(xml, raw, err));
    xml->depth--;
    xml->leaf = false;
    return DM_OK;
}

/* After its <. */
static enum dm_code open_element(struct xml *xml, struct dm_error *err)
{
    struct dm_str name;
    if (xml->depth == XML_DEPTH_MAX || !take_name(xml, &name))
        return fail(xml, "an element, not deeper than 16", err);
    xml->open[xml->depth++] = name;
    xml->leaf = true;
    while (skip_blanks(xml) && xml->at < xml->end && name_char(*xml->at))
        DM_TRY(skip_attribute(xml, err));
    if (take(xml, STR("/>")))
        return end_element(xml, STR(""), err);
    if (!take(xml, STR(">")))
        return fail(xml, ">", err);
    xml->inside = xml->at;
    return DM_OK;
}

/* After its </. */
static enum dm_code close_element(struct xml *xml, struct dm_str raw,
                                  struct dm_error *err)
{
    struct dm_str name;
    if (!take_name(xml, &name) || !str_equal(name, xml->open[xml->depth - 1]))
        return fail(xml, "the end of the element that was begun", err);
    skip_blanks(xml);
    if (!take(xml, STR(">")))
        return fail(xml, ">", err);
    return end_element(xml, raw, err);
}

/* Up to the next mark-up. */
static enum dm_code content(struct xml *xml, struct dm_error *err)
{
    while (xml->at < xml->end && *xml->at != '<')
        xml->at++;
    struct dm_str raw = {xml->inside, (size_t)(xml->at - xml->inside)};
    if (take(xml, STR("</")))
        return close_element(xml, raw, err);
    if (!take(xml, STR("<")))
        return fail(xml, "the element's end", err);
    return open_element(xml, err);
}

static bool characters_valid(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' && !blank(text.ptr[i]))
            return false;
    return utf8_valid(text);
}

enum dm_code xml_read(struct dm_str document, struct arena *arena, xml_text_fn text,
                      void *ctx, struct dm_error *err)
{
    struct xml xml = {.begin = document.ptr,
                      .at = document.ptr,
                      .end = document.ptr + document.len,
                      .arena = arena,
                      .text = text,
                      .ctx = ctx};
    if (str_empty(document) || !characters_valid(document))
        return error_set(err, DM_E_UPSTREAM, "expected XML in UTF-8");
    if (take(&xml, STR("<?xml")) && !skip_past(&xml, STR("?>")))
        return fail(&xml, "?>", err);

    skip_blanks(&xml);
    if (!take(&xml, STR("<")))
        return fail(&xml, "an element", err);
    DM_TRY(open_element(&xml, err));
    while (xml.depth)
        DM_TRY(content(&xml, err));
    skip_blanks(&xml);
    return xml.at == xml.end ? DM_OK : fail(&xml, "nothing more", err);
}
