/* The status of shards that are well, drain, hang or cannot sign. */
#include "admin_fixture.h"

static struct exchange *ask_status(struct scene *scene, const char *accept)
{
    struct head head = {.host = {1, STR("localhost")}, .accept = {1, dm_str(accept)}};
    struct exchange *exchange = exchange_new(&scene->service, NULL, STR("/status"));
    if (!exchange || exchange_begin(exchange, "GET", &head))
        return exchange;
    exchange_dispatch(exchange);
    turn_all(scene);
    return exchange;
}

TEST(status, is_told_as_a_page_unless_json_is_asked_for)
{
    struct scene *scene = scene_of(2);
    struct exchange *page = ask_status(scene, "text/html,*/*;q=0.8");
    cr_assert_str_eq(page->reply.content_type, "text/html; charset=utf-8");
    cr_assert(strstr(page->reply.policy, "default-src 'none'"));
    expect_answer(page, 200, "<title>dynamod: serving</title>");

    struct exchange *json = ask_status(scene, "application/json");
    cr_assert_str_eq(json->reply.content_type, "application/json");
    expect_answer(json, 200, "\"state\":\"serving\"");
    expect_answer(ask_status(scene, "image/png"), 406, "not-acceptable");
    close_scene(scene);
}

static void expect_state(struct scene *scene, const char *state)
{
    expect_answer(ask_status(scene, "application/json"), 200, state);
}

TEST(status, is_the_worst_that_is_known)
{
    struct scene *scene = scene_of(2);
    scene->shards[0].unready = "todo";
    expect_state(scene, "\"state\":\"not ready\"");
    scene->shards[1].draining = true;
    expect_state(scene, "\"state\":\"draining\"");

    struct exchange *exchange = ask(scene, "/status");
    turn_loop(scene->shards[0].loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    expect_answer(exchange, 200, "1 of 2 threads do not answer");
    close_scene(scene);
}

TEST(status, is_told_whole_or_not_at_all)
{
    static const char *const forms[] = {"text/html", "application/json"};
    struct scene *scene = scene_of(1);
    exchange_free(ask_status(scene, forms[0])); /* what the loops keep is there now */
    for (size_t form = 0; form < DM_COUNT(forms); form++)
        for (size_t nth = 1, last = 0; !last; nth++) {
            mem_fail_at(nth);
            struct exchange *exchange = ask_status(scene, forms[form]);
            last = !mem_failed();
            mem_fail_at(0);
            if (exchange && exchange->state == EXCHANGE_ANSWERED)
                cr_assert(exchange->reply.status == 503 || exchange->reply.status == 200);
            if (last)
                cr_assert_eq(exchange->reply.status, 200);
            exchange_free(exchange);
        }
    close_scene(scene);
}
