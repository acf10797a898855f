/*
 * Reads an item, blocking and then on an event loop, and asks DynamoDB for its tables.
 *
 *     cc get_item.c $(pkg-config --cflags --libs libdynamod) -o get_item
 *     ./get_item apps.d/todo.conf todo 1
 */
#include <dynamod.h>
#include <stdio.h>

static int complain(const struct dm_error *err)
{
    fprintf(stderr, "%s: %s\n", dm_code_name(err->code), err->message);
    return 1;
}

static int print_item(const char *how, const struct dm_item *item)
{
    struct dm_error err = {0};
    char *json = NULL;
    if (dm_item_json(item, DM_PLAIN, &json, NULL, &err))
        return complain(&err);
    printf("%s: %s\n", how, json);
    dm_free(json);
    return 0;
}

static int read_blocking(struct dm_app *app, const char *model, const char *key)
{
    struct dm_error err = {0};
    struct dm_item *item = NULL;
    struct dm_get get = {.hash_key = dm_str(key), .consistent_read = true};
    if (dm_get_or_404(app, model, &get, &item, &err))
        return complain(&err);
    int failed = print_item("get", item);
    dm_item_free(item);
    return failed;
}

static int read_first(struct dm_app *app, const char *model)
{
    struct dm_error err = {0};
    struct dm_item *item = NULL;
    struct dm_get get = {.message = dm_str("the table is empty")};
    if (dm_first_or_404(app, model, &get, &item, &err))
        return complain(&err);
    int failed = print_item("first", item);
    dm_item_free(item);
    return failed;
}

static int list_tables(struct dm_app *app)
{
    struct dm_error err = {0};
    char *reply = NULL;
    if (dm_connection_call(dm_app_connection(app), "ListTables", dm_str("{}"), 0, &reply,
                           &err))
        return complain(&err);
    printf("tables: %s\n", reply);
    dm_free(reply);
    return 0;
}

struct waiting {
    int failed;
    bool done;
};

static void on_item(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    struct waiting *waiting = ctx;
    waiting->failed = code ? complain(err) : print_item("async", item);
    waiting->done = true;
    dm_item_free(item);
}

static int read_on_a_loop(const char *path, const char *model, const char *key)
{
    struct dm_error err = {0};
    struct dm_loop *loop = NULL;
    struct dm_app *app = NULL;
    struct waiting waiting = {1, false};
    struct dm_get get = {.hash_key = dm_str(key)};

    enum dm_code code = dm_loop_new(&loop, &err);
    if (!code)
        code = dm_app_open_on(path, loop, &app, &err);
    if (!code)
        code = dm_get_or_404_async(app, model, &get, on_item, &waiting, NULL, &err);
    while (!code && !waiting.done)
        code = dm_loop_turn(loop, -1, &err);
    if (code)
        complain(&err);

    dm_app_free(app);
    dm_loop_free(loop);
    return waiting.failed;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: get_item APP_FILE MODEL KEY\n");
        return 2;
    }
    const char *path = argv[1], *model = argv[2], *key = argv[3];

    struct dm_error err = {0};
    struct dm_app *app = NULL;
    if (dm_app_open(path, &app, &err))
        return complain(&err);
    int failed = read_blocking(app, model, key) || read_first(app, model) ||
                 read_on_a_loop(path, model, key) || list_tables(app);
    dm_app_free(app);
    return failed;
}
