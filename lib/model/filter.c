/* Filters: their grammar, and which of them is the condition on the range key. */
#include "model/filter.h"

#include <assert.h>

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "expr/evaluate.h"
#include "expr/render.h"
#include "model/filter_reader.h"
#include "model/secret.h"
#include "value/quote.h"

/* The paths of 300 operators, each as deep as can be. */
enum { RENDERED_MAX = 1024 * 1024 };

/* --- the grammar --- */

/* "and", "or", and "not." before them. */
struct junction {
    struct dm_str name;
    enum condition_kind kind;
    bool negated;
};

static const struct junction junctions[] = {
    {{"and", 3}, CONDITION_AND, false},
    {{"or", 2}, CONDITION_OR, false},
    {{"not.and", 7}, CONDITION_AND, true},
    {{"not.or", 6}, CONDITION_OR, true},
};

/* How many there will be shows at the end only. */
struct term {
    struct condition condition;
    struct term *next;
};

struct terms {
    struct term *first, **tail;
    size_t count;
};

static enum dm_code add_term(struct terms *terms, const struct condition *condition,
                             struct arena *arena, struct dm_error *err)
{
    struct term *term = arena_new(arena, sizeof *term);
    if (!term)
        return error_nomem(err);
    term->condition = *condition;
    *terms->tail = term;
    terms->tail = &term->next;
    terms->count++;
    return DM_OK;
}

/* One of that kind with the terms as its children; the one term by itself. */
static enum dm_code join(enum condition_kind kind, const struct terms *terms,
                         struct arena *arena, struct condition *ret_condition,
                         struct dm_error *err)
{
    if (terms->count == 1) {
        *ret_condition = terms->first->condition;
        return DM_OK;
    }
    struct condition *children = arena_alloc(arena, terms->count * sizeof *children);
    size_t count = 0;
    if (!children)
        return error_nomem(err);
    for (const struct term *term = terms->first; term; term = term->next)
        children[count++] = term->condition;
    *ret_condition =
        (struct condition){.kind = kind, .children = children, .child_count = count};
    return DM_OK;
}

static enum dm_code negate(struct condition *condition, struct arena *arena,
                           struct dm_error *err)
{
    struct condition *child = arena_alloc(arena, sizeof *child);
    if (!child)
        return error_nomem(err);
    *child = *condition;
    *condition =
        (struct condition){.kind = CONDITION_NOT, .children = child, .child_count = 1};
    return DM_OK;
}

/* The operator and what it takes. */
static enum dm_code read_comparison(struct filter_reader *reader, struct dm_str name,
                                    const struct path *path,
                                    struct condition *ret_condition, struct dm_error *err)
{
    const struct filter_operator *operator;
    bool negated;
    if (!filter_read_operator(reader, &operator, & negated)) {
        filter_wrong(err, name, "expected operator.value: got \"%s\"",
                     quote(reader->rest).text);
        error_hint(err, "operators: eq ne lt le gt ge between in begins_with contains "
                        "exists type, and not. before them");
        return DM_E_INVALID_FILTER;
    }
    DM_TRY(filter_read_operands(reader, operator, name, path, ret_condition, err));
    DM_TRY(secret_blind(reader->place->attributes, reader->arena, ret_condition, err));
    return negated ? negate(ret_condition, reader->arena, err) : DM_OK;
}

static enum dm_code read_term(struct filter_reader *reader, unsigned depth,
                              struct condition *ret_condition, struct dm_error *err);

/* (term,term,…) */
static enum dm_code read_terms(struct filter_reader *reader, struct dm_str name,
                               unsigned depth, struct terms *terms, struct dm_error *err)
{
    if (depth == FILTER_DEPTH_MAX)
        return filter_wrong(err, name, "nested more than %d deep", FILTER_DEPTH_MAX);
    if (!filter_read_char(reader, '(')) {
        filter_wrong(err, name, "expected (attribute.operator.value,…)");
        error_hint(err, "an attribute of that name is written in double quotes");
        return DM_E_INVALID_FILTER;
    }
    do {
        struct condition condition;
        DM_TRY(read_term(reader, depth + 1, &condition, err));
        DM_TRY(add_term(terms, &condition, reader->arena, err));
    } while (filter_read_char(reader, ','));
    if (filter_read_char(reader, ')'))
        return DM_OK;
    filter_wrong(err, name, "expected , or ): got \"%s\"", quote(reader->rest).text);
    error_hint(err, "an operand with , or ) in it is put in double quotes");
    return DM_E_INVALID_FILTER;
}

static enum dm_code read_junction(struct filter_reader *reader,
                                  const struct junction *junction, unsigned depth,
                                  struct condition *ret_condition, struct dm_error *err)
{
    struct terms terms = {.tail = &terms.first};
    DM_TRY(read_terms(reader, junction->name, depth, &terms, err));
    DM_TRY(join(junction->kind, &terms, reader->arena, ret_condition, err));
    return junction->negated ? negate(ret_condition, reader->arena, err) : DM_OK;
}

/* Inside parentheses. */
static enum dm_code read_term(struct filter_reader *reader, unsigned depth,
                              struct condition *ret_condition, struct dm_error *err)
{
    struct dm_str name;
    struct path path;
    for (size_t i = 0; i < DM_COUNT(junctions); i++) {
        struct dm_str rest = reader->rest, word = junctions[i].name;
        if (rest.len > word.len && rest.ptr[word.len] == '(' && str_starts(rest, word)) {
            reader->rest = (struct dm_str){rest.ptr + word.len, rest.len - word.len};
            return read_junction(reader, &junctions[i], depth, ret_condition, err);
        }
    }
    DM_TRY(filter_read_path(reader, &name, &path, err));
    return read_comparison(reader, name, &path, ret_condition, err);
}

/* One filter from end to end. */
static enum dm_code read_filter(struct filter_reader *reader, struct dm_str name,
                                struct condition *ret_condition, struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(junctions); i++) {
        if (str_equal(name, junctions[i].name)) {
            reader->nested = true;
            return read_junction(reader, &junctions[i], 0, ret_condition, err);
        }
    }
    struct path path;
    DM_TRY(filter_path(name, reader->arena, &path, err));
    return read_comparison(reader, name, &path, ret_condition, err);
}

static enum dm_code read_one(const struct filter_place *place,
                             const struct dm_filter *filter, struct arena *arena,
                             struct condition *ret_condition, struct dm_error *err)
{
    struct filter_reader reader = {place, arena, filter->value, false};
    if (!utf8_valid(filter->name) || !utf8_valid(filter->value))
        return filter_wrong(err, filter->name, "it is not UTF-8");
    DM_TRY(read_filter(&reader, filter->name, ret_condition, err));
    if (!reader.rest.len)
        return DM_OK;
    return filter_wrong(err, filter->name, "\"%s\" stands behind its end",
                        quote(reader.rest).text);
}

/* --- keys --- */

/* The filter while it grows: what is not the range key's is and-ed. */
struct draft {
    const struct filter_place *place;
    struct arena *arena;
    struct filter filter;
    struct terms terms;
};

static bool names_key(const struct path *path, const struct key_attribute *key)
{
    return key->name.len && str_equal(path->steps[0].name, key->name);
}

/* A key of the partition's schema that the condition speaks of, or NULL. */
static const struct key_attribute *key_within(const struct condition *condition,
                                              const struct key_schema *schema)
{
    assert(schema);
    const struct key_attribute *found = NULL;
    for (size_t i = 0; i < condition->child_count && !found; i++)
        found = key_within(&condition->children[i], schema);
    if (!condition->operand_count)
        return found;
    const struct path *path = &condition->operands[0].path;
    if (names_key(path, &schema->hash))
        return &schema->hash;
    return names_key(path, &schema->range) ? &schema->range : NULL;
}

static enum dm_code refuse_key(const struct draft *draft, const struct key_attribute *key,
                               struct dm_error *err)
{
    bool is_hash = key == &draft->place->schema->hash;
    filter_wrong(err, key->name, "a Query does not filter on its %s key",
                 is_hash ? "hash" : "range");
    if (is_hash)
        error_hint(err, "the hash key is given as the key; a Scan filters on it");
    else
        error_hint(err, "write one of eq, lt, le, gt, ge, between, begins_with, once, "
                        "outside or=() and not.");
    return DM_E_INVALID_FILTER;
}

static bool range_kind_of(enum condition_kind kind, enum range_kind *ret_kind)
{
    static const enum range_kind kinds[] = {
        [CONDITION_EQ] = RANGE_EQ,
        [CONDITION_LT] = RANGE_LT,
        [CONDITION_LE] = RANGE_LE,
        [CONDITION_GT] = RANGE_GT,
        [CONDITION_GE] = RANGE_GE,
        [CONDITION_BETWEEN] = RANGE_BETWEEN,
        [CONDITION_BEGINS_WITH] = RANGE_BEGINS_WITH,
    };
    *ret_kind = (size_t)kind < DM_COUNT(kinds) ? kinds[kind] : RANGE_ALL;
    return *ret_kind != RANGE_ALL;
}

static enum dm_code check_key_operand(const struct draft *draft,
                                      const struct operand *operand, struct dm_error *err)
{
    size_t len = operand->value.as.text.len;
    struct dm_str name = draft->place->schema->range.name;
    if (len == 0)
        return filter_wrong(err, name, "a key is not empty");
    if (len > KEY_RANGE_MAX && operand->value.type != DM_N)
        return filter_wrong(err, name, "a range key has at most %d bytes: got %zu",
                            KEY_RANGE_MAX, len);
    return DM_OK;
}

static enum dm_code take_range(struct draft *draft, const struct condition *condition,
                               enum range_kind kind, struct dm_error *err)
{
    struct filter *filter = &draft->filter;
    const struct operand *operands = condition->operands;
    if (filter->has_range) {
        filter_wrong(err, draft->place->schema->range.name,
                     "there are two conditions on the range key");
        error_hint(err, "between.(low,high) is both in one");
        return DM_E_INVALID_FILTER;
    }
    for (size_t i = 1; i < condition->operand_count; i++)
        DM_TRY(check_key_operand(draft, &operands[i], err));
    filter->has_range = true;
    filter->range = kind;
    filter->low = operands[1].value;
    filter->high = operands[kind == RANGE_BETWEEN ? 2 : 1].value;
    return DM_OK;
}

/* What is and-ed within is and-ed here. */
static enum dm_code add(struct draft *draft, const struct condition *condition,
                        struct dm_error *err)
{
    enum range_kind kind;
    if (condition->kind == CONDITION_AND) {
        for (size_t i = 0; i < condition->child_count; i++)
            DM_TRY(add(draft, &condition->children[i], err));
        return DM_OK;
    }
    const struct key_attribute *key =
        draft->place->is_query ? key_within(condition, draft->place->schema) : NULL;
    if (!key)
        return add_term(&draft->terms, condition, draft->arena, err);
    if (key == &draft->place->schema->range && condition->operand_count &&
        condition->operands[0].path.count == 1 && range_kind_of(condition->kind, &kind))
        return take_range(draft, condition, kind, err);
    return refuse_key(draft, key, err);
}

/* --- all of it --- */

static enum dm_code check_size(const struct condition *condition, size_t most,
                               struct arena *arena, struct dm_error *err)
{
    struct render render;
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, RENDERED_MAX);
    render_init(&render, arena);
    render_condition(&render, condition, &text);
    DM_TRY(buf_check(&text, "filter", err));
    if (text.len <= most)
        return DM_OK;
    return error_set(err, DM_E_INVALID_FILTER,
                     "the filters are longer than %zu bytes as an expression", most);
}

static enum dm_code check(const struct draft *draft, const struct condition *condition,
                          struct dm_error *err)
{
    size_t most = draft->place->bytes_max;
    struct dm_error why = {0};
    if (filter_check(condition, &why))
        return error_set(err, DM_E_INVALID_FILTER, "%s", why.message);
    return check_size(condition, most ? most : EXPRESSION_MAX, draft->arena, err);
}

static enum dm_code settle(struct draft *draft, struct dm_error *err)
{
    if (!draft->terms.count)
        return DM_OK;
    struct condition *condition = arena_new(draft->arena, sizeof *condition);
    if (!condition)
        return error_nomem(err);
    DM_TRY(join(CONDITION_AND, &draft->terms, draft->arena, condition, err));
    draft->filter.condition = condition;
    return check(draft, condition, err);
}

enum dm_code filter_parse(const struct filter_place *place,
                          const struct dm_filter *filters, size_t count,
                          struct arena *arena, struct filter *ret_filter,
                          struct dm_error *err)
{
    struct draft draft = {.place = place, .arena = arena};
    draft.terms.tail = &draft.terms.first;
    for (size_t i = 0; i < count; i++) {
        struct condition condition;
        DM_TRY(read_one(place, &filters[i], arena, &condition, err));
        DM_TRY(add(&draft, &condition, err));
    }
    DM_TRY(settle(&draft, err));
    *ret_filter = draft.filter;
    return DM_OK;
}
