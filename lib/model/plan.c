/* Planning a Query or a Scan. */
#include "model/plan.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "model/filter.h"
#include "model/range.h"
#include "model/request_key.h"
#include "value/quote.h"

enum { LIMIT_MAX = 1000, BOUND_MAX = 1024 * 1024 };

/* A plan while it is made. */
struct draft {
    const struct plan_request *request;
    const struct dm_query *query;
    const struct attributes *attributes; /* may be NULL */
    struct arena *arena;
    struct store_index *index; /* NULL: the table; a copy, for the model may forget it */
    const struct key_schema *schema; /* of the table or the index */
    struct filter filter;
    struct plan plan;
};

static enum dm_code refuse(struct dm_error *err, const char *what, const char *hint)
{
    error_set(err, DM_E_INVALID, "%s", what);
    error_hint(err, "%s", hint);
    return DM_E_INVALID;
}

enum dm_code plan_check(const struct dm_query *query, struct dm_error *err)
{
    if (query->limit > LIMIT_MAX)
        return error_set(err, DM_E_INVALID, "limit: expected 1 to %d, got %u", LIMIT_MAX,
                         query->limit);
    if (query->count && query->limit)
        return refuse(err, "limit and count do not go together",
                      "count without limit counts all");
    if (query->range_key.ptr && !query->hash_key.ptr)
        return refuse(err, "a range key is given without a hash key", "give both");
    if (query->descending && !query->hash_key.ptr)
        return refuse(err, "a Scan has no order", "give a hash key, or leave order out");
    return DM_OK;
}

/* --- the index --- */

static bool copy_key(struct arena *arena, struct key_attribute *key)
{
    key->name = arena_str(arena, key->name);
    return key->name.ptr;
}

static bool holds(const struct draft *draft, const struct store_index *index,
                  struct dm_str name)
{
    const struct key_attribute keys[] = {draft->request->schema->hash,
                                         draft->request->schema->range,
                                         index->schema.hash, index->schema.range};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        if (str_equal(keys[i].name, name))
            return true;
    for (size_t i = 0; i < index->included_count; i++)
        if (str_equal(index->included[i], name))
            return true;
    return index->projection == PROJECT_ALL;
}

static enum dm_code find_index(struct draft *draft, struct dm_error *err)
{
    struct dm_str name = draft->query->index;
    const struct dm_model *model = draft->request->model;
    draft->schema = draft->request->schema;
    if (!name.len)
        return DM_OK;
    const struct store_index *found = model_find_index(model, name);
    if (!found)
        return error_set(err, DM_E_INDEX_NOT_FOUND, "model \"%s\" has no index \"%s\"",
                         model->config->name.ptr, quote(name).text);
    if (found->global && draft->query->consistent_read)
        return refuse(err, "a global index has no consistent reads",
                      "leave consistent_read out, or read the table");
    draft->index = arena_alloc(draft->arena, sizeof *draft->index);
    if (!draft->index)
        return error_nomem(err);
    *draft->index = *found;
    if (!copy_key(draft->arena, &draft->index->schema.hash) ||
        !copy_key(draft->arena, &draft->index->schema.range))
        return error_nomem(err);
    draft->schema = &draft->index->schema;
    draft->plan.index = name;
    return DM_OK;
}

/* --- the filters, and the keys --- */

static enum dm_code read_filters(struct draft *draft, struct dm_error *err)
{
    struct filter_place place = {.attributes = draft->attributes,
                                 .schema = draft->schema,
                                 .table = draft->index ? draft->request->schema : NULL,
                                 .bytes_max =
                                     draft->request->model->config->max_filter_bytes,
                                 .is_query = draft->plan.is_query};
    return filter_parse(&place, draft->query->filters, draft->query->filter_count,
                        draft->arena, &draft->filter, err);
}

/* The one condition that there may be on the range key. */
static enum dm_code take_range(struct draft *draft, const struct key *key,
                               struct dm_error *err)
{
    struct key_condition *keys = &draft->plan.keys;
    const struct filter *filter = &draft->filter;
    if (draft->query->range_key.ptr && filter->has_range) {
        error_set(err, DM_E_INVALID_FILTER,
                  "filter \"%s\": the range key is given already",
                  quote(draft->schema->range.name).text);
        error_hint(err, "leave one of the two out");
        return DM_E_INVALID_FILTER;
    }
    if (draft->query->range_key.ptr) {
        keys->range = RANGE_EQ;
        keys->low = key->range;
    } else if (filter->has_range) {
        keys->range = filter->range;
        keys->low = filter->low;
        keys->high = filter->high;
    }
    return DM_OK;
}

static bool has_template(const struct attribute *attribute)
{
    return attribute && (attribute->prefix.len || attribute->suffix.len);
}

/* A range that a template's is part of is looked at, after reading, from both ends. */
static enum dm_code confine_range(struct draft *draft, struct dm_error *err)
{
    struct plan *plan = &draft->plan;
    struct hidden *hidden = &plan->hidden;
    const struct attribute *range =
        attributes_find(draft->attributes, draft->schema->range.name);
    if (!has_template(range))
        return DM_OK;
    bool is_open = plan->keys.range == RANGE_GT || plan->keys.range == RANGE_GE;
    DM_TRY(range_confine(&plan->keys, range, draft->arena, &hidden->except, err));
    if (hidden->except.type == DM_S)
        hidden->range_name = range->name;
    if (is_open || range->suffix.len)
        hidden->keys[hidden->key_count++] = range;
    return DM_OK;
}

static enum dm_code read_keys(struct draft *draft, struct dm_error *err)
{
    struct key key;
    struct plan *plan = &draft->plan;
    struct key_schema schema = *draft->schema;
    if (!plan->is_query)
        return DM_OK;
    if (!draft->query->range_key.ptr)
        schema.range.name.len = 0;
    DM_TRY(request_key_parse(draft->attributes, &schema, draft->query->hash_key,
                             draft->query->range_key, draft->arena, &key, err));
    plan->keys = (struct key_condition){.hash_name = draft->schema->hash.name,
                                        .range_name = draft->schema->range.name,
                                        .hash = key.hash};
    DM_TRY(take_range(draft, &key, err));
    return confine_range(draft, err);
}

/* --- what is hidden --- */

enum { TERMS_MAX = 2 + HIDDEN_KEYS_MAX };

/* What the store's filter is made of. */
struct terms {
    struct condition at[TERMS_MAX];
    size_t count;
};

static enum dm_code add_term(struct draft *draft, struct terms *terms,
                             enum condition_kind kind, struct dm_str name,
                             const struct dm_value *value, struct dm_error *err)
{
    struct operand *operands = arena_new(draft->arena, 2 * sizeof *operands);
    struct path_step *step = arena_new(draft->arena, sizeof *step);
    if (!operands || !step)
        return error_nomem(err);
    step->name = name;
    operands[0] = (struct operand){.kind = OPERAND_PATH, .path = {step, 1}};
    operands[1] = (struct operand){.kind = OPERAND_VALUE, .value = *value};
    terms->at[terms->count++] =
        (struct condition){.kind = kind, .operands = operands, .operand_count = 2};
    return DM_OK;
}

/* NOT ttl <= now: what has no such number does not expire. */
static enum dm_code add_alive(struct draft *draft, struct terms *terms,
                              struct dm_error *err)
{
    struct hidden *hidden = &draft->plan.hidden;
    struct dm_str now =
        arena_printf(draft->arena, "%lld", (long long)draft->plan.hidden.now_s);
    struct condition *over = arena_alloc(draft->arena, sizeof *over);
    if (!now.ptr || !over)
        return error_nomem(err);
    DM_TRY(add_term(draft, terms, CONDITION_LE, draft->attributes->ttl->name,
                    &(struct dm_value){.type = DM_N, .as.text = now}, err));
    *over = terms->at[terms->count - 1];
    terms->at[terms->count - 1] =
        (struct condition){.kind = CONDITION_NOT, .children = over, .child_count = 1};
    hidden->expiring = NULL;
    return DM_OK;
}

static bool is_key(const struct draft *draft, struct dm_str name)
{
    return str_equal(draft->schema->hash.name, name) ||
           str_equal(draft->schema->range.name, name);
}

/* In steps of the ttl where pages are cached, or none would be asked for twice. */
static int64_t now_s(const struct dm_model *model)
{
    int64_t now = clock_wall_ms(loop_clock(model->loop)) / 1000;
    int64_t step = model->config->cache.ttl_ms / 1000;
    return step ? now - now % step : now;
}

/* A Query does not filter on its keys, and an index that has not the attribute cannot
 * say; there, nobody can. */
static enum dm_code hide_expired(struct draft *draft, struct terms *terms,
                                 struct dm_error *err)
{
    const struct dm_model *model = draft->request->model;
    struct hidden *hidden = &draft->plan.hidden;
    hidden->now_s = now_s(model);
    if (!model->config->hide_expired || !draft->attributes || !draft->attributes->ttl)
        return DM_OK;
    struct dm_str name = draft->attributes->ttl->name;
    if (draft->index && !holds(draft, draft->index, name))
        return DM_OK;
    if (!draft->plan.is_query || !is_key(draft, name))
        return add_alive(draft, terms, err);
    hidden->expiring = draft->attributes;
    return DM_OK;
}

/* A key that has a template and is not in the key condition. */
static enum dm_code hide_outside(struct draft *draft, const struct attribute *attribute,
                                 struct terms *terms, struct dm_error *err)
{
    struct hidden *hidden = &draft->plan.hidden;
    if (attribute->suffix.len)
        hidden->keys[hidden->key_count++] = attribute;
    if (!attribute->prefix.len)
        return DM_OK;
    return add_term(draft, terms, CONDITION_BEGINS_WITH, attribute->name,
                    &(struct dm_value){.type = DM_S, .as.text = attribute->prefix}, err);
}

static enum dm_code hide_others(struct draft *draft, struct terms *terms,
                                struct dm_error *err)
{
    const struct key_schema *table = draft->request->schema;
    const struct dm_str names[HIDDEN_KEYS_MAX] = {draft->schema->hash.name,
                                                  draft->schema->range.name,
                                                  table->hash.name, table->range.name};
    for (size_t i = 0; i < HIDDEN_KEYS_MAX; i++) {
        const struct attribute *attribute = attributes_find(draft->attributes, names[i]);
        bool asked = draft->plan.is_query && is_key(draft, names[i]);
        bool again = i >= 2 && is_key(draft, names[i]);
        if (has_template(attribute) && !asked && !again)
            DM_TRY(hide_outside(draft, attribute, terms, err));
    }
    return DM_OK;
}

static enum dm_code settle_filter(struct draft *draft, struct dm_error *err)
{
    struct terms terms = {.count = 0};
    if (draft->filter.condition)
        terms.at[terms.count++] = *draft->filter.condition;
    DM_TRY(hide_expired(draft, &terms, err));
    DM_TRY(hide_others(draft, &terms, err));
    if (!terms.count)
        return DM_OK;

    struct condition *all = arena_alloc(draft->arena, (terms.count + 1) * sizeof *all),
                     *children = all + 1;
    if (!all)
        return error_nomem(err);
    memcpy(children, terms.at, terms.count * sizeof *all);
    *all = (struct condition){
        .kind = CONDITION_AND, .children = children, .child_count = terms.count};
    draft->plan.filter = terms.count == 1 ? children : all;
    return filter_check(draft->plan.filter, err);
}

/* A count that needs a look reads what it looks at. */
static enum dm_code settle_projection(struct draft *draft, struct dm_error *err)
{
    struct plan *plan = &draft->plan;
    plan->count_only = draft->query->count && !hidden_looks(&plan->hidden);
    if (plan->count_only)
        return DM_OK;
    if (draft->query->count)
        return hidden_project(&plan->hidden, draft->arena, &plan->projection, err);
    plan->projection = *draft->request->projection;
    return hidden_widen(&plan->hidden, draft->attributes, &plan->projection, draft->arena,
                        err);
}

/* --- pages --- */

/* A text of any bytes, so that no two lists of texts look alike. */
static void bind(struct dm_buf *bound, struct dm_str text)
{
    buf_printf(bound, "%zu:", text.len);
    buf_add_str(bound, text);
}

static void bind_schema(struct dm_buf *bound, const struct key_schema *schema)
{
    bind(bound, schema->hash.name);
    bind(bound, schema->range.name);
    buf_printf(bound, "%d%d", schema->hash.type, schema->range.type);
}

/* All that decides which items there are, and in which order. */
static enum dm_code make_bound(struct draft *draft, struct dm_error *err)
{
    const struct dm_query *query = draft->query;
    DM_AUTO_DONE(dm_buf) bound;
    buf_init(&bound, BOUND_MAX);
    bind(&bound, draft->request->model->config->name);
    bind(&bound, draft->plan.table);
    bind(&bound, query->index);
    bind_schema(&bound, draft->request->schema);
    bind_schema(&bound, draft->schema);
    if (draft->plan.is_query) {
        bind(&bound, draft->plan.keys.hash.as.text);
        bind(&bound, query->range_key);
    }
    buf_printf(&bound, "%c", query->descending ? 'd' : 'a');
    for (size_t i = 0; i < query->filter_count; i++) {
        bind(&bound, query->filters[i].name);
        bind(&bound, query->filters[i].value);
    }
    DM_TRY(buf_check(&bound, "query", err));
    draft->plan.bound = arena_str(draft->arena, buf_str(&bound));
    return draft->plan.bound.ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_after(struct draft *draft, struct dm_error *err)
{
    if (!draft->query->after.len)
        return DM_OK;
    struct dm_value *after = arena_new(draft->arena, sizeof *after);
    if (!after)
        return error_nomem(err);
    draft->plan.after = after;
    return token_open(&draft->request->app->config->token_key, draft->plan.bound,
                      draft->query->after, draft->arena, after, err);
}

enum dm_code plan_make(const struct plan_request *request, struct arena *arena,
                       struct plan *ret_plan, struct dm_error *err)
{
    struct draft draft = {.request = request,
                          .query = request->query,
                          .attributes = request->model->config->attributes,
                          .arena = arena,
                          .plan = {.is_query = request->query->hash_key.ptr,
                                   .table = request->model->config->table_name,
                                   .consistent = request->query->consistent_read,
                                   .descending = request->query->descending}};
    DM_TRY(find_index(&draft, err));
    DM_TRY(read_filters(&draft, err));
    DM_TRY(read_keys(&draft, err));
    DM_TRY(settle_filter(&draft, err));
    DM_TRY(settle_projection(&draft, err));
    DM_TRY(make_bound(&draft, err));
    DM_TRY(read_after(&draft, err));
    *ret_plan = draft.plan;
    return DM_OK;
}

/* --- the store's request --- */

struct store_query plan_query(const struct plan *plan, const struct store_base *base,
                              unsigned limit, const struct dm_value *after)
{
    return (struct store_query){
        .base = *base,
        .table = plan->table,
        .index = plan->index,
        .keys = &plan->keys,
        .filter = plan->filter,
        .projection = &plan->projection,
        .consistent = plan->consistent,
        .descending = plan->descending,
        .count_only = plan->count_only,
        .limit = limit,
        .after = after,
    };
}

struct store_scan plan_scan(const struct plan *plan, const struct store_base *base,
                            unsigned limit, const struct dm_value *after)
{
    return (struct store_scan){
        .base = *base,
        .table = plan->table,
        .index = plan->index,
        .filter = plan->filter,
        .projection = &plan->projection,
        .consistent = plan->consistent,
        .count_only = plan->count_only,
        .limit = limit,
        .after = after,
    };
}
