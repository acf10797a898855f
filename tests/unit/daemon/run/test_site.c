/* What a shard makes of one configuration, and of the next. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/http/router.h"
#include "daemon/run/service.h"
#include "support/test.h"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment empty = {nothing};

/* Two configurations: of apps a and b, and of b and c. */
struct scene {
    struct dm_loop *loop;
    struct app_config *a, *b, *c;
    struct app_config *first_apps[2], *second_apps[2];
    struct config first, second;
};

/* In the folder, a file of that name. */
static struct app_config *load(const char *folder, const char *name)
{
    char path[64];
    struct dm_error err = {0};
    struct app_config *config = NULL;
    snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    FILE *file = fopen(path, "we");
    cr_assert(file);
    fputs("dynamodb = { region = \"r\"; }; models = { todo = { }; };", file);
    cr_assert_eq(fclose(file), 0);
    assert_ok(app_config_load(path, &empty, &config, &err), err);
    unlink(path);
    return config;
}

static struct scene begin(void)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX";
    struct dm_error err = {0};
    struct scene scene = {.first = {.references = 1, .request_timeout_ms = 1},
                          .second = {.references = 1, .request_timeout_ms = 2}};
    cr_assert(mkdtemp(folder));
    scene.a = load(folder, "a");
    scene.b = load(folder, "b");
    scene.c = load(folder, "c");
    rmdir(folder);
    assert_ok(dm_loop_new(&scene.loop, &err), err);
    return scene;
}

/* Once the scene has its place. */
static void set_apps(struct scene *scene)
{
    scene->first_apps[0] = scene->a;
    scene->first_apps[1] = scene->second_apps[0] = scene->b;
    scene->second_apps[1] = scene->c;
    scene->first.apps = scene->first_apps;
    scene->second.apps = scene->second_apps;
    scene->first.app_count = scene->second.app_count = 2;
    scene->second.default_app = 2; /* none */
}

static void end(struct scene *scene)
{
    dm_loop_free(scene->loop);
    app_config_unref(scene->a);
    app_config_unref(scene->b);
    app_config_unref(scene->c);
    cr_assert_eq(scene->first.references, 1);
    cr_assert_eq(scene->second.references, 1);
}

static enum dm_code make(const struct scene *scene, const struct config *config,
                         const struct site *before, struct site **ret_site)
{
    struct dm_error err = {0};
    return site_new_with_apps((struct config *)(uintptr_t)config, &empty, scene->loop,
                              before, ret_site, &err);
}

TEST(site, shares_the_apps_that_are_the_same)
{
    struct scene scene = begin();
    set_apps(&scene);
    DM_AUTO(site) *first = NULL, *second = NULL;
    cr_assert_eq(make(&scene, &scene.first, NULL, &first), DM_OK);
    cr_assert_eq(make(&scene, &scene.second, first, &second), DM_OK);
    cr_assert_eq(first->default_app, site_find_app(first, STR("a")));
    cr_assert_null(second->default_app);
    cr_assert_eq(second->request_timeout_ms, 2);
    cr_assert_null(site_find_app(second, STR("a")));
    cr_assert_null(site_find_app(first, STR("c")));
    struct dm_app *b = site_find_app(first, STR("b"));
    cr_assert(b && b == site_find_app(second, STR("b")));
    cr_assert_eq(site_document(first, b, true), site_document(second, b, true));
    site_free(DM_TAKE(first));
    cr_assert_str_eq(dm_app_name(site_find_app(second, STR("b"))), "b");
    site_free(DM_TAKE(second));
    end(&scene);
}

TEST(site, goes_with_the_last_that_has_it)
{
    struct scene scene = begin();
    set_apps(&scene);
    struct dm_error err = {0};
    struct service service;
    struct site *first = NULL, *second = NULL;
    assert_ok(service_init(&service, router_rest(), scene.loop, &err), err);
    cr_assert_eq(make(&scene, &scene.first, NULL, &first), DM_OK);
    service_take_site(&service, first);
    cr_assert_eq(service_enter_site(&service), first);
    cr_assert_eq(make(&scene, &scene.second, first, &second), DM_OK);
    service_take_site(&service, second);
    cr_assert_eq(service_enter_site(&service), second);
    assert_ok(dm_loop_turn(scene.loop, 0, &err), err);
    cr_assert_eq(scene.first.references, 2, "in use");
    service_leave_site(&service, first);
    cr_assert_eq(scene.first.references, 2, "not yet");
    assert_ok(dm_loop_turn(scene.loop, 0, &err), err);
    cr_assert_eq(scene.first.references, 1);
    service_leave_site(&service, second);
    assert_ok(dm_loop_turn(scene.loop, 0, &err), err);
    cr_assert_eq(scene.second.references, 2, "in force");
    service_done(&service);
    end(&scene);
}

TEST(site, survives_each_allocation_failing)
{
    struct scene scene = begin();
    set_apps(&scene);
    DM_AUTO(site) *first = NULL;
    cr_assert_eq(make(&scene, &scene.first, NULL, &first), DM_OK);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct site *second = NULL;
        enum dm_code code = make(&scene, &scene.second, first, &second);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        site_free(second);
        cr_assert_eq(scene.second.references, 1);
    }
    site_free(DM_TAKE(first));
    end(&scene);
}
