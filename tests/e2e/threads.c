/* Several threads, each with apps of its own: reads one item again and again. */
#include <dynamod.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 3, READS = 20 };

static const char *const *arguments; /* APP_FILE MODEL KEY */

static int read_items(struct dm_app *app, struct dm_error *err)
{
    for (int i = 0; i < READS; i++) {
        struct dm_item *item = NULL;
        struct dm_get get = {.hash_key = dm_str(arguments[2])};
        if (dm_get_or_404(app, arguments[1], &get, &item, err))
            return 1;
        dm_item_free(item);
    }
    return 0;
}

static void *run(void *failed)
{
    struct dm_error err = {0};
    for (int i = 0; i < ROUNDS && !*(int *)failed; i++) {
        struct dm_app *app = NULL;
        *(int *)failed = dm_app_open(arguments[0], &app, &err) || read_items(app, &err);
        dm_app_free(app);
    }
    if (*(int *)failed)
        fprintf(stderr, "%s\n", err.message);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int failed[THREADS] = {0}, count = 0, any = argc != 4;
    arguments = (const char *const *)argv + 1;
    while (count < THREADS && !any) {
        any = pthread_create(&threads[count], NULL, run, &failed[count]) != 0;
        count += !any;
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        any |= failed[i];
    }
    return any;
}
