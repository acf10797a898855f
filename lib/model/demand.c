/* Conditions of writes, put together. */
#include "model/demand.h"

#include <assert.h>

#include "base/error.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
enum { TOKEN_LIFE_S = 10 * 60 };

int64_t demand_time(const struct clock *clock, struct dm_str token)
{
    int64_t now_s = clock_wall_ms(clock) / 1000;
    return token.len ? now_s - now_s % TOKEN_LIFE_S : now_s;
}

enum dm_code demands_init(struct demands *demands, const struct model_config *model,
                          struct dm_str hash_name, int64_t now_s, struct arena *arena,
                          struct dm_error *err)
{
    const struct attributes *attributes = model->attributes;
    bool expire = model->hide_expired && attributes && attributes->ttl;
    *demands = (struct demands){.arena = arena, .hash_name = hash_name};
    if (!expire)
        return DM_OK;
    demands->ttl_name = attributes->ttl->name;
    demands->now = arena_printf(arena, "%lld", (long long)now_s);
    return demands->now.ptr ? DM_OK : error_nomem(err);
}

void demand(struct demands *demands, const struct condition *condition)
{
    assert(demands->count < DEMANDS_MAX);
    demands->at[demands->count++] = *condition;
}

/* value: NULL where the condition is of a path alone. */
static enum dm_code make(struct arena *arena, enum condition_kind kind,
                         struct dm_str name, const struct dm_value *value,
                         struct condition *ret_condition, struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    struct operand *operands = arena_new(arena, 2 * sizeof *operands);
    if (!step || !operands)
        return error_nomem(err);
    step->name = name;
    operands[0] = (struct operand){.kind = OPERAND_PATH, .path = {step, 1}};
    if (value)
        operands[1] = (struct operand){.kind = OPERAND_VALUE, .value = *value};
    *ret_condition = (struct condition){
        .kind = kind, .operands = operands, .operand_count = value ? 2 : 1};
    return DM_OK;
}

/* ttl <= now: never of what has no such number. */
static enum dm_code make_expired(const struct demands *demands,
                                 struct condition *ret_condition, struct dm_error *err)
{
    struct dm_value now = {.type = DM_N, .as.text = demands->now};
    return make(demands->arena, CONDITION_LE, demands->ttl_name, &now, ret_condition,
                err);
}

enum dm_code demand_alive(struct demands *demands, struct dm_error *err)
{
    if (!demands->ttl_name.len)
        return DM_OK;
    struct condition *expired = arena_new(demands->arena, sizeof *expired);
    if (!expired)
        return error_nomem(err);
    DM_TRY(make_expired(demands, expired, err));
    demand(demands, &(struct condition){
                        .kind = CONDITION_NOT, .children = expired, .child_count = 1});
    return DM_OK;
}

enum dm_code demand_item(struct demands *demands, struct dm_error *err)
{
    struct condition exists;
    DM_TRY(
        make(demands->arena, CONDITION_EXISTS, demands->hash_name, NULL, &exists, err));
    demand(demands, &exists);
    return demand_alive(demands, err);
}

enum dm_code demand_none_with(struct demands *demands, struct dm_str name,
                              struct dm_error *err)
{
    struct condition *either = arena_new(demands->arena, 2 * sizeof *either);
    if (!either)
        return error_nomem(err);
    DM_TRY(make(demands->arena, CONDITION_NOT_EXISTS, name, NULL, &either[0], err));
    if (!demands->ttl_name.len) {
        demand(demands, &either[0]);
        return DM_OK;
    }
    DM_TRY(make_expired(demands, &either[1], err));
    demand(demands, &(struct condition){
                        .kind = CONDITION_OR, .children = either, .child_count = 2});
    return DM_OK;
}

enum dm_code demand_value(struct demands *demands, struct dm_str name,
                          const struct dm_value *value, struct dm_error *err)
{
    struct condition equal;
    DM_TRY(make(demands->arena, CONDITION_EQ, name, value, &equal, err));
    demand(demands, &equal);
    return demand_alive(demands, err);
}

enum dm_code demands_end(const struct demands *demands,
                         const struct condition **ret_condition, struct dm_error *err)
{
    *ret_condition = demands->count ? &demands->at[0] : NULL;
    if (demands->count < 2)
        return DM_OK;
    struct condition *all = arena_new(demands->arena, sizeof *all);
    if (!all)
        return error_nomem(err);
    *all = (struct condition){
        .kind = CONDITION_AND, .children = demands->at, .child_count = demands->count};
    *ret_condition = all;
    return DM_OK;
}
