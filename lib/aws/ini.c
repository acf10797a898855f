/* The format of AWS's shared files. */
#include "aws/ini.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

struct line {
    char *ptr;
    size_t len;
};

struct ini {
    char *next;
    char *end;
    size_t line_number;
    ini_entry_fn entry;
    void *ctx;

    struct dm_str section; /* ptr NULL before the first */
    struct dm_str name;    /* of the value that lines may still continue, or ptr NULL */
    char *value;
    size_t value_len;
    size_t empty_lines; /* after the value; part of it if it goes on */
    size_t indent;      /* of the line that the value is on */
};

static enum dm_code fail(size_t line_number, const char *problem, struct dm_error *err)
{
    return error_set(err, DM_E_CREDENTIALS, "line %zu: %s", line_number, problem);
}

/* Lines end with LF, CR or both. */
static struct line take_line(struct ini *ini)
{
    struct line line = {ini->next, 0};
    while (ini->next < ini->end && *ini->next != '\n' && *ini->next != '\r')
        ini->next++;
    line.len = (size_t)(ini->next - line.ptr);
    if (ini->end - ini->next >= 2 && ini->next[0] == '\r' && ini->next[1] == '\n')
        ini->next++;
    if (ini->next < ini->end)
        ini->next++;
    ini->line_number++;
    return line;
}

static bool has_control(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t') ||
            text.ptr[i] == 0x7f)
            return true;
    return false;
}

static void end_value(struct ini *ini)
{
    if (!ini->name.ptr)
        return;
    struct dm_str value = {ini->value, ini->value_len};
    ini->entry(ini->section, ini->name, value, ini->ctx);
    ini->name = (struct dm_str){NULL, 0};
}

/* Moves the line up to the value's end: there is always room, since what is moved comes
 * after at least one line end a line. */
static void continue_value(struct ini *ini, struct line line)
{
    size_t line_ends = ini->empty_lines + 1;
    memset(ini->value + ini->value_len, '\n', line_ends);
    ini->value_len += line_ends;
    memmove(ini->value + ini->value_len, line.ptr, line.len);
    ini->value_len += line.len;
    ini->empty_lines = 0;
}

/* Up to the last bracket, whatever comes after it. */
static bool section_line(struct dm_str line, struct dm_str *ret_name)
{
    const char *close = line.ptr[0] == '[' ? memrchr(line.ptr, ']', line.len) : NULL;
    if (!close || close - line.ptr < 2)
        return false;
    *ret_name = (struct dm_str){line.ptr + 1, (size_t)(close - line.ptr) - 1};
    return true;
}

static void begin_section(struct ini *ini, struct dm_str name)
{
    struct dm_str none = {NULL, 0};
    ini->section = name;
    ini->entry(name, none, none, ini->ctx);
}

static enum dm_code begin_value(struct ini *ini, struct line line, struct dm_error *err)
{
    size_t at = 0;
    while (at < line.len && line.ptr[at] != '=' && line.ptr[at] != ':')
        at++;
    struct dm_str name = str_trim((struct dm_str){line.ptr, at});
    if (!ini->section.ptr || at == line.len || str_empty(name))
        return fail(ini->line_number, "expected [section] or name = value", err);

    do
        at++;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t'));
    ini->name = name;
    ini->value = line.ptr + at;
    ini->value_len = line.len - at;
    ini->empty_lines = 0;
    return DM_OK;
}

static enum dm_code begin_entry(struct ini *ini, struct line line, struct dm_error *err)
{
    struct dm_str section;
    end_value(ini);
    if (!section_line((struct dm_str){line.ptr, line.len}, &section))
        return begin_value(ini, line, err);
    begin_section(ini, section);
    return DM_OK;
}

static enum dm_code read_line(struct ini *ini, struct line line, struct dm_error *err)
{
    if (line.len > INI_LINE_MAX)
        return fail(ini->line_number, "longer than 64 KB", err);
    if (has_control((struct dm_str){line.ptr, line.len}))
        return fail(ini->line_number, "a control character", err);

    struct dm_str text = str_trim((struct dm_str){line.ptr, line.len});
    size_t indent = (size_t)(text.ptr - line.ptr);
    struct line trimmed = {line.ptr + indent, text.len};
    if (str_empty(text)) {
        ini->empty_lines++;
        return DM_OK;
    }
    if (text.ptr[0] == '#' || text.ptr[0] == ';')
        return DM_OK;
    if (ini->name.ptr && indent > ini->indent) {
        continue_value(ini, trimmed);
        return DM_OK;
    }
    ini->indent = indent;
    return begin_entry(ini, trimmed, err);
}

enum dm_code ini_parse(char *text, size_t len, ini_entry_fn entry, void *ctx,
                       struct dm_error *err)
{
    if (len > INI_MAX)
        return error_set(err, DM_E_CREDENTIALS, "larger than 1 MB");
    if (!utf8_valid((struct dm_str){text, len}))
        return error_set(err, DM_E_CREDENTIALS, "not UTF-8 text");
    if (len == 0)
        return DM_OK;

    struct ini ini = {.next = text, .end = text + len, .entry = entry, .ctx = ctx};
    while (ini.next < ini.end)
        DM_TRY(read_line(&ini, take_line(&ini), err));
    end_value(&ini);
    return DM_OK;
}
