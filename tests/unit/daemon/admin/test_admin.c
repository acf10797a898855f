/* Probes, and what the admin answers for shards that are well, drain, hang or have ended.
 */
#include "admin_fixture.h"

TEST(admin, is_live_and_ready_while_every_shard_answers)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live"), *ready = ask(scene, "/ready");
    cr_assert_eq(live->state, EXCHANGE_WAITING);
    turn_all(scene);
    expect_answer(live, 200, "{\"live\":true,\"reasons\":[]}\n");
    expect_answer(ready, 200, "{\"ready\":true,\"reasons\":[]}\n");
    cr_assert_eq(scene->resumed, 2);
    cr_assert_eq(scene->shards[0].looks, 1, "two requests share a round");
    close_scene(scene);
}

TEST(admin, waits_for_the_last_shard)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live");
    turn_loop(scene->shards[0].loop);
    turn_loop(scene->loop);
    turn_loop(scene->loop);
    cr_assert_eq(live->state, EXCHANGE_WAITING);
    turn_all(scene);
    expect_answer(live, 200, "\"live\":true");
    close_scene(scene);
}

TEST(admin, tells_of_a_shard_that_hangs_and_of_its_return)
{
    struct scene *scene = scene_of(2);
    struct exchange *exchange = ask(scene, "/live");
    turn_loop(scene->shards[0].loop);
    turn_loop(scene->loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    expect_answer(exchange, 503, "\"1 of 2 threads do not answer\"");

    exchange = ask(scene, "/ready");
    turn_loop(scene->shards[0].loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    expect_answer(exchange, 503, "{\"ready\":false,\"reasons\":[{\"reason\":\"1 of 2");

    exchange = ask(scene, "/live");
    turn_all(scene);
    expect_answer(exchange, 200, "\"live\":true");
    close_scene(scene);
}

TEST(admin, keeps_the_figures_of_a_shard_that_hangs)
{
    struct scene *scene = scene_of(2);
    struct exchange *exchange = ask(scene, "/metrics");
    turn_all(scene);
    expect_answer(exchange, 200, "\ndynamod_connections 2\n");

    exchange = ask(scene, "/metrics");
    turn_loop(scene->shards[0].loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    buf_add_char(&exchange->reply.body, '\0');
    cr_assert(strstr(exchange->reply.body.ptr, "\ndynamod_silent_threads 1\n"));
    expect_answer(exchange, 200, "\ndynamod_connections 3\n");
    close_scene(scene);
}

TEST(admin, is_not_ready_while_one_shard_drains)
{
    struct scene *scene = scene_of(2);
    scene->shards[1].draining = true;
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503, "[{\"reason\":\"draining\"}]");
    close_scene(scene);
}

TEST(admin, answers_for_shards_that_have_ended)
{
    struct scene *scene = scene_of(2);
    struct exchange *before = ask(scene, "/live");
    for (size_t i = 0; i < scene->count; i++) {
        scene->shards[i].draining = true;
        probe_close(scene->shards[i].probe);
    }
    turn_loop(scene->loop);
    expect_answer(before, 200, "\"live\":true");

    struct exchange *after = ask(scene, "/ready");
    turn_loop(scene->loop);
    expect_answer(after, 503, "draining");
    after = ask(scene, "/metrics");
    turn_loop(scene->loop);
    expect_answer(after, 200, "\ndynamod_connections 2\n");
    close_scene(scene);
}

TEST(admin, names_each_app_that_is_not_ready_once)
{
    struct scene *scene = scene_of(3);
    scene->shards[0].unready = scene->shards[1].unready = "todo";
    scene->shards[2].unready = "shop";
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503,
                  "[{\"app\":\"todo\",\"provider\":\"imds\",\"reason\":\"it is away\"},"
                  "{\"app\":\"shop\",\"provider\":\"imds\",\"reason\":\"it is away\"}]");
    close_scene(scene);
}

TEST(admin, is_not_ready_while_a_shard_has_no_memory_to_say_so)
{
    struct scene *scene = scene_of(1);
    scene->shards[0].starves = true;
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503, "out of memory");
    close_scene(scene);
}

/* --- questions --- */

TEST(admin, has_credentials_loaded_for_who_asks)
{
    struct scene *scene = scene_of(1);
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    cr_assert_eq(scene->shards[0].question, QUESTION_READINESS);
    exchange_free(exchange);
    close_scene(scene);
}

TEST(admin, asks_more_in_a_round_of_its_own)
{
    struct scene *scene = scene_of(2);
    scene->clock.now_ms += HISTORY_STEP_MS;
    turn_loop(scene->loop);
    turn_loop(scene->shards[0].loop); /* has answered the lesser question by then */
    struct exchange *ready = ask(scene, "/ready");
    turn_all(scene);
    for (size_t i = 0; i < scene->count; i++)
        cr_assert_eq(scene->shards[i].question, QUESTION_READINESS);
    cr_assert_eq(scene->shards[0].looks, 2);
    cr_assert_eq(scene->shards[1].looks, 1);
    expect_answer(ready, 200, "true");
    close_scene(scene);
}

TEST(admin, takes_no_figures_to_know_who_lives)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live");
    turn_all(scene);
    expect_answer(live, 200, "\"live\":true");
    cr_assert_eq(scene->shards[0].looks + scene->shards[1].looks, 0);
    close_scene(scene);
}

TEST(admin, takes_figures_in_a_round_that_began_without)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live");
    turn_loop(scene->shards[0].loop);
    struct exchange *metrics = ask(scene, "/metrics");
    turn_all(scene);
    expect_answer(live, 200, "\"live\":true");
    expect_answer(metrics, 200, "\ndynamod_connections 2\n");
    close_scene(scene);
}

/* --- history --- */

TEST(admin, takes_a_sample_every_ten_seconds_by_itself)
{
    struct scene *scene = scene_of(2);
    for (unsigned i = 1; i <= 3; i++) {
        scene->shards[0].requests += 10;
        scene->clock.now_ms += HISTORY_STEP_MS;
        turn_loop(scene->loop);
        turn_all(scene);
        cr_assert_eq(history_points(admin_history(scene->admin)), i);
    }
    cr_assert_eq(scene->shards[1].question, QUESTION_FIGURES);
    const struct history *history = admin_history(scene->admin);
    const struct series *series = history_find(history, "todo", "task");
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(series_point(history, series, i).requests, 10);
        cr_assert_eq(series_point(history, series, i).span_ms, HISTORY_STEP_MS);
    }
    close_scene(scene);
}

TEST(admin, forgets_who_left)
{
    struct scene *scene = scene_of(1);
    struct exchange *stays = ask(scene, "/live"), *leaves = ask(scene, "/live");
    exchange_free(leaves);
    turn_all(scene);
    cr_assert_eq(scene->resumed, 1);
    expect_answer(stays, 200, "true");
    exchange_free(ask(scene, "/live"));
    close_scene(scene);
}

TEST(admin, serves_nothing_else)
{
    struct scene *scene = scene_of(1);
    expect_answer(ask(scene, "/models"), 404, "there is /live, /ready, /metrics");
    expect_answer(ask(scene, "/live?x=1"), 400, "unknown-parameter");
    close_scene(scene);
}

TEST(admin, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct scene scene;
        struct dm_error err = {0};
        enum dm_code code = open_scene(&scene, 1, &err);
        cr_assert(code == DM_OK || mem_failed());
        close_scene(&scene);
    }
}

TEST(admin, answers_though_each_allocation_fails)
{
    struct scene *scene = scene_of(1);
    struct exchange *warm = ask(scene, "/live"); /* what the loops keep is there now */
    turn_all(scene);
    exchange_free(warm);
    struct head head = {.host = {1, STR("localhost")}};
    for (size_t nth = 1, last = 0; !last; nth++) {
        mem_fail_at(nth);
        struct exchange *exchange = exchange_new(&scene->service, NULL, STR("/metrics"));
        if (exchange && exchange_begin(exchange, "GET", &head) == DM_OK) {
            exchange_dispatch(exchange);
            turn_all(scene);
            cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
            cr_assert_eq(exchange->reply.status, mem_failed() ? 503 : 200);
        }
        last = !mem_failed();
        mem_fail_at(0);
        exchange_free(exchange);
    }
    close_scene(scene);
}
