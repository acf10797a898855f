/* Reads that are explained: what would be sent, to the byte. And what is sent beside it.
 */
#include "unit/lib/store/dynamodb/dynamodb_fixture.h"

static const char *const reads[] = {"get", "query", "scan"};

TEST(explain, is_what_is_sent)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    for (size_t i = 0; i < DM_COUNT(reads); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 10000);
        buf_add_char(&out, ':');
        assert_ok(dynamodb_fixture_explain(f, reads[i], &out), f->err);
        cr_assert_eq(out.ptr[0], ':', "it is appended");
        struct dm_str explained = {out.ptr + 1, out.len - 1};

        assert_ok(dynamodb_fixture_send(f, reads[i]), f->err);
        assert_str(explained, dynamodb_fixture_body(f));
        dynamodb_fixture_answer(f, 200, "{}");
    }
    dynamodb_fixture_free(f);
}

TEST(explain, survives_each_allocation_failing)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    for (size_t i = 0; i < DM_COUNT(reads); i++) {
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(dm_buf) out;
            buf_init(&out, 10000);
            enum dm_code code = dynamodb_fixture_explain(f, reads[i], &out);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
            arena_done(&f->arena);
        }
    }
    dynamodb_fixture_free(f);
}

TEST(explain, refuses_an_expression_that_is_too_long)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    static struct path_step steps[2000];
    static struct path path = {steps, DM_COUNT(steps)};
    for (size_t i = 0; i < DM_COUNT(steps); i++)
        steps[i] = (struct path_step){.name = STR("a")};
    struct projection projection = {&path, 1};
    struct key key = {.hash_attribute = {STR("id"), DM_S},
                      .hash = {DM_S, {.text = STR("a")}}};
    struct store_get request = {
        .base = f->base, .table = STR("t"), .key = &key, .projection = &projection};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 100000);
    cr_assert_eq(explain_get(&request, &out, &f->err), DM_E_VALIDATION);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, passes_the_trace_on)
{
    static const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    static const char header[] = "\r\ntraceparent: ";
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    f->base.traceparent = dm_str(trace);
    assert_ok(dynamodb_fixture_send(f, "get"), f->err);
    f->connection = peer_accept(&f->peer);
    const char *request = peer_read(&f->peer, f->connection);
    const char *found = strstr(request, header);
    cr_assert(found && strncmp(found + strlen(header), trace, strlen(trace)) == 0, "%s",
              request);
    cr_assert_not_null(
        strstr(request, "SignedHeaders=content-type;host;x-amz-date;x-amz-target,"), "%s",
        request);
    dynamodb_fixture_answer(f, 200, "{}");
    cr_assert_eq(f->code, DM_OK);
    dynamodb_fixture_free(f);
}
