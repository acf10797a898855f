/* The lines of a head. */
#include "daemon/http/head_lines.h"

#include <stdint.h>

enum { CR_LF = 2 };

static const char bad_line[] =
    "each line must end with CR LF, be a header of its own, and have no NUL";

static bool is_set(const uint64_t *set, unsigned char byte)
{
    return set[byte / 64] >> byte % 64 & 1;
}

/* RFC 9110 section 5.6.2: letters, digits and !#$%&'*+-.^_`|~ */
static bool is_token(struct dm_str text)
{
    static const uint64_t token[4] = {0x03FF6CFA00000000, 0x57FFFFFFC7FFFFFE};
    for (size_t i = 0; i < text.len; i++)
        if (!is_set(token, (unsigned char)text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool is_control(unsigned char byte)
{
    return (byte < ' ' && byte != '\t') || byte == 0x7F;
}

/* Of eight bytes; so is one past ASCII. Most have none. */
static bool may_have_control(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return ((word - ones * ' ') | (word + ones) | word) & highs;
}

static bool has_control(struct dm_str text)
{
    for (size_t at = 0; at < text.len; at++) {
        while (text.len - at >= 8 && !may_have_control(text.ptr + at))
            at += 8;
        if (at < text.len && is_control((unsigned char)text.ptr[at]))
            return true;
    }
    return false;
}

/* Neither a space, nor what nobody sends as part of a target. */
static bool is_target(struct dm_str text)
{
    bool has_hash = text.len && memchr(text.ptr, '#', text.len);
    bool has_space =
        text.len && (memchr(text.ptr, ' ', text.len) || memchr(text.ptr, '\t', text.len));
    return text.len && !has_hash && !has_space && !has_control(text);
}

static void blame(struct head_lines *lines, const char *fault)
{
    if (!lines->fault)
        lines->fault = fault;
}

/* The one space between each two of the three has become a NUL. */
static bool is_whole(const struct request_line *line)
{
    return line->target_at == line->method + strlen(line->method) + 1 &&
           line->version == line->target_at + line->target_len + 1;
}

void head_lines_begin(struct head_lines *lines, const struct request_line *line,
                      size_t head_size)
{
    *lines = (struct head_lines){
        .next = line->version + strlen(line->version) + CR_LF,
        .end = line->method + head_size,
    };
    if (!is_whole(line))
        blame(lines, "the request line is not a method, a target and a version with "
                     "one space between");
    else if (!is_token(dm_str(line->method)))
        blame(lines, "the method is not one");
    else if (!is_target(line->target))
        blame(lines, "the target has a space, a control byte or a #");
}

void head_lines_add(struct head_lines *lines, struct dm_str name, struct dm_str value)
{
    if (!lines->next)
        return;
    if (name.ptr != lines->next)
        blame(lines, bad_line);
    else if (!is_token(name))
        blame(lines, "the name of a header is not one");
    else if (has_control(value))
        blame(lines, "the value of a header has a control byte");
    lines->next = value.ptr + value.len + CR_LF;
}

/* What is left is the empty line. */
const char *head_lines_fault(const struct head_lines *lines)
{
    if (lines->next && !lines->fault && lines->next + CR_LF != lines->end)
        return bad_line;
    return lines->fault;
}
