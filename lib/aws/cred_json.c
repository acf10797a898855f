/* AWS's JSON of credentials. */
#include "aws/cred_json.h"

#include "base/error.h"
#include "base/iso8601.h"
#include "base/utf8.h"
#include "codec/json_reader.h"

enum { DEPTH_MAX = 16, CODE_SHOWN = 64, MESSAGE_SHOWN = 256 };

/* The texts of a document, before they mean anything. */
struct fields {
    struct cred_json json;
    struct dm_str expiration;
};

static enum dm_code malformed(const char *source, const struct dm_error *problem,
                              struct dm_error *err)
{
    if (problem->code == DM_E_NOMEM)
        return error_nomem(err);
    return error_set(err, DM_E_CREDENTIALS, "%s: not the JSON of credentials: %s", source,
                     problem->message);
}

/* The field of that name; NULL: not one of ours. */
static struct dm_str *field_of(struct fields *fields, struct dm_str name)
{
    struct cred_json *json = &fields->json;
    const struct {
        struct dm_str name;
        struct dm_str *field;
    } known[] = {
        {STR("AccessKeyId"), &json->keys.access_key_id},
        {STR("SecretAccessKey"), &json->keys.secret_access_key},
        {STR("Token"), &json->keys.session_token},
        {STR("SessionToken"), &json->keys.session_token},
        {STR("Expiration"), &fields->expiration},
        {STR("Version"), &json->version},
        {STR("Code"), &json->code},
        {STR("Message"), &json->message},
    };
    for (size_t i = 0; i < DM_COUNT(known); i++)
        if (str_equal(known[i].name, name))
            return known[i].field;
    return NULL;
}

static enum dm_code read_field(struct json_reader *reader, struct fields *fields,
                               struct dm_str name, struct dm_error *err)
{
    struct dm_str *field = field_of(fields, name);
    if (!field)
        return reader_skip(reader, err);
    if (reader_peek(reader) == READER_NULL)
        return reader_null(reader, err);
    if (field == &fields->json.version)
        return reader_number(reader, field, err);
    return reader_string(reader, field, err);
}

static enum dm_code read_fields(struct json_reader *reader, struct fields *fields,
                                struct dm_error *err)
{
    struct dm_str name;
    bool more = false;
    DM_TRY(reader_object_begin(reader, err));
    DM_TRY(reader_object_next(reader, &name, &more, err));
    while (more) {
        DM_TRY(read_field(reader, fields, name, err));
        DM_TRY(reader_object_next(reader, &name, &more, err));
    }
    return reader_end(reader, err);
}

/* Not 0 even of 1970: that would be never. */
static enum dm_code read_expiration(const char *source, struct fields *fields,
                                    struct dm_error *err)
{
    struct instant at;
    if (str_empty(fields->expiration))
        return DM_OK;
    if (!iso8601_read(fields->expiration, &at))
        return error_set(err, DM_E_CREDENTIALS, "%s: Expiration is no time", source);
    fields->json.keys.expires_ms = at.seconds > 0 ? at.seconds * 1000 : 1;
    return DM_OK;
}

enum dm_code cred_json_read(const char *source, struct dm_str text, struct arena *arena,
                            struct cred_json *ret_json, struct dm_error *err)
{
    struct json_reader reader;
    struct fields fields = {0};
    struct dm_error problem = {0};
    reader_init(&reader, text, DEPTH_MAX, arena);
    if (read_fields(&reader, &fields, &problem))
        return malformed(source, &problem, err);
    DM_TRY(read_expiration(source, &fields, err));
    *ret_json = fields.json;
    return DM_OK;
}

static struct dm_str shown(struct dm_str text, size_t most)
{
    if (str_empty(text))
        return STR("no reason given");
    return (struct dm_str){text.ptr,
                           text.len > most ? utf8_cut(text.ptr, most) : text.len};
}

static bool says_failure(const struct cred_json *json)
{
    return !str_empty(json->code) && !str_equal(json->code, STR("Success"));
}

static const char *missing_from(const struct cred_keys *keys)
{
    if (str_empty(keys->access_key_id))
        return "AccessKeyId";
    return str_empty(keys->secret_access_key) ? "SecretAccessKey" : NULL;
}

void cred_json_answer(const struct cred_json *json, const char *source,
                      struct cred_load *load)
{
    struct dm_error err = {0};
    const char *missing = missing_from(&json->keys);
    struct dm_str code = shown(json->code, CODE_SHOWN);
    struct dm_str message = shown(json->message, MESSAGE_SHOWN);
    if (says_failure(json))
        error_set(&err, DM_E_CREDENTIALS, "%s: %.*s: %.*s", source, STR_ARG(code),
                  STR_ARG(message));
    else if (missing)
        error_set(&err, DM_E_CREDENTIALS, "%s: the answer has no %s", source, missing);

    if (err.code)
        load_failed(load, &err);
    else
        load_keys(load, source, &json->keys);
}
