/* Building trees of values. */
#include "codec/builder.h"

#include "base/error.h"
#include "base/str.h"
#include "value/number.h"
#include "value/quote.h"
#include "value/twin.h"

void builder_init(struct builder *builder, struct json_reader *reader,
                  struct arena *arena)
{
    *builder = (struct builder){.reader = reader, .arena = arena};
    buf_init(&builder->stack, arena->max);
}

void builder_done(struct builder *builder)
{
    buf_done(&builder->stack);
}

size_t builder_mark(const struct builder *builder)
{
    return builder->stack.len;
}

enum dm_code builder_push(struct builder *builder, const void *element, size_t size,
                          struct dm_error *err)
{
    char *room = buf_room(&builder->stack, size);
    if (!room)
        return error_nomem(err);
    memcpy(room, element, size);
    builder->stack.len += size;
    return DM_OK;
}

/* What was pushed since the mark, now the arena's; NULL when memory ran out. */
static void *take(struct builder *builder, size_t mark, size_t element, size_t *ret_count)
{
    size_t size = builder->stack.len - mark;
    char *array = arena_alloc(builder->arena, size ? size : 1);
    if (!array)
        return NULL;
    if (size)
        memcpy(array, builder->stack.ptr + mark, size);
    builder->stack.len = mark;
    *ret_count = size / element;
    return array;
}

enum dm_code builder_enter(struct builder *builder, struct dm_error *err)
{
    if (builder->level == VALUE_MAX_DEPTH)
        return reader_fail(builder->reader, err, "lists and maps nested deeper than %d",
                           VALUE_MAX_DEPTH);
    builder->level++;
    return DM_OK;
}

enum dm_code builder_list(struct builder *builder, size_t mark, struct dm_value *ret_list,
                          struct dm_error *err)
{
    struct dm_value list = {.type = DM_L};
    list.as.list.at = take(builder, mark, sizeof list, &list.as.list.count);
    if (!list.as.list.at)
        return error_nomem(err);
    builder->level--;
    *ret_list = list;
    return DM_OK;
}

/* Room on the stack for as many texts, given back by setting stack.len to the mark. */
static struct dm_str *borrow_texts(struct builder *builder, size_t count)
{
    size_t size = count * sizeof(struct dm_str);
    char *room = buf_room(&builder->stack, size);
    if (room)
        builder->stack.len += size;
    return (struct dm_str *)(void *)room;
}

static enum dm_code check_names(struct builder *builder, const struct value_member *at,
                                size_t count, struct dm_error *err)
{
    size_t mark = builder_mark(builder);
    struct dm_str *names = borrow_texts(builder, count);
    if (!names)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        names[i] = at[i].name;
    const struct dm_str *twin = twin_find(names, count);
    builder->stack.len = mark;
    if (twin)
        return reader_fail(builder->reader, err, "the name \"%s\" comes twice",
                           quote(*twin).text);
    return DM_OK;
}

enum dm_code builder_map(struct builder *builder, size_t mark, struct dm_value *ret_map,
                         struct dm_error *err)
{
    struct dm_value map = {.type = DM_M};
    map.as.map.at = take(builder, mark, sizeof(struct value_member), &map.as.map.count);
    if (!map.as.map.at)
        return error_nomem(err);
    if (map.as.map.count > 1)
        DM_TRY(check_names(builder, map.as.map.at, map.as.map.count, err));
    builder->level--;
    *ret_map = map;
    return DM_OK;
}

/* The number's one spelling. */
static enum dm_code canonical(struct builder *builder, struct dm_str text,
                              struct dm_str *ret_text, struct dm_error *err)
{
    struct number number;
    DM_TRY(number_parse(text, &number, err));
    struct dm_str spelling = {number.text, number.len};
    *ret_text = str_equal(text, spelling) ? text : arena_str(builder->arena, spelling);
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

static enum dm_code check_members(struct builder *builder, const struct dm_value *set,
                                  struct dm_error *err)
{
    size_t mark = builder_mark(builder), count = set->as.set.count;
    struct dm_str *texts = borrow_texts(builder, count);
    if (!texts)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        texts[i] = set->as.set.at[i];
        if (set->type == DM_NS)
            DM_TRY(canonical(builder, texts[i], &texts[i], err));
    }
    bool twins = twin_find(texts, count);
    builder->stack.len = mark;
    return twins ? reader_fail(builder->reader, err, "a set with two equal members")
                 : DM_OK;
}

enum dm_code builder_set(struct builder *builder, size_t mark, enum dm_type type,
                         struct dm_value *ret_set, struct dm_error *err)
{
    struct dm_value set = {.type = type};
    set.as.set.at = take(builder, mark, sizeof(struct dm_str), &set.as.set.count);
    if (!set.as.set.at)
        return error_nomem(err);
    if (set.as.set.count == 0)
        return reader_fail(builder->reader, err, "an empty set");
    DM_TRY(check_members(builder, &set, err));
    *ret_set = set;
    return DM_OK;
}
