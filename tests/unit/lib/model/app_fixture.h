/* An app on an embedded store of its own, for as long as a test. */
#ifndef DYNAMOD_TESTS_APP_FIXTURE_H
#define DYNAMOD_TESTS_APP_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/app.h"
#include "model/page.h"
#include "support/test.h"
#include "value/item.h"

static inline void put_file(const char *folder, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static inline void remove_file(const char *folder, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

/* `text` is the file todo.conf, and `seed` the file items.jsonl beside it. */
static inline struct dm_app *app_opened(const char *text, const char *seed)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64];
    struct dm_error err = {0};
    struct dm_app *app = NULL;
    cr_assert(mkdtemp(folder));
    put_file(folder, "todo.conf", text);
    put_file(folder, "items.jsonl", seed);
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    assert_ok(dm_app_open(path, &app, &err), err);
    remove_file(folder, "todo.conf");
    remove_file(folder, "items.jsonl");
    rmdir(folder);
    return app;
}

#endif
