/* Expressions checked, and measured as they would be sent. */
#include "store/sqlite/expression_check.h"

#include "base/buf.h"
#include "base/error.h"
#include "expr/evaluate.h"
#include "expr/render.h"
#include "expr/validation.h"

/* What is much longer than EXPRESSION_MAX is refused for want of room. */
enum { RENDERED_MAX = 16 * 1024 * 1024 };

/* "#0,": of more than fit not each is compared with each, but their length refuses them.
 */
enum { ACTION_LEN_MIN = 3 };

/* Rendered: the text that counts, and its placeholders. */
struct measure {
    struct arena arena;
    struct render render;
    struct dm_buf text;
};

static void measure_init(struct measure *measure)
{
    arena_init(&measure->arena, RENDERED_MAX);
    render_init(&measure->render, &measure->arena);
    buf_init(&measure->text, RENDERED_MAX);
}

static void measure_done(struct measure *measure)
{
    arena_done(&measure->arena);
    buf_done(&measure->text);
}
DM_AUTO_DONE_DEFINE(measure, measure_done)

static enum dm_code measure_check(const struct measure *measure, const char *parameter,
                                  struct dm_error *err)
{
    DM_TRY(buf_check(&measure->text, parameter, err));
    return render_check_size(parameter, buf_str(&measure->text), err);
}

enum dm_code expression_check_condition(const struct condition *condition,
                                        struct dm_error *err)
{
    if (!condition)
        return DM_OK;
    DM_AUTO_DONE(measure) measure;
    measure_init(&measure);
    DM_TRY(condition_check(condition, err));
    render_condition(&measure.render, condition, &measure.text);
    return measure_check(&measure, "ConditionExpression", err);
}

enum dm_code expression_check_update(const struct update *update, struct dm_error *err)
{
    if (!update || !update->count)
        return DM_OK;
    DM_AUTO_DONE(measure) measure;
    measure_init(&measure);
    if (update->count <= EXPRESSION_MAX / ACTION_LEN_MIN)
        DM_TRY(update_check(update, err));
    render_update(&measure.render, update, &measure.text);
    return measure_check(&measure, "UpdateExpression", err);
}

static enum dm_code check_overlaps(const struct projection *projection,
                                   struct dm_error *err)
{
    for (size_t i = 1; i < projection->count; i++)
        for (size_t j = 0; j < i; j++)
            if (path_overlaps(&projection->paths[i], &projection->paths[j]))
                return validation_error(
                    err, "Invalid ProjectionExpression: Two document paths overlap with "
                         "each other; must remove or rewrite one of these paths");
    return DM_OK;
}

/* Measured first: 4 KB hold few enough paths to compare each with each. */
enum dm_code expression_check_projection(const struct projection *projection,
                                         struct dm_error *err)
{
    if (!projection || !projection->count)
        return DM_OK;
    DM_AUTO_DONE(measure) measure;
    measure_init(&measure);
    projection_write(projection, &measure.render.names, &measure.text);
    DM_TRY(measure_check(&measure, "ProjectionExpression", err));
    return check_overlaps(projection, err);
}
