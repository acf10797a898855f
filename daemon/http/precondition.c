/* If-Match and If-None-Match. */
#include "daemon/http/precondition.h"

#include "base/str.h"

/* The opaque part with its quotes, and *list past it; ptr NULL when there is none. */
static struct dm_str next_tag(struct dm_str *list)
{
    const char *end = NULL;
    if (list->len >= 2 && list->ptr[0] == '"')
        end = memchr(list->ptr + 1, '"', list->len - 1);
    if (!end)
        return (struct dm_str){NULL, 0};
    struct dm_str tag = {list->ptr, (size_t)(end + 1 - list->ptr)};
    *list = (struct dm_str){end + 1, list->len - tag.len};
    return tag;
}

/* Whether the list has the tag. A weak one in it has none that is strong; a list that
 * cannot be read has none from there on. */
static bool has_tag(struct dm_str list, struct dm_str etag, bool weak_too)
{
    list = str_trim(list);
    if (str_equal(list, STR("*")))
        return true;
    while (list.len) {
        bool is_weak = str_starts(list, STR("W/"));
        if (is_weak)
            list = (struct dm_str){list.ptr + 2, list.len - 2};
        struct dm_str tag = next_tag(&list);
        if (!tag.ptr)
            return false;
        if ((!is_weak || weak_too) && str_equal(tag, etag))
            return true;
        while (list.len && (*list.ptr == ',' || *list.ptr == ' ' || *list.ptr == '\t'))
            list = (struct dm_str){list.ptr + 1, list.len - 1};
    }
    return false;
}

/* In the order of section 13.2.2. */
enum precondition precondition_check(const struct head *head, struct dm_str etag)
{
    if (head->if_match.count && !has_tag(head->if_match.value, etag, false))
        return PRECONDITION_FAILED;
    if (head->if_none_match.count && has_tag(head->if_none_match.value, etag, true))
        return PRECONDITION_UNCHANGED;
    return PRECONDITION_MET;
}
