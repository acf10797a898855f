/* Entity tags: SHA-256 of the typed items, in an order of their own. */
#include "model/etag.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* Half of a SHA-256 is plenty to tell versions of one item apart. */
enum { HASH_LEN = 32, TAG_LEN = 16, VERSION_MAX = 38 };

/* Pieces are a few bytes; OpenSSL is called for so many at once. */
enum { BLOCK_LEN = 4096 };

/* The members of every map and set that is being sorted; 400 KB of them at most, and
 * they are not kept beyond KEEP_MAX. */
enum { STACK_MAX = 16 * 1024 * 1024, KEEP_MAX = 64 * 1024 };

struct etag_maker {
    EVP_MD *sha256;
    struct dm_buf stack;       /* pointers */
    struct etag_sum *of_items; /* kept for one item after the other */
};

struct etag_sum {
    struct etag_maker *maker;
    EVP_MD_CTX *hash;
    enum dm_code failure;
    size_t len;
    unsigned char block[BLOCK_LEN];
};

static enum dm_code fail(struct dm_error *err)
{
    return error_set(err, DM_E_INTERNAL, "OpenSSL refused to hash");
}

/* --- what is hashed --- */

static void flush(struct etag_sum *sum)
{
    if (!EVP_DigestUpdate(sum->hash, sum->block, sum->len))
        sum->failure = DM_E_INTERNAL;
    sum->len = 0;
}

static void put(struct etag_sum *sum, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > BLOCK_LEN - sum->len) {
        size_t fits = BLOCK_LEN - sum->len;
        memcpy(sum->block + sum->len, at, fits);
        sum->len = BLOCK_LEN;
        at += fits;
        len -= fits;
        flush(sum);
    }
    if (len)
        memcpy(sum->block + sum->len, at, len);
    sum->len += len;
}

/* What follows, and how long it is: no two items make the same bytes. */
static void put_head(struct etag_sum *sum, char what, size_t count)
{
    const unsigned char head[] = {
        (unsigned char)what,          (unsigned char)count,
        (unsigned char)(count >> 8),  (unsigned char)(count >> 16),
        (unsigned char)(count >> 24),
    };
    put(sum, head, sizeof head);
}

static void put_text(struct etag_sum *sum, char what, struct dm_str text)
{
    put_head(sum, what, text.len);
    put(sum, text.ptr, text.len);
}

/* Room for so many pointers on the stack, or NULL; the stack may have moved when it is
 * used again. */
static const void **push(struct etag_sum *sum, size_t count)
{
    struct dm_buf *stack = &sum->maker->stack;
    void *room = buf_room(stack, count * sizeof(void *));
    if (!room) {
        sum->failure = DM_E_NOMEM;
        return NULL;
    }
    stack->len += count * sizeof(void *);
    return room;
}

static const void *from_stack(const struct etag_sum *sum, size_t mark, size_t index)
{
    const void *pointer;
    memcpy(&pointer, sum->maker->stack.ptr + mark + index * sizeof pointer,
           sizeof pointer);
    return pointer;
}

static int compare(struct dm_str a, struct dm_str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int compare_members(const void *left, const void *right)
{
    const struct value_member *const *a = left, *const *b = right;
    return compare((*a)->name, (*b)->name);
}

static int compare_texts(const void *left, const void *right)
{
    const struct dm_str *const *a = left, *const *b = right;
    return compare(**a, **b);
}

static void put_value(struct etag_sum *sum, const struct dm_value *value);

static void put_list(struct etag_sum *sum, const struct dm_value *list)
{
    put_head(sum, 'L', list->as.list.count);
    for (size_t i = 0; i < list->as.list.count; i++)
        put_value(sum, &list->as.list.at[i]);
}

static void put_map(struct etag_sum *sum, const struct dm_value *map)
{
    size_t count = map->as.map.count, mark = sum->maker->stack.len;
    put_head(sum, 'M', count);
    const void **members = count ? push(sum, count) : NULL;
    if (!members)
        return;
    for (size_t i = 0; i < count; i++)
        members[i] = &map->as.map.at[i];
    qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count; i++) {
        const struct value_member *member = from_stack(sum, mark, i);
        put_text(sum, 'K', member->name);
        put_value(sum, &member->value);
    }
    sum->maker->stack.len = mark;
}

static void put_set(struct etag_sum *sum, char what, const struct dm_value *set)
{
    size_t count = set->as.set.count, mark = sum->maker->stack.len;
    put_head(sum, what, count);
    const void **texts = count ? push(sum, count) : NULL;
    if (!texts)
        return;
    for (size_t i = 0; i < count; i++)
        texts[i] = &set->as.set.at[i];
    qsort(texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < count; i++)
        put_text(sum, 'E', *(const struct dm_str *)from_stack(sum, mark, i));
    sum->maker->stack.len = mark;
}

static void put_value(struct etag_sum *sum, const struct dm_value *value)
{
    switch (value->type) {
    case DM_S:
        put_text(sum, 'S', value->as.text);
        return;
    case DM_N:
        put_text(sum, 'N', value->as.text);
        return;
    case DM_B:
        put_text(sum, 'B', value->as.text);
        return;
    case DM_BOOL:
        put_head(sum, 'T', value->as.boolean);
        return;
    case DM_NULL:
        put_head(sum, '0', 0);
        return;
    case DM_L:
        put_list(sum, value);
        return;
    case DM_M:
        put_map(sum, value);
        return;
    case DM_SS:
        put_set(sum, 's', value);
        return;
    case DM_NS:
        put_set(sum, 'n', value);
        return;
    case DM_BS:
        put_set(sum, 'b', value);
        return;
    }
}

/* How clients see the item. */
static void put_forms(struct etag_sum *sum, const struct attributes *attributes)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const struct attribute *attribute = &attributes->at[i];
        if (attribute_is_as_stored(attribute))
            continue;
        put_text(sum, 'A', attribute->name);
        put_head(sum, 'k', attribute->kind);
        put_text(sum, 'p', attribute->prefix);
        put_text(sum, 'q', attribute->suffix);
    }
}

/* --- sums --- */

static enum dm_code begin(struct etag_sum *sum, struct dm_str form, struct dm_error *err)
{
    sum->len = 0;
    sum->failure = DM_OK;
    if (!EVP_DigestInit_ex2(sum->hash, sum->maker->sha256, NULL))
        return fail(err);
    put_text(sum, 'F', form);
    return DM_OK;
}

static enum dm_code check(struct etag_sum *sum, struct dm_error *err)
{
    struct dm_buf *stack = &sum->maker->stack;
    buf_reset(stack);
    if (stack->cap > KEEP_MAX)
        buf_done(stack);
    if (sum->failure == DM_E_NOMEM)
        return error_nomem(err);
    return sum->failure ? fail(err) : DM_OK;
}

/* The hash in hexadecimal, behind the version. */
static struct etag etag_text(struct dm_str version, const unsigned char *hash)
{
    struct etag etag;
    char *to = etag.text;
    to += snprintf(to, ETAG_TEXT_MAX, version.len ? "\"v%.*s-" : "\"%.*s",
                   STR_ARG(version));
    for (size_t i = 0; i < TAG_LEN; i++) {
        *to++ = "0123456789abcdef"[hash[i] >> 4];
        *to++ = "0123456789abcdef"[hash[i] & 15];
    }
    *to++ = '"';
    *to = '\0';
    return etag;
}

static enum dm_code end(struct etag_sum *sum, struct dm_str version,
                        struct etag *ret_etag, struct dm_error *err)
{
    unsigned char hash[HASH_LEN];
    flush(sum);
    DM_TRY(check(sum, err));
    if (!EVP_DigestFinal_ex(sum->hash, hash, NULL))
        return fail(err);
    *ret_etag = etag_text(version, hash);
    return DM_OK;
}

enum dm_code etag_sum_new(struct etag_maker *maker, struct dm_str form,
                          struct etag_sum **ret_sum, struct dm_error *err)
{
    DM_AUTO(etag_sum) *sum = mem_new(sizeof *sum);
    if (!sum)
        return error_nomem(err);
    sum->maker = maker;
    sum->hash = EVP_MD_CTX_new();
    if (!sum->hash)
        return error_nomem(err);
    DM_TRY(begin(sum, form, err));
    *ret_sum = DM_TAKE(sum);
    return DM_OK;
}

void etag_sum_free(struct etag_sum *sum)
{
    if (!sum)
        return;
    EVP_MD_CTX_free(sum->hash);
    mem_free(sum);
}

enum dm_code etag_sum_add(struct etag_sum *sum, const struct attributes *attributes,
                          const struct dm_value *item, struct dm_error *err)
{
    if (attributes && !attributes->as_stored)
        put_forms(sum, attributes);
    put_value(sum, item);
    return check(sum, err);
}

enum dm_code etag_sum_add_text(struct etag_sum *sum, struct dm_str text,
                               struct dm_error *err)
{
    put_text(sum, 'X', text);
    return check(sum, err);
}

enum dm_code etag_sum_end(struct etag_sum *sum, struct etag *ret_etag,
                          struct dm_error *err)
{
    return end(sum, STR(""), ret_etag, err);
}

/* --- one item --- */

enum dm_code etag_maker_new(struct etag_maker **ret_maker, struct dm_error *err)
{
    DM_AUTO(etag_maker) *maker = mem_new(sizeof *maker);
    if (!maker)
        return error_nomem(err);
    buf_init(&maker->stack, STACK_MAX);
    maker->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!maker->sha256)
        return error_set(err, DM_E_INTERNAL, "OpenSSL has no SHA-256");
    DM_TRY(etag_sum_new(maker, STR(""), &maker->of_items, err));
    *ret_maker = DM_TAKE(maker);
    return DM_OK;
}

void etag_maker_free(struct etag_maker *maker)
{
    if (!maker)
        return;
    etag_sum_free(maker->of_items);
    buf_done(&maker->stack);
    EVP_MD_free(maker->sha256);
    mem_free(maker);
}

/* Empty unless the item has one that counts. */
static struct dm_str version_of(const struct attributes *attributes,
                                const struct dm_value *item)
{
    const struct dm_value *version = attributes && attributes->version
                                         ? value_member(item, attributes->version->name)
                                         : NULL;
    if (!version || version->type != DM_N || version->as.text.len > VERSION_MAX)
        return STR("");
    for (size_t i = 0; i < version->as.text.len; i++)
        if (version->as.text.ptr[i] < '0' || version->as.text.ptr[i] > '9')
            return STR("");
    return version->as.text;
}

enum dm_code etag_of_item(struct etag_maker *maker, const struct attributes *attributes,
                          const struct dm_value *item, struct dm_str form,
                          struct etag *ret_etag, struct dm_error *err)
{
    struct etag_sum *sum = maker->of_items;
    DM_TRY(begin(sum, form, err));
    DM_TRY(etag_sum_add(sum, attributes, item, err));
    return end(sum, version_of(attributes, item), ret_etag, err);
}
