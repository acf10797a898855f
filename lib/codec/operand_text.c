/* Operands out of a URL's text. */
#include "codec/operand_text.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "codec/plain_json.h"
#include "value/number.h"
#include "value/quote.h"
#include "value/twin.h"

static const char *const expected[] = {
    [DM_S] = "a string (S)",
    [DM_N] = "a number (N)",
    [DM_B] = "base64 of binary (B)",
    [DM_BOOL] = "true or false (BOOL)",
    [DM_NULL] = "null (NULL)",
    [DM_L] = "a JSON array (L)",
    [DM_M] = "a JSON object (M)",
    [DM_SS] = "a JSON array of different strings (SS)",
    [DM_NS] = "a JSON array of different numbers (NS)",
    [DM_BS] = "a JSON array of different strings in base64 (BS)",
};

/* What is being read, for the readers of the types. */
struct operand {
    const struct attribute *attribute; /* NULL: undeclared */
    enum dm_type type;
    struct dm_str text;
    struct arena *arena;
};

/* rule: what is wrong with it, or NULL. */
static enum dm_code wrong(const struct operand *operand, const char *rule,
                          struct dm_error *err)
{
    struct dm_str name = operand->attribute ? operand->attribute->name : STR("");
    if (name.len)
        error_set(err, DM_E_INVALID, "attribute \"%s\" must be %s: got \"%s\"",
                  quote(name).text, expected[operand->type], quote(operand->text).text);
    else
        error_set(err, DM_E_INVALID, "expected %s: got \"%s\"", expected[operand->type],
                  quote(operand->text).text);
    if (rule)
        error_hint(err, "%s", rule);
    return DM_E_INVALID;
}

/* --- texts --- */

static enum dm_code read_string(const struct operand *operand, struct dm_value *ret_value,
                                struct dm_error *err)
{
    if (!utf8_valid(operand->text))
        return wrong(operand, "a string is valid UTF-8", err);
    ret_value->as.text = arena_str(operand->arena, operand->text);
    return ret_value->as.text.ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_number(const struct operand *operand, struct dm_value *ret_value,
                                struct dm_error *err)
{
    struct number number;
    struct dm_error rule = {0};
    if (number_parse(operand->text, &number, &rule))
        return wrong(operand, rule.message, err);
    struct dm_str canonical = {number.text, number.len};
    ret_value->as.text = arena_str(operand->arena, canonical);
    return ret_value->as.text.ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_binary(const struct operand *operand, struct dm_value *ret_value,
                                struct dm_error *err)
{
    struct dm_str *bytes = &ret_value->as.text;
    enum dm_code code = base64url_read(operand->text, operand->arena, bytes, NULL);
    if (code == DM_E_INVALID)
        code = base64_read(operand->text, operand->arena, bytes, NULL);
    if (code == DM_E_INVALID)
        return wrong(operand, NULL, err);
    return code ? error_nomem(err) : DM_OK;
}

static enum dm_code read_bool(const struct operand *operand, struct dm_value *ret_value,
                              struct dm_error *err)
{
    ret_value->as.boolean = str_equal(operand->text, STR("true"));
    if (ret_value->as.boolean || str_equal(operand->text, STR("false")))
        return DM_OK;
    return wrong(operand, NULL, err);
}

static enum dm_code read_null(const struct operand *operand, struct dm_value *ret_value,
                              struct dm_error *err)
{
    (void)ret_value;
    return str_equal(operand->text, STR("null")) ? DM_OK : wrong(operand, NULL, err);
}

/* --- JSON --- */

/* A document of the operand's own, because the tree may borrow from its text. */
static enum dm_code read_document(const struct operand *operand, enum dm_type type,
                                  struct dm_value *ret_value, struct dm_error *err)
{
    struct json_reader reader;
    struct dm_error rule = {0};
    struct dm_value value = {.type = type};
    struct dm_str text = arena_str(operand->arena, operand->text);
    if (!text.ptr)
        return error_nomem(err);
    reader_init(&reader, text, VALUE_MAX_DEPTH, operand->arena);
    enum dm_code code = plain_json_read(&reader, operand->arena, &value, &rule);
    if (!code)
        code = reader_end(&reader, &rule);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return wrong(operand, rule.message, err);
    if (value.type != type)
        return wrong(operand, NULL, err);
    *ret_value = value;
    return DM_OK;
}

static enum dm_code read_json(const struct operand *operand, struct dm_value *ret_value,
                              struct dm_error *err)
{
    return read_document(operand, operand->type, ret_value, err);
}

static enum dm_type member_type(enum dm_type set)
{
    return set == DM_SS ? DM_S : set == DM_NS ? DM_N : DM_B;
}

/* As the set holds it: canonical, or decoded. */
static enum dm_code read_member(const struct operand *operand,
                                const struct dm_value *element, struct dm_str *ret_text,
                                struct dm_error *err)
{
    enum dm_type type = member_type(operand->type);
    struct operand member = {NULL, type, dm_value_text(element), operand->arena};
    struct dm_value value = {.type = type};
    struct dm_error rule = {0};
    if (element->type != (type == DM_N ? DM_N : DM_S))
        return wrong(operand, NULL, err);
    if (type == DM_S) {
        *ret_text = member.text;
        return DM_OK;
    }
    enum dm_code code = type == DM_N ? read_number(&member, &value, &rule)
                                     : read_binary(&member, &value, &rule);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return wrong(operand, rule.message, err);
    *ret_text = value.as.text;
    return DM_OK;
}

static enum dm_code read_set(const struct operand *operand, struct dm_value *ret_value,
                             struct dm_error *err)
{
    struct dm_value list;
    DM_TRY(read_document(operand, DM_L, &list, err));
    size_t count = list.as.list.count;
    if (!count)
        return wrong(operand, "a set is not empty", err);
    struct dm_str *members = arena_alloc(operand->arena, count * sizeof *members);
    if (!members)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_member(operand, &list.as.list.at[i], &members[i], err));
    if (twin_find(members, count))
        return wrong(operand, "a set has no two equal members", err);
    ret_value->as.set.at = members;
    ret_value->as.set.count = count;
    return DM_OK;
}

/* --- by type --- */

static enum dm_code read_typed(const struct operand *operand, struct dm_value *ret_value,
                               struct dm_error *err)
{
    static enum dm_code (*const read[])(const struct operand *, struct dm_value *,
                                        struct dm_error *) = {
        [DM_S] = read_string,  [DM_N] = read_number,  [DM_B] = read_binary,
        [DM_BOOL] = read_bool, [DM_NULL] = read_null, [DM_L] = read_json,
        [DM_M] = read_json,    [DM_SS] = read_set,    [DM_NS] = read_set,
        [DM_BS] = read_set,
    };
    struct dm_value value = {.type = operand->type};
    DM_TRY(read[operand->type](operand, &value, err));
    *ret_value = value;
    return DM_OK;
}

static enum dm_type look(const struct operand_text *operand)
{
    if (operand->quoted)
        return DM_S;
    if (str_equal(operand->text, STR("true")) || str_equal(operand->text, STR("false")))
        return DM_BOOL;
    if (str_equal(operand->text, STR("null")))
        return DM_NULL;
    return number_check(operand->text, NULL) == DM_OK ? DM_N : DM_S;
}

enum dm_code operand_text_read(const struct attribute *attribute,
                               const struct operand_text *operand, struct arena *arena,
                               struct dm_value *ret_value, struct dm_error *err)
{
    struct operand typed = {attribute, look(operand), operand->text, arena};
    if (attribute) {
        typed.type = attribute->type;
        DM_TRY(attribute_store(attribute, operand->text, arena, &typed.text, err));
    }
    return read_typed(&typed, ret_value, err);
}

enum dm_code operand_text_read_member(const struct attribute *attribute,
                                      const struct operand_text *operand,
                                      struct arena *arena, struct dm_value *ret_value,
                                      struct dm_error *err)
{
    struct operand typed = {attribute, look(operand), operand->text, arena};
    if (attribute && (attribute->type == DM_S || attribute->type == DM_B))
        typed.type = attribute->type;
    else if (attribute && attribute->type >= DM_SS)
        typed.type = member_type(attribute->type);
    return read_typed(&typed, ret_value, err);
}
