/* UpdateExpression as text: each clause once. */
#include "base/str.h"
#include "expr/render_operand.h"

/* One row a kind of action, in the order of the text. */
struct clause {
    struct dm_str word, separator; /* in front of the paths; between path and operand */
};

static const struct clause clauses[] = {
    [UPDATE_SET] = {{"SET ", 4}, {"=", 1}},
    [UPDATE_REMOVE] = {{"REMOVE ", 7}, {"", 0}},
    [UPDATE_ADD] = {{"ADD ", 4}, {" ", 1}},
    [UPDATE_DELETE] = {{"DELETE ", 7}, {" ", 1}},
};

static void render_action(struct render *render, const struct update_action *action,
                          struct dm_buf *out)
{
    names_write_path(&render->names, &action->path, out);
    if (action->kind == UPDATE_REMOVE)
        return;
    buf_add_str(out, clauses[action->kind].separator);
    render_operand(render, &action->operand, out);
}

/* *begun: another clause stands before. */
static void render_clause(struct render *render, const struct update *update,
                          enum update_kind kind, bool *begun, struct dm_buf *out)
{
    bool first = true;
    for (size_t i = 0; i < update->count; i++) {
        if (update->actions[i].kind != kind)
            continue;
        if (first && *begun)
            buf_add_char(out, ' ');
        buf_add_str(out, first ? clauses[kind].word : STR(","));
        first = false;
        *begun = true;
        render_action(render, &update->actions[i], out);
    }
}

void render_update(struct render *render, const struct update *update, struct dm_buf *out)
{
    bool begun = false;
    for (size_t i = 0; i < DM_COUNT(clauses); i++)
        render_clause(render, update, (enum update_kind)i, &begun, out);
}
