/* Documents that are kept: made once for each state of the app's tables. */
#include "daemon/rest/kept_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/config.h"
#include "daemon/http/exchange.h"
#include "daemon/log/log.h"
#include "model/app_internal.h"
#include "support/test.h"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment empty = {nothing};

/* An app on an embedded store, served. */
struct fixture {
    struct dm_loop *loop;
    struct service service;
    struct config config;
    struct app_config *app;
    bool resumed;
};

static void on_resume(struct exchange *exchange, void *ctx)
{
    (void)exchange;
    ((struct fixture *)ctx)->resumed = true;
}

static void load(struct fixture *f)
{
    char path[] = "/tmp/dynamod-test-XXXXXX.conf";
    struct dm_error err = {0};
    int fd = mkstemps(path, 5);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    cr_assert(file);
    fputs("dynamodb = { host = \"sqlite::memory:\"; };\n"
          "models = { notes = { hash_key = \"id\"; attributes = { id = \"S\"; }; }; };\n",
          file);
    fclose(file);
    assert_ok(app_config_load(path, &empty, &f->app, &err), err);
    unlink(path);
}

static void begin(struct fixture *f)
{
    struct dm_error err = {0};
    *f = (struct fixture){.config = {.references = 1,
                                     .request_timeout_ms = 10000,
                                     .limits = limit_config_default(),
                                     .allowed_hosts = {.any = true}}};
    load(f);
    f->config.apps = &f->app;
    f->config.app_count = 1;
    log_set_level(LOG_ERROR);
    assert_ok(dm_loop_new(&f->loop, &err), err);
    assert_ok(service_init(&f->service, router_rest(), f->loop, &err), err);
    struct site *site = NULL;
    assert_ok(site_new_with_apps(&f->config, &empty, f->loop, NULL, &site, &err), err);
    service_take_site(&f->service, site);
    limiter_configure(&f->service.limiter, &f->config);
    f->service.resume = on_resume;
    f->service.ctx = f;
}

static void end(struct fixture *f)
{
    service_done(&f->service);
    dm_loop_free(f->loop);
    app_config_unref(f->app);
    cr_assert_eq(mem_live(), 0);
}

/* What is answered, as text that lives until the next. */
static const char *ask(struct fixture *f, const char *target)
{
    static char text[128 * 1024];
    struct dm_error err = {0};
    struct head head = {.host = {1, STR("localhost")}};
    struct exchange *exchange = exchange_new(&f->service, NULL, dm_str(target));
    f->resumed = false;
    assert_ok(exchange_begin(exchange, "GET", &head), err);
    exchange_dispatch(exchange);
    while (exchange->state == EXCHANGE_WAITING)
        assert_ok(dm_loop_turn(f->loop, -1, &err), err);
    cr_assert_eq(exchange->reply.status, 200);
    snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&exchange->reply.body)));
    exchange_free(exchange);
    return text;
}

/* Makes what is kept known by its text. */
static void mark(struct fixture *f, bool is_named)
{
    struct kept_document *kept =
        site_document(f->service.site, f->service.site->default_app, is_named);
    cr_assert(kept->is_whole);
    kept->text.ptr[0] = '#';
}

TEST(kept_document, is_made_once)
{
    struct fixture f;
    begin(&f);
    cr_assert_eq(ask(&f, "/openapi.json")[0], '{');
    mark(&f, false);
    cr_assert_eq(ask(&f, "/openapi.json")[0], '#');
    end(&f);
}

TEST(kept_document, is_made_anew_when_the_tables_may_be_others)
{
    struct fixture f;
    begin(&f);
    ask(&f, "/openapi.json");
    mark(&f, false);
    model_forget_schema(&f.service.site->default_app->models[0]);
    cr_assert_eq(ask(&f, "/openapi.json")[0], '{');
    end(&f);
}

TEST(kept_document, is_another_where_the_app_is_named)
{
    struct fixture f;
    char name[300];
    begin(&f);
    snprintf(name, sizeof name, "/apps/%s/openapi.json",
             dm_app_name(f.service.site->default_app));
    ask(&f, "/openapi.json");
    mark(&f, false);
    cr_assert_eq(ask(&f, name)[0], '{');
    mark(&f, true);
    cr_assert_eq(ask(&f, name)[0], '#');
    end(&f);
}

/* --- by itself --- */

static json_t *some_document(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

TEST(kept_document, holds_for_its_generation_alone)
{
    struct kept_document kept = {0};
    struct dm_error err = {0};
    DM_AUTO(etag_maker) *etags = NULL;
    assert_ok(etag_maker_new(&etags, &err), err);
    cr_assert_not(kept_document_holds(&kept, 0));
    assert_ok(kept_document_make(&kept, some_document("a"), etags, &err), err);
    cr_assert_not(kept_document_holds(&kept, 0));
    kept_document_keep(&kept, 3);
    cr_assert(kept_document_holds(&kept, 3));
    cr_assert_not(kept_document_holds(&kept, 4));
    kept_document_done(&kept);
    cr_assert_not(kept_document_holds(&kept, 3));
}

TEST(kept_document, has_the_tag_of_its_text)
{
    struct kept_document kept = {0};
    struct dm_error err = {0};
    struct etag first;
    DM_AUTO(etag_maker) *etags = NULL;
    assert_ok(etag_maker_new(&etags, &err), err);
    assert_ok(kept_document_make(&kept, some_document("a"), etags, &err), err);
    first = kept.etag;
    assert_ok(kept_document_make(&kept, some_document("b"), etags, &err), err);
    cr_assert_str_neq(kept.etag.text, first.text);
    assert_ok(kept_document_make(&kept, some_document("a"), etags, &err), err);
    cr_assert_str_eq(kept.etag.text, first.text);
    kept_document_done(&kept);
}

TEST(kept_document, that_cannot_be_made_is_not_kept)
{
    struct kept_document kept = {0};
    struct dm_error err = {0};
    DM_AUTO(etag_maker) *etags = NULL;
    assert_ok(etag_maker_new(&etags, &err), err);
    assert_ok(kept_document_make(&kept, some_document("a"), etags, &err), err);
    kept_document_keep(&kept, 1);
    cr_assert_eq(kept_document_make(&kept, NULL, etags, &err), DM_E_NOMEM);
    cr_assert_not(kept_document_holds(&kept, 1));
}

TEST(kept_document, survives_every_failing_allocation)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct kept_document kept = {0};
        struct dm_error err = {0};
        DM_AUTO(etag_maker) *etags = NULL;
        if (etag_maker_new(&etags, &err) == DM_OK) {
            enum dm_code code =
                kept_document_make(&kept, some_document("a"), etags, &err);
            cr_assert(code == DM_OK || code == DM_E_NOMEM);
        }
        kept_document_done(&kept);
    }
}
