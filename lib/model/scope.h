/* How much of an app somebody may use. */
#ifndef DYNAMOD_MODEL_SCOPE_H
#define DYNAMOD_MODEL_SCOPE_H

#include "base/str.h"

/* What it allows a model's own `allow` must allow too. */
struct scope {
    bool read, write;
    bool of_some; /* of the models named alone; else of all */
    const struct dm_str *models;
    size_t model_count;
};

/* NULL: all of the app. */
static inline bool scope_has_model(const struct scope *scope, struct dm_str model)
{
    if (!scope || !scope->of_some)
        return true;
    for (size_t i = 0; i < scope->model_count; i++)
        if (str_equal(scope->models[i], model))
            return true;
    return false;
}

static inline bool scope_is_whole(const struct scope *scope)
{
    return scope->read && scope->write && !scope->of_some;
}

static inline bool scope_reads(const struct scope *scope)
{
    return !scope || scope->read;
}

static inline bool scope_writes(const struct scope *scope)
{
    return !scope || scope->write;
}

#endif
