/* The access log: a format, a NUL, and the texts of a request, a NUL between each two.
 * What is taken writes one line of UTF-8, whatever the request said; as JSON, it is
 * an object that can be read. */
#include <jansson.h>

#include "base/str.h"
#include "base/utf8.h"
#include "daemon/log/access_format.h"
#include "fuzz.h"

static struct access_record read_record(struct dm_str text)
{
    struct access_record record = {.status = text.len % 600,
                                   .wall_ms = (int64_t)text.len * 86400007,
                                   .body_bytes = text.len,
                                   .total_us = (int64_t)text.len * 1009,
                                   .upstream_us = text.len};
    struct dm_str *texts[] = {&record.remote_addr, &record.method,  &record.target,
                              &record.protocol,    &record.app,     &record.model,
                              &record.operation,   &record.problem, &record.request_id,
                              &record.principal};
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        *texts[i] = text.ptr ? str_split(&text, '\0') : STR("");
    return record;
}

/* One line, whatever else the format puts in it. */
static bool is_line(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7F)
            return false;
    }
    return utf8_valid(text);
}

static void write(const struct access_format *format, const struct access_record *record,
                  bool is_json)
{
    char text[ACCESS_LINE_MAX];
    size_t len = access_format_write(format, record, text);
    fuzz_check(len > 0 && len <= sizeof text && text[len - 1] == '\n');
    fuzz_check(is_line((struct dm_str){text, len - 1}));
    if (!is_json)
        return;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    fuzz_check(json_is_object(json));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    const struct access_format *format = NULL;
    struct dm_str rest = fuzz_text(bytes, len), text = str_split(&rest, '\0');
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!utf8_valid(text)) /* as every setting is */
        return 0;
    enum dm_code code = access_format_parse(text, &arena, &format, &err);
    struct access_record record = read_record(rest);
    if (!code)
        write(format, &record, str_equal(text, STR("json")));
    else
        fuzz_check(code == DM_E_CONFIG && err.code == code && err.message[0]);
    return 0;
}
