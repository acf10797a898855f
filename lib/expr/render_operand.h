/* What conditions and updates render alike. */
#ifndef DYNAMOD_EXPR_RENDER_OPERAND_H
#define DYNAMOD_EXPR_RENDER_OPERAND_H

#include "expr/render.h"

/* Appends the value's placeholder; the value is borrowed. */
void render_value(struct render *render, const struct dm_value *value,
                  struct dm_buf *out);

void render_operand(struct render *render, const struct operand *operand,
                    struct dm_buf *out);

#endif
