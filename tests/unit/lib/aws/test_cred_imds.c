/* The instance metadata service: both versions, where it is, and when it is not. */
#include "provider_fixture.h"

#include <stdio.h>
#include <unistd.h>

#define ROLES "/latest/meta-data/iam/security-credentials/"

static struct provider_fixture *fixture(void)
{
    struct provider_fixture *f = provider_fixture_new(cred_imds_new);
    fixture_set(f, "AWS_EC2_METADATA_SERVICE_ENDPOINT", f->peer.url);
    return f;
}

/* Serves the three questions, and asserts each. */
static int serve_v2(struct provider_fixture *f, int connection)
{
    connection = fixture_serve(f, connection, reply_of(200, "the-token"));
    assert_has(f->peer.request, "PUT /latest/api/token HTTP/1.1\r\n");
    assert_has(f->peer.request, "\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n");
    fixture_serve(f, connection, reply_of(200, "a-role\n"));
    assert_has(f->peer.request, "GET " ROLES " HTTP/1.1\r\n");
    assert_has(f->peer.request, "\r\nx-aws-ec2-metadata-token: the-token\r\n");
    assert_has_not(f->peer.request, "ttl");
    fixture_serve(f, connection, reply_of(200, KEYS_JSON));
    assert_has(f->peer.request, "GET " ROLES "a-role HTTP/1.1\r\n");
    assert_has(f->peer.request, "\r\nx-aws-ec2-metadata-token: the-token\r\n");
    return connection;
}

static void serve_v1(struct provider_fixture *f, int connection)
{
    connection = fixture_serve(f, connection, reply_of(200, "a-role"));
    assert_has(f->peer.request, "GET " ROLES " HTTP/1.1\r\n");
    assert_has_not(f->peer.request, "x-aws-ec2-metadata-token");
    fixture_serve(f, connection, reply_of(200, KEYS_JSON));
    assert_has_not(f->peer.request, "x-aws-ec2-metadata-token");
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    close(connection);
}

TEST(cred_imds, is_asked_for_a_token_a_role_and_its_keys)
{
    struct provider_fixture *f = fixture();
    for (int i = 0; i < 2; i++) {
        fixture_load(f);
        cr_assert_eq(f->times, 0);
        int connection = serve_v2(f, -1);
        assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
        peer_sees_end(&f->peer, connection);
    }
    provider_fixture_free(f);
}

TEST(cred_imds, is_asked_as_version_1_where_there_is_no_token)
{
    static const unsigned statuses[] = {403, 404, 405};
    for (size_t i = 0; i < DM_COUNT(statuses); i++) {
        struct provider_fixture *f = fixture();
        fixture_load(f);
        serve_v1(f, fixture_serve(f, -1, reply_of(statuses[i], "")));
        provider_fixture_free(f);
    }
}

TEST(cred_imds, is_asked_as_version_1_where_the_token_does_not_come_through)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += 1000;
    peer_sees_end(&f->peer, connection);
    serve_v1(f, -1);
    provider_fixture_free(f);
}

static void assert_no_v1(struct provider_fixture *f)
{
    fixture_load(f);
    close(fixture_serve(f, -1, reply_of(403, "")));
    assert_load_failed(f, "imds: it gives no token, and version 1 is disabled");
    cr_assert_not(peer_has_connection(&f->peer));
    provider_fixture_free(f);
}

TEST(cred_imds, is_not_asked_as_version_1_where_that_is_disabled)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, "AWS_EC2_METADATA_V1_DISABLED", "True");
    assert_no_v1(f);
    f = fixture();
    fixture_configure(f, "[default]\nec2_metadata_v1_disabled = true\n");
    assert_no_v1(f);
}

TEST(cred_imds, is_absent_when_disabled)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, "AWS_EC2_METADATA_DISABLED", "TRUE");
    fixture_load(f);
    cr_assert_eq(f->times, 1);
    assert_absent(f);
    provider_fixture_free(f);
}

TEST(cred_imds, is_absent_where_nobody_listens)
{
    struct provider_fixture *f = fixture();
    close(f->peer.listener);
    fixture_load(f);
    assert_absent(f);
    f->peer.listener = -1;
    provider_fixture_free(f);
}

TEST(cred_imds, is_absent_where_nobody_answers_at_all)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    for (int i = 0; i < 2; i++) {
        int connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        f->clock.now_ms += 1000;
        peer_sees_end(&f->peer, connection);
    }
    assert_absent(f);
    provider_fixture_free(f);
}

TEST(cred_imds, that_has_answered_once_fails_when_it_is_silent)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    close(serve_v2(f, -1));
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    close(f->peer.listener);
    fixture_load(f);
    assert_load_failed(f, "imds: cannot connect: Connection refused");
    f->peer.listener = -1;
    provider_fixture_free(f);
}

TEST(cred_imds, says_what_is_wrong_with_an_instance)
{
    static const struct {
        unsigned status[3];
        const char *body[3], *message;
    } cases[] = {
        {{400}, {""}, "imds: answered 400"},
        {{500}, {""}, "imds: answered 500"},
        {{200}, {""}, "imds: its token is empty"},
        {{200},
         {"a\nb"},
         "imds: header x-aws-ec2-metadata-token has a control character"},
        {{200, 404}, {"t", ""}, "imds: the instance has no role"},
        {{200, 401}, {"t", ""}, "imds: answered 401"},
        {{200, 200}, {"t", ""}, "imds: what it answered is no role's name"},
        {{200, 200}, {"t", "../x"}, "imds: what it answered is no role's name"},
        {{200, 200}, {"t", "<html>\n"}, "imds: what it answered is no role's name"},
        {{200, 200, 404}, {"t", "r", ""}, "imds: answered 404"},
        {{200, 200, 200},
         {"t", "r",
          "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot "
          "assume the role r\"}"},
         "imds: AssumeRoleUnauthorizedAccess: EC2 cannot assume the role r"},
        {{200, 200, 200},
         {"t", "r", "{\"AccessKeyId\":\"A\""},
         "imds: not the JSON of credentials: byte 18: expected , or }"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct provider_fixture *f = fixture();
        int connection = -1;
        fixture_load(f);
        for (size_t j = 0; j < 3 && cases[i].status[j]; j++)
            connection = fixture_serve(f, connection,
                                       reply_of(cases[i].status[j], cases[i].body[j]));
        assert_load_failed(f, cases[i].message);
        close(connection);
        provider_fixture_free(f);
    }
}

TEST(cred_imds, may_be_where_the_profile_says)
{
    struct provider_fixture *f = provider_fixture_new(cred_imds_new);
    char text[256];
    snprintf(text, sizeof text,
             "[profile work]\nec2_metadata_service_endpoint = %s\n"
             "ec2_metadata_service_endpoint_mode = IPv6\n",
             f->peer.url);
    f->sources.profile = STR("work");
    fixture_configure(f, text);
    fixture_load(f);
    close(serve_v2(f, -1));
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    provider_fixture_free(f);
}

TEST(cred_imds, is_reached_in_one_of_two_modes)
{
    struct provider_fixture *f = provider_fixture_new(cred_imds_new);
    fixture_set(f, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5");
    fixture_load(f);
    assert_load_failed(f, "imds: the endpoint's mode is neither IPv4 nor IPv6");
    provider_fixture_free(f);
}

TEST(cred_imds, is_forgotten_with_the_provider_at_each_question)
{
    for (int answers = 0; answers < 3; answers++) {
        struct provider_fixture *f = fixture();
        fixture_load(f);
        int connection = peer_accept(&f->peer);
        for (int i = 0; i < answers; i++)
            fixture_serve(f, connection, reply_of(200, "word"));
        peer_read(&f->peer, connection);
        provider_fixture_free(f);
        cr_assert_eq(f->times, 0);
        close(connection);
    }
}

TEST(cred_imds, survives_each_allocation_failing)
{
    static const char *const bodies[] = {"the-token", "a-role", KEYS_JSON};
    struct provider_fixture *f = fixture();
    fixture_load(f);
    fixture_serve_all(f, bodies); /* the loop's memory stays */
    credentials_done(&f->found);
    WITH_EACH_ALLOCATION_FAILING
    {
        fixture_load(f);
        fixture_serve_all(f, bodies);
        cr_assert_eq(f->end, mem_failed() ? LOAD_FAILED : LOAD_DONE);
        cr_assert_eq(f->err.code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s",
                     f->err.message);
        credentials_done(&f->found);
    }
    provider_fixture_free(f);
}
