/* A small recursive reader of expressions. */
#include "expression.h"

#include "base/str.h"
#include "codec/ddb_json.h"
#include "support/test.h"

enum { MANY_OPERANDS = 128, MANY_CHILDREN = 256, MANY_ACTIONS = 512 };

struct reader {
    struct dm_str text;
    struct arena *arena;
};

static void *must(void *memory)
{
    cr_assert(memory, "the arena is full");
    return memory;
}

static const void *keep(struct reader *reader, const void *bytes, size_t size)
{
    return memcpy(must(arena_alloc(reader->arena, size + 1)), bytes, size);
}

static void skip(struct reader *reader, size_t len)
{
    reader->text.ptr += len;
    reader->text.len -= len;
    while (reader->text.len && reader->text.ptr[0] == ' ')
        skip(reader, 1);
}

static bool accept(struct reader *reader, const char *token)
{
    if (!str_starts(reader->text, dm_str(token)))
        return false;
    skip(reader, strlen(token));
    return true;
}

static void expect(struct reader *reader, const char *token)
{
    cr_assert(accept(reader, token), "expected %s at %.*s", token, STR_ARG(reader->text));
}

/* 'S' stands for "S", so that the cases need no escapes. */
static struct dm_str double_quotes(struct dm_str text, struct arena *arena)
{
    struct dm_str copy = arena_str(arena, text);
    char *bytes = must(arena_alloc(arena, text.len + 1));
    for (size_t i = 0; i < text.len; i++)
        bytes[i] = copy.ptr[i] == '\'' ? '"' : copy.ptr[i];
    return (struct dm_str){bytes, text.len};
}

static struct dm_value read_value(struct reader *reader)
{
    size_t len = 0, open = 0;
    do {
        open += reader->text.ptr[len] == '{';
        open -= reader->text.ptr[len] == '}';
        len++;
    } while (open && len < reader->text.len);

    struct dm_value value;
    struct dm_error err = {0};
    struct json_reader json;
    struct dm_str text = {reader->text.ptr, len};
    reader_init(&json, double_quotes(text, reader->arena), DDB_JSON_DEPTH + 1,
                reader->arena);
    assert_ok(ddb_json_read_value(&json, reader->arena, &value, &err), err);
    skip(reader, len);
    return value;
}

static struct path read_path(struct reader *reader)
{
    size_t len = strcspn(reader->text.ptr, " =<>(),+-");
    struct dm_str text = {reader->text.ptr,
                          len < reader->text.len ? len : reader->text.len};
    size_t size = text.len;
    struct path path;
    struct dm_error err = {0};
    assert_ok(path_parse(&text, reader->arena, &path, &err), err);
    skip(reader, size);
    return path;
}

static struct operand read_operand(struct reader *reader);

static const struct operand *read_inner(struct reader *reader)
{
    struct operand operand = read_operand(reader);
    return keep(reader, &operand, sizeof operand);
}

static struct operand read_list_append(struct reader *reader)
{
    struct operand operand = {.kind = OPERAND_LIST_APPEND};
    operand.first = read_inner(reader);
    expect(reader, ",");
    operand.second = read_inner(reader);
    expect(reader, ")");
    return operand;
}

static struct operand read_of_path(struct reader *reader, enum operand_kind kind)
{
    struct operand operand = {.kind = kind, .path = read_path(reader)};
    if (kind == OPERAND_IF_NOT_EXISTS) {
        expect(reader, ",");
        operand.first = read_inner(reader);
    }
    if (kind != OPERAND_PATH)
        expect(reader, ")");
    return operand;
}

static struct operand read_term(struct reader *reader)
{
    if (reader->text.len && reader->text.ptr[0] == '{')
        return (struct operand){.kind = OPERAND_VALUE, .value = read_value(reader)};
    if (accept(reader, "list_append("))
        return read_list_append(reader);
    if (accept(reader, "if_not_exists("))
        return read_of_path(reader, OPERAND_IF_NOT_EXISTS);
    if (accept(reader, "size("))
        return read_of_path(reader, OPERAND_SIZE);
    return read_of_path(reader, OPERAND_PATH);
}

static struct operand read_operand(struct reader *reader)
{
    struct operand operand = read_term(reader);
    bool plus = accept(reader, "+"), minus = !plus && accept(reader, "-");
    if (!plus && !minus)
        return operand;
    struct operand sum = {.kind = plus ? OPERAND_PLUS : OPERAND_MINUS};
    sum.first = keep(reader, &operand, sizeof operand);
    sum.second = read_inner(reader);
    return sum;
}

static struct condition of_operands(struct reader *reader, enum condition_kind kind,
                                    const struct operand *operands, size_t count)
{
    return (struct condition){.kind = kind,
                              .operands =
                                  keep(reader, operands, count * sizeof *operands),
                              .operand_count = count};
}

static struct operand *new_operands(struct reader *reader)
{
    return must(arena_new(reader->arena, MANY_OPERANDS * sizeof(struct operand)));
}

/* Those behind the `count` that are there, up to the parenthesis. */
static struct condition read_list(struct reader *reader, enum condition_kind kind,
                                  struct operand *operands, size_t count)
{
    do {
        cr_assert_lt(count, MANY_OPERANDS);
        operands[count++] = read_operand(reader);
    } while (accept(reader, ","));
    expect(reader, ")");
    return of_operands(reader, kind, operands, count);
}

static struct condition read_type(struct reader *reader)
{
    struct operand operand = read_operand(reader);
    struct condition condition = of_operands(reader, CONDITION_TYPE, &operand, 1);
    expect(reader, ",");
    struct dm_value name = read_value(reader);
    cr_assert(type_from_name(name.as.text, &condition.type));
    expect(reader, ")");
    return condition;
}

static struct condition read_comparison(struct reader *reader)
{
    static const struct {
        const char *token;
        enum condition_kind kind;
    } tokens[] = {
        {"=", CONDITION_EQ}, {"<>", CONDITION_NE}, {"<=", CONDITION_LE},
        {"<", CONDITION_LT}, {">=", CONDITION_GE}, {">", CONDITION_GT},
    };
    struct operand *operands = new_operands(reader);
    operands[0] = read_operand(reader);
    if (accept(reader, "IN ("))
        return read_list(reader, CONDITION_IN, operands, 1);
    if (accept(reader, "BETWEEN ")) {
        operands[1] = read_operand(reader);
        expect(reader, "AND ");
        operands[2] = read_operand(reader);
        return of_operands(reader, CONDITION_BETWEEN, operands, 3);
    }
    size_t i = 0;
    while (!accept(reader, tokens[i].token))
        cr_assert_lt(++i, DM_COUNT(tokens), "no operator: %.*s", STR_ARG(reader->text));
    operands[1] = read_operand(reader);
    return of_operands(reader, tokens[i].kind, operands, 2);
}

static struct condition read_alternatives(struct reader *reader);

static struct condition read_not(struct reader *reader);

static struct condition read_single(struct reader *reader)
{
    static const struct {
        const char *token;
        enum condition_kind kind;
    } functions[] = {
        {"attribute_exists(", CONDITION_EXISTS},
        {"attribute_not_exists(", CONDITION_NOT_EXISTS},
        {"begins_with(", CONDITION_BEGINS_WITH},
        {"contains(", CONDITION_CONTAINS},
    };
    for (size_t i = 0; i < DM_COUNT(functions); i++)
        if (accept(reader, functions[i].token))
            return read_list(reader, functions[i].kind, new_operands(reader), 0);
    if (accept(reader, "attribute_type("))
        return read_type(reader);
    if (accept(reader, "NOT "))
        return read_not(reader);
    if (!accept(reader, "("))
        return read_comparison(reader);
    struct condition condition = read_alternatives(reader);
    expect(reader, ")");
    return condition;
}

static struct condition read_not(struct reader *reader)
{
    struct condition child = read_single(reader);
    return (struct condition){.kind = CONDITION_NOT,
                              .children = keep(reader, &child, sizeof child),
                              .child_count = 1};
}

/* A chain of one operator; of one child when there is none. */
static struct condition read_chain(struct reader *reader, enum condition_kind kind,
                                   const char *token,
                                   struct condition (*read)(struct reader *))
{
    struct condition children[MANY_CHILDREN];
    size_t count = 0;
    do {
        cr_assert_lt(count, MANY_CHILDREN);
        children[count++] = read(reader);
    } while (accept(reader, token));
    return (struct condition){.kind = kind,
                              .children =
                                  keep(reader, children, count * sizeof *children),
                              .child_count = count};
}

static struct condition read_all(struct reader *reader)
{
    return read_chain(reader, CONDITION_AND, "AND ", read_single);
}

static struct condition read_alternatives(struct reader *reader)
{
    return read_chain(reader, CONDITION_OR, "OR ", read_all);
}

static struct reader begin(struct dm_str text, struct arena *arena)
{
    struct reader reader = {arena_str(arena, text), arena};
    cr_assert(reader.text.ptr);
    return reader;
}

const struct condition *read_condition(struct dm_str text, struct arena *arena)
{
    struct reader reader = begin(text, arena);
    struct condition condition = read_alternatives(&reader);
    cr_assert(str_empty(reader.text), "superfluous: %.*s", STR_ARG(reader.text));
    return keep(&reader, &condition, sizeof condition);
}

static bool accept_clause(struct reader *reader, enum update_kind *ret_kind)
{
    static const char *const words[] = {
        [UPDATE_SET] = "SET ",
        [UPDATE_REMOVE] = "REMOVE ",
        [UPDATE_ADD] = "ADD ",
        [UPDATE_DELETE] = "DELETE ",
    };
    for (size_t i = 0; i < DM_COUNT(words); i++) {
        if (accept(reader, words[i])) {
            *ret_kind = (enum update_kind)i;
            return true;
        }
    }
    return false;
}

static struct update_action read_action(struct reader *reader, enum update_kind kind)
{
    struct update_action action = {.kind = kind, .path = read_path(reader)};
    if (kind == UPDATE_SET)
        expect(reader, "=");
    if (kind != UPDATE_REMOVE)
        action.operand = read_operand(reader);
    return action;
}

const struct update *read_update(struct dm_str text, struct arena *arena)
{
    struct reader reader = begin(text, arena);
    struct update_action actions[MANY_ACTIONS];
    size_t count = 0;
    enum update_kind kind = UPDATE_SET;
    while (accept_clause(&reader, &kind)) {
        do {
            cr_assert_lt(count, MANY_ACTIONS);
            actions[count++] = read_action(&reader, kind);
        } while (accept(&reader, ","));
    }
    cr_assert(str_empty(reader.text), "superfluous: %.*s", STR_ARG(reader.text));
    struct update update = {keep(&reader, actions, count * sizeof *actions), count};
    return keep(&reader, &update, sizeof update);
}

const struct dm_value *read_item(struct dm_str text, struct arena *arena)
{
    struct dm_value *item = must(arena_alloc(arena, sizeof *item));
    struct dm_error err = {0};
    struct json_reader json;
    reader_init(&json, double_quotes(text, arena), DDB_JSON_DEPTH, arena);
    assert_ok(ddb_json_read_item(&json, arena, item, &err), err);
    return item;
}
