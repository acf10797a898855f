/* Range keys that a template makes. */
#include "model/range.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

/*
 * A text after all that begin with the prefix, itself outside it: the prefix with its
 * last character's last byte counted up, where that is a character too; else the prefix
 * and U+10FFFF, the last character that there is, which stands in no text.
 */
static enum dm_code end_of(struct dm_str prefix, struct arena *arena,
                           struct dm_str *ret_end, struct dm_error *err)
{
    struct dm_str last = STR("\xF4\x8F\xBF\xBF");
    char *end = arena_alloc(arena, prefix.len + last.len);
    if (!end)
        return error_nomem(err);
    memcpy(end, prefix.ptr, prefix.len);
    end[prefix.len - 1]++;
    *ret_end = (struct dm_str){end, prefix.len};
    if (utf8_valid(*ret_end))
        return DM_OK;
    end[prefix.len - 1]--;
    memcpy(end + prefix.len, last.ptr, last.len);
    ret_end->len += last.len;
    return DM_OK;
}

static enum dm_code confine_from(struct key_condition *keys, struct dm_str prefix,
                                 struct arena *arena, struct dm_error *err)
{
    keys->range = RANGE_BETWEEN;
    keys->high = (struct dm_value){.type = DM_S};
    return end_of(prefix, arena, &keys->high.as.text, err);
}

static void confine_to(struct key_condition *keys, struct dm_str prefix)
{
    keys->range = RANGE_BETWEEN;
    keys->high = keys->low;
    keys->low = (struct dm_value){.type = DM_S, .as.text = prefix};
}

enum dm_code range_confine(struct key_condition *keys, const struct attribute *range,
                           struct arena *arena, struct dm_value *ret_except,
                           struct dm_error *err)
{
    struct dm_str prefix = range->prefix;
    *ret_except = (struct dm_value){.type = DM_NULL};
    if (!prefix.len)
        return DM_OK;
    switch (keys->range) {
    case RANGE_ALL:
        keys->range = RANGE_BEGINS_WITH;
        keys->low = (struct dm_value){.type = DM_S, .as.text = prefix};
        return DM_OK;
    case RANGE_GT:
        *ret_except = keys->low;
        return confine_from(keys, prefix, arena, err);
    case RANGE_GE:
        return confine_from(keys, prefix, arena, err);
    case RANGE_LT:
        *ret_except = keys->low;
        confine_to(keys, prefix);
        return DM_OK;
    case RANGE_LE:
        confine_to(keys, prefix);
        return DM_OK;
    default: /* inside it already */
        return DM_OK;
    }
}
