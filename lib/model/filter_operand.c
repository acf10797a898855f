/* What filters compare with: texts, of the types that the model declares. */
#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "model/filter_reader.h"
#include "value/quote.h"

enum { IN_MAX = 100 };

/* --- their texts --- */

/* Where the quote ends that the text begins with; its length when it is not closed. */
static size_t closing_quote(struct dm_str text)
{
    size_t at = 1;
    while (at < text.len && text.ptr[at] != '"')
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at < text.len ? at : text.len;
}

/* What stands between the quotes; the rest begins with the opening one. */
static enum dm_code read_quoted(struct filter_reader *reader, struct dm_str name,
                                struct operand_text *ret_text, struct dm_error *err)
{
    struct dm_str rest = reader->rest;
    size_t end = closing_quote(rest), len = 0;
    if (end == rest.len) {
        filter_wrong(err, name, "a quote is not closed");
        error_hint(err, "inside double quotes, \\\" and \\\\ stand for \" and \\");
        return DM_E_INVALID_FILTER;
    }
    char *text = arena_alloc(reader->arena, end);
    if (!text)
        return error_nomem(err);
    for (size_t at = 1; at < end; at++) {
        at += rest.ptr[at] == '\\';
        text[len++] = rest.ptr[at];
    }
    reader->rest = (struct dm_str){rest.ptr + end + 1, rest.len - end - 1};
    *ret_text = (struct operand_text){{text, len}, true};
    return DM_OK;
}

static enum dm_code read_text(struct filter_reader *reader, struct dm_str name,
                              struct operand_text *ret_text, struct dm_error *err)
{
    struct dm_str rest = reader->rest;
    if (rest.len && rest.ptr[0] == '"')
        return read_quoted(reader, name, ret_text, err);
    size_t len = 0;
    while (len < rest.len &&
           !(reader->nested && (rest.ptr[len] == ',' || rest.ptr[len] == ')')))
        len++;
    reader->rest = (struct dm_str){rest.ptr + len, rest.len - len};
    *ret_text = (struct operand_text){{rest.ptr, len}, false};
    return DM_OK;
}

/* --- their types --- */

static bool is_key(const struct key_attribute *key, struct dm_str name)
{
    return key->name.len && str_equal(key->name, name);
}

static const struct key_attribute *find_key(const struct key_schema *schema,
                                            struct dm_str name)
{
    if (!schema)
        return NULL;
    if (is_key(&schema->hash, name))
        return &schema->hash;
    return is_key(&schema->range, name) ? &schema->range : NULL;
}

/* What is known of the attribute at the path; *scratch is for a key that is declared
 * nowhere but in its table. NULL: nothing is. */
static const struct attribute *known(const struct filter_place *place,
                                     const struct path *path, struct attribute *scratch)
{
    if (path->count > 1 || attributes_hides(place->attributes, path->steps[0].name))
        return NULL;
    struct dm_str name = path->steps[0].name;
    const struct attribute *declared = attributes_find(place->attributes, name);
    const struct key_attribute *key = find_key(place->schema, name);
    if (!key)
        key = find_key(place->table, name);
    if (!key || (declared && declared->type == key->type))
        return declared;
    *scratch = (struct attribute){.name = name, .type = key->type};
    return scratch;
}

/* An operand that is wanted. */
struct wish {
    const struct filter_operator *operator;
    struct dm_str name;
    const struct attribute *attribute; /* NULL: by its look */
};

static enum dm_code unfit(const struct wish *wish, const char *types,
                          struct dm_error *err)
{
    return filter_wrong(err, wish->name, "%s is asked of %s, and the attribute is %s",
                        wish->operator->name.ptr, types,
                        attribute_type_name(wish->attribute));
}

static bool has_template(const struct attribute *attribute)
{
    return attribute->prefix.len || attribute->suffix.len;
}

/* Of a text, its beginning; so it stands behind the template's, and before none. */
static enum dm_code read_prefix(const struct wish *wish, const struct operand_text *text,
                                struct arena *arena, struct dm_value *ret_value,
                                struct dm_error *err)
{
    const struct attribute *attribute = wish->attribute;
    *ret_value = (struct dm_value){.type = DM_S, .as.text = text->text};
    if (!attribute)
        return DM_OK;
    if (attribute->type == DM_B)
        return operand_text_read(attribute, text, arena, ret_value, err);
    if (attribute->type != DM_S)
        return unfit(wish, "strings and binary", err);
    if (!attribute->prefix.len)
        return DM_OK;
    struct attribute begun = *attribute;
    begun.suffix.len = 0;
    return attribute_store(&begun, text->text, arena, &ret_value->as.text, err);
}

/* A part of a string or of binary, a member of a set, an element of a list. */
static enum dm_code read_part(const struct wish *wish, const struct operand_text *text,
                              struct arena *arena, struct dm_value *ret_value,
                              struct dm_error *err)
{
    const struct attribute *attribute = wish->attribute;
    if (!attribute || attribute->type == DM_L)
        return operand_text_read(NULL, text, arena, ret_value, err);
    switch (attribute->type) {
    case DM_S:
        if (has_template(attribute))
            return filter_wrong(err, wish->name,
                                "contains cannot be asked of a key that a template "
                                "makes");
        *ret_value = (struct dm_value){.type = DM_S, .as.text = text->text};
        return DM_OK;
    case DM_B:
        return operand_text_read(attribute, text, arena, ret_value, err);
    case DM_SS:
    case DM_NS:
    case DM_BS:
        return operand_text_read_member(attribute, text, arena, ret_value, err);
    default:
        return unfit(wish, "strings, binary, sets and lists", err);
    }
}

static bool is_ordering(enum condition_kind kind)
{
    return (kind >= CONDITION_LT && kind <= CONDITION_GE) || kind == CONDITION_BETWEEN;
}

static enum dm_code read_typed(const struct wish *wish, const struct operand_text *text,
                               struct arena *arena, struct dm_value *ret_value,
                               struct dm_error *err)
{
    enum condition_kind kind = wish->operator->kind;
    if (kind == CONDITION_BEGINS_WITH)
        return read_prefix(wish, text, arena, ret_value, err);
    if (kind == CONDITION_CONTAINS)
        return read_part(wish, text, arena, ret_value, err);
    if (is_ordering(kind) && wish->attribute && wish->attribute->type > DM_B)
        return unfit(wish, "strings, numbers and binary", err);
    return operand_text_read(wish->attribute, text, arena, ret_value, err);
}

static enum dm_code read_operand(struct filter_reader *reader, const struct wish *wish,
                                 struct operand *ret_operand, struct dm_error *err)
{
    struct operand_text text;
    struct operand operand = {.kind = OPERAND_VALUE};
    struct dm_error why = {0};
    DM_TRY(read_text(reader, wish->name, &text, err));
    enum dm_code code = read_typed(wish, &text, reader->arena, &operand.value, &why);
    if (code)
        return error_set(err, code == DM_E_INVALID ? DM_E_INVALID_FILTER : code, "%s",
                         why.message);
    if (is_ordering(wish->operator->kind) && operand.value.type > DM_B)
        return filter_wrong(err, wish->name,
                            "%s compares strings, numbers and binary: got \"%s\"",
                            wish->operator->name.ptr, quote(text.text).text);
    *ret_operand = operand;
    return DM_OK;
}

/* --- what operators take --- */

/* (a,b,…): from `least` to `most` of them. */
static enum dm_code read_list(struct filter_reader *reader, const struct wish *wish,
                              size_t least, size_t most, struct operand *operands,
                              size_t *ret_count, struct dm_error *err)
{
    bool nested = reader->nested;
    bool more = filter_read_char(reader, '(') && !str_starts(reader->rest, STR(")"));
    size_t count = 0;
    reader->nested = true;
    while (more && count < most) {
        DM_TRY(read_operand(reader, wish, &operands[count++], err));
        more = filter_read_char(reader, ',');
    }
    if (more)
        return filter_wrong(err, wish->name, "more than %zu operands", most);
    if (count < least || !filter_read_char(reader, ')')) {
        filter_wrong(err, wish->name, "expected %s.(%s)", wish->operator->name.ptr,
                     most == 2 ? "low,high" : "a,b,…");
        error_hint(err, "an operand with , or ) in it is put in double quotes");
        return DM_E_INVALID_FILTER;
    }
    reader->nested = nested;
    *ret_count = count;
    return DM_OK;
}

static enum dm_code check_bounds(const struct wish *wish, const struct operand *low,
                                 const struct operand *high, struct dm_error *err)
{
    if (low->value.type != high->value.type)
        return filter_wrong(err, wish->name, "low is %s and high is %s",
                            type_name(low->value.type), type_name(high->value.type));
    if (value_compare(&low->value, &high->value) > 0)
        return filter_wrong(err, wish->name, "expected between.(low,high): low is more");
    return DM_OK;
}

static enum dm_code read_word(struct filter_reader *reader, const struct wish *wish,
                              struct condition *condition, struct dm_error *err)
{
    struct operand_text word;
    DM_TRY(read_text(reader, wish->name, &word, err));
    if (condition->kind == CONDITION_TYPE) {
        if (type_from_name(word.text, &condition->type))
            return DM_OK;
        return filter_wrong(err, wish->name,
                            "expected type. and S, N, B, BOOL, NULL, L, M, SS, NS or BS");
    }
    if (str_equal(word.text, STR("true")))
        return DM_OK;
    condition->kind = CONDITION_NOT_EXISTS;
    if (str_equal(word.text, STR("false")))
        return DM_OK;
    return filter_wrong(err, wish->name, "expected exists.true or exists.false");
}

static enum dm_code read_values(struct filter_reader *reader, const struct wish *wish,
                                struct operand *values, size_t *ret_count,
                                struct dm_error *err)
{
    switch (wish->operator->takes) {
    case TAKES_ONE:
        *ret_count = 1;
        return read_operand(reader, wish, values, err);
    case TAKES_TWO:
        DM_TRY(read_list(reader, wish, 2, 2, values, ret_count, err));
        return check_bounds(wish, &values[0], &values[1], err);
    case TAKES_MANY:
        return read_list(reader, wish, 1, IN_MAX, values, ret_count, err);
    default:
        *ret_count = 0;
        return DM_OK;
    }
}

/* What is stored is compared: "a.x" stands behind "a-b.x", and "a" before "a-b". */
static enum dm_code check_order(const struct wish *wish, struct dm_error *err)
{
    if (!is_ordering(wish->operator->kind) || !wish->attribute ||
        !wish->attribute->suffix.len)
        return DM_OK;
    filter_wrong(err, wish->name,
                 "a key whose template has a suffix is not compared by %s",
                 wish->operator->name.ptr);
    error_hint(err, "eq, ne, in and begins_with can be asked");
    return DM_E_INVALID_FILTER;
}

enum dm_code filter_read_operands(struct filter_reader *reader,
                                  const struct filter_operator *operator,
                                  struct dm_str name, const struct path *path,
                                  struct condition *ret_condition, struct dm_error *err)
{
    struct attribute scratch;
    struct operand operands[1 + IN_MAX] = {{.kind = OPERAND_PATH, .path = *path}};
    struct wish wish = {operator, name, known(reader->place, path, &scratch)};
    struct condition condition = {.kind = operator->kind };
    DM_TRY(check_order(&wish, err));
    if (operator->takes == TAKES_BOOL || operator->takes == TAKES_TYPE)
        DM_TRY(read_word(reader, &wish, &condition, err));
    DM_TRY(read_values(reader, &wish, operands + 1, &condition.operand_count, err));

    condition.operand_count++;
    size_t size = condition.operand_count * sizeof *operands;
    struct operand *kept = arena_alloc(reader->arena, size);
    if (!kept)
        return error_nomem(err);
    memcpy(kept, operands, size);
    condition.operands = kept;
    *ret_condition = condition;
    return DM_OK;
}
