/* Bodies that are parameters. */
#include "daemon/http/query_body.h"

#include "base/str.h"
#include "codec/json_reader.h"
#include "daemon/http/form.h"
#include "daemon/http/problem.h"

static const struct percent_text form_text = {PROBLEM_INVALID_BODY, "body", true};

struct body_reading {
    struct json_reader json;
    struct parameter_list *list;
    struct arena *arena;
};

static enum dm_code read_scalar(struct json_reader *json, struct dm_str *ret_text,
                                struct dm_error *err)
{
    bool flag = false;
    switch (reader_peek(json)) {
    case READER_STRING:
        return reader_string(json, ret_text, err);
    case READER_NUMBER:
        return reader_number(json, ret_text, err);
    case READER_BOOL:
        DM_TRY(reader_bool(json, &flag, err));
        *ret_text = flag ? STR("true") : STR("false");
        return DM_OK;
    case READER_OBJECT:
    case READER_ARRAY:
    case READER_NULL:
    case READER_INVALID:
        break;
    }
    return reader_fail(json, err, "expected a string, a number, true or false");
}

static enum dm_code add_one(struct body_reading *reading, struct dm_str name,
                            struct dm_error *err)
{
    struct parameter_text text = {.name = name};
    DM_TRY(read_scalar(&reading->json, &text.value, err));
    return parameter_list_add(reading->list, &text, reading->arena, err);
}

static enum dm_code add_each(struct body_reading *reading, struct dm_str name,
                             struct dm_error *err)
{
    bool more = true;
    DM_TRY(reader_array_begin(&reading->json, err));
    for (;;) {
        DM_TRY(reader_array_next(&reading->json, &more, err));
        if (!more)
            return DM_OK;
        DM_TRY(add_one(reading, name, err));
    }
}

static enum dm_code read_object(struct body_reading *reading, struct dm_error *err)
{
    bool more = true;
    struct dm_str name;
    DM_TRY(reader_object_begin(&reading->json, err));
    for (;;) {
        DM_TRY(reader_object_next(&reading->json, &name, &more, err));
        if (!more)
            return reader_end(&reading->json, err);
        if (reader_peek(&reading->json) == READER_ARRAY)
            DM_TRY(add_each(reading, name, err));
        else
            DM_TRY(add_one(reading, name, err));
    }
}

static enum dm_code read_json(struct dm_str body, struct arena *arena,
                              struct parameter_list *list, struct dm_error *err)
{
    struct dm_error why = {0};
    struct body_reading reading = {.list = list, .arena = arena};
    reader_init(&reading.json, body, 2, arena);
    enum dm_code code = read_object(&reading, &why);
    if (code == DM_E_INVALID)
        return problem_set(err, PROBLEM_INVALID_BODY,
                           "the body is no JSON object of parameters: %s", why.message);
    if (code)
        *err = why;
    return code;
}

enum dm_code query_body_read(enum content content, struct dm_str body,
                             struct arena *arena, struct parameter_list *list,
                             struct dm_error *err)
{
    if (content == CONTENT_FORM)
        return form_read(&form_text, body, arena, list, err);
    return read_json(body, arena, list, err);
}
