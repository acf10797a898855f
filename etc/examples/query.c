/*
 * Lists a partition page by page, narrowed by a condition, counts it, and finds its last
 * item.
 *
 *     cc query.c $(pkg-config --cflags --libs libdynamod) -o query
 *     ./query apps.d/shop.conf orders c1 total ge.10
 */
#include <dynamod.h>
#include <stdio.h>

enum { AFTER_MAX = 4096 };

static int complain(const struct dm_error *err)
{
    fprintf(stderr, "%s: %s\n", dm_code_name(err->code), err->message);
    if (err->hint[0])
        fprintf(stderr, "%s\n", err->hint);
    return 1;
}

static int print_page(const struct dm_page *page)
{
    struct dm_error err = {0};
    char *json = NULL;
    if (dm_page_json(page, DM_PLAIN, &json, NULL, &err))
        return complain(&err);
    printf("page: %s\n", json);
    dm_free(json);
    return 0;
}

/* A page may be empty and yet have a next: the token alone says where the end is. */
static int list(struct dm_app *app, const char *model, struct dm_query query)
{
    char after[AFTER_MAX];
    int failed;
    query.limit = 2;
    do {
        struct dm_error err = {0};
        struct dm_page *page = NULL;
        if (dm_query(app, model, &query, &page, &err))
            return complain(&err);
        failed = print_page(page);
        struct dm_str next = dm_page_next(page);
        snprintf(after, sizeof after, "%.*s", (int)next.len, next.ptr);
        query.after = dm_str(after);
        dm_page_free(page);
    } while (!failed && query.after.len);
    return failed;
}

static int count(struct dm_app *app, const char *model, struct dm_query query)
{
    struct dm_error err = {0};
    struct dm_page *page = NULL;
    query.count = true;
    if (dm_query(app, model, &query, &page, &err))
        return complain(&err);
    printf("count: %zu\n", dm_page_count(page));
    dm_page_free(page);
    return 0;
}

static int find_last(struct dm_app *app, const char *model, struct dm_query query)
{
    struct dm_error err = {0};
    struct dm_item *item = NULL;
    char *json = NULL;
    query.descending = true;
    if (dm_query_first_or_404(app, model, &query, dm_str("there is none"), &item, &err))
        return complain(&err);
    enum dm_code code = dm_item_json(item, DM_PLAIN, &json, NULL, &err);
    dm_item_free(item);
    if (code)
        return complain(&err);
    printf("last: %s\n", json);
    dm_free(json);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: query APP_FILE MODEL HASH_KEY ATTRIBUTE CONDITION\n");
        return 2;
    }
    const char *model = argv[2];
    struct dm_filter filter = {dm_str(argv[4]), dm_str(argv[5])};
    struct dm_query query = {
        .hash_key = dm_str(argv[3]), .filters = &filter, .filter_count = 1};

    struct dm_error err = {0};
    struct dm_app *app = NULL;
    if (dm_app_open(argv[1], &app, &err))
        return complain(&err);
    int failed = list(app, model, query) || count(app, model, query) ||
                 find_last(app, model, query);
    dm_app_free(app);
    return failed;
}
