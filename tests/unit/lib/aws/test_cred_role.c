/* The role of a profile: the way to it, and the calls of STS. */
#include <unistd.h>

#include "base/buf.h"
#include "provider_fixture.h"
#include "sts_reply.h"

#define ASSUMED(id) STS_REPLY("AssumeRole", id)
#define BASE "[profile base]\naws_access_key_id = BASEID\naws_secret_access_key = s\n"
#define ROLE "[default]\nrole_arn = arn:role/one\nsource_profile = base\n"

static struct provider_fixture *begin(const char *config)
{
    struct provider_fixture *f = provider_fixture_new(cred_role_new);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", f->peer.url);
    fixture_set(f, "AWS_EC2_METADATA_DISABLED", "true");
    fixture_configure(f, config);
    fixture_load(f);
    return f;
}

/* Answers one question, and says what must have been in it. */
static int answer(struct provider_fixture *f, int connection, unsigned status,
                  const char *body, const char *const *parts)
{
    connection = fixture_serve(f, connection, reply_of(status, body));
    for (; *parts; parts++)
        assert_has(f->peer.request, *parts);
    return connection;
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const char *config, const char *message)
{
    struct provider_fixture *f = begin(config);
    assert_load_failed(f, message);
    provider_fixture_free(f);
}

TEST(cred_role, is_absent_without_a_role)
{
    static const char *const configs[] = {
        "", "[default]\nregion = x\n", "[profile other]\nrole_arn = x\n",
        "[default]\nrole_arn = x\nweb_identity_token_file = /t\n"};
    for (size_t i = 0; i < DM_COUNT(configs); i++) {
        struct provider_fixture *f = begin(configs[i]);
        assert_absent(f);
        provider_fixture_free(f);
    }
}

TEST(cred_role, is_assumed_with_the_keys_of_its_source)
{
    struct provider_fixture *f = begin(ROLE BASE);
    int connection = answer(
        f, -1, 200, ASSUMED("ONE"),
        PARTS("POST / HTTP/1.1\r\n", "Credential=BASEID/19700101/us-east-1/sts/",
              "Content-Type: application/x-www-form-urlencoded\r\n",
              "\r\n\r\nVersion=2011-06-15&Action=AssumeRole&RoleArn=arn%3Arole%2Fone"
              "&RoleSessionName=dynamod-1"));
    assert_has_not(f->peer.request, "ExternalId");
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    peer_sees_end(&f->peer, connection);
    provider_fixture_free(f);
}

TEST(cred_role, is_asked_for_as_the_profile_says)
{
    struct provider_fixture *f =
        begin(ROLE "external_id = a b&c\nrole_session_name = me@home\n"
                   "duration_seconds = 900\n" BASE);
    f->sources.region = STR("eu-west-1");
    int connection = answer(f, -1, 200, ASSUMED("ONE"),
                            PARTS("&RoleSessionName=me%40home", "&DurationSeconds=900",
                                  "&ExternalId=a%20b%26c"));
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, signs_for_its_region)
{
    struct provider_fixture *f = provider_fixture_new(cred_role_new);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", f->peer.url);
    fixture_configure(f, ROLE BASE);
    f->sources.region = STR("eu-west-1");
    fixture_load(f);
    int connection = answer(f, -1, 200, ASSUMED("ONE"), PARTS("/eu-west-1/sts/"));
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, is_come_by_over_other_roles)
{
    struct provider_fixture *f =
        begin("[default]\nrole_arn = three\nsource_profile = two\n"
              "[profile two]\nrole_arn = two\nsource_profile = one\nexternal_id = x2\n"
              "[profile one]\nrole_arn = one\nsource_profile = base\n" BASE);
    int connection =
        answer(f, -1, 200, ASSUMED("ONE"), PARTS("Credential=BASEID/", "&RoleArn=one&"));
    assert_has_not(f->peer.request, "Security-Token");
    answer(f, connection, 200, ASSUMED("TWO"),
           PARTS("Credential=ONE/", "X-Amz-Security-Token: token==ONE\r\n",
                 "&RoleArn=two&", "&ExternalId=x2"));
    answer(f, connection, 200, ASSUMED("THREE"),
           PARTS("Credential=TWO/", "X-Amz-Security-Token: token==TWO\r\n",
                 "&RoleArn=three&"));
    assert_keys(f, "THREE", "secret/+THREE", "token==THREE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, may_have_its_own_profile_for_source)
{
    struct provider_fixture *f =
        begin("[default]\nrole_arn = one\nsource_profile = default\n"
              "aws_access_key_id = OWN\naws_secret_access_key = s\n");
    int connection = answer(f, -1, 200, ASSUMED("ONE"), PARTS("Credential=OWN/"));
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, is_assumed_with_what_the_environment_has)
{
    struct provider_fixture *f =
        begin("[default]\nrole_arn = one\ncredential_source = Environment\n");
    assert_load_failed(f, "role: credential_source has no credentials");
    fixture_set(f, "AWS_ACCESS_KEY_ID", "ENVID");
    fixture_set(f, "AWS_SECRET_ACCESS_KEY", "s");
    fixture_load(f);
    int connection = answer(f, -1, 200, ASSUMED("ONE"), PARTS("Credential=ENVID/"));
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, is_assumed_with_what_the_container_has)
{
    struct provider_fixture *f = provider_fixture_new(cred_role_new);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", f->peer.url);
    fixture_set(f, "AWS_CONTAINER_CREDENTIALS_FULL_URI", f->peer.url);
    fixture_configure(f, "[default]\nrole_arn = one\ncredential_source = EcsContainer\n");
    fixture_load(f);
    int connection = fixture_serve(f, -1, reply_of(200, KEYS_JSON));
    close(connection);
    connection = answer(f, -1, 200, ASSUMED("ONE"),
                        PARTS("Credential=ID/", "X-Amz-Security-Token: token\r\n"));
    assert_keys(f, "ONE", "secret/+ONE", "token==ONE", KEYS_EXPIRE_MS);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, whose_way_makes_no_sense_is_refused)
{
    assert_refused("[default]\nrole_arn = x\n",
                   "role: profile default: role_arn without source_profile or "
                   "credential_source");
    assert_refused(ROLE "credential_source = Environment\n" BASE,
                   "role: profile default: both source_profile and credential_source");
    assert_refused("[default]\nrole_arn = x\nsource_profile = gone\n",
                   "role: profile default: its source_profile is nowhere");
    assert_refused(
        "[default]\nrole_arn = x\ncredential_source = Nobody\n",
        "role: credential_source: expected Environment, Ec2InstanceMetadata or "
        "EcsContainer");
    assert_refused(ROLE "mfa_serial = arn\n" BASE,
                   "role: profile default: mfa_serial needs a person");
    assert_refused(ROLE "[profile base]\nregion = x\n",
                   "role: source_profile has no credentials");
}

TEST(cred_role, that_leads_back_to_itself_is_refused)
{
    assert_refused("[default]\nrole_arn = x\nsource_profile = default\n",
                   "role: profile default: its source_profile leads back to itself");
    assert_refused("[default]\nrole_arn = x\nsource_profile = a\n"
                   "[profile a]\nrole_arn = x\nsource_profile = b\n"
                   "[profile b]\nrole_arn = x\nsource_profile = a\n",
                   "role: profile b: its source_profile leads back to itself");
}

TEST(cred_role, is_not_come_by_over_more_than_8_roles)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 4096);
    buf_add_str(&text, STR("[default]\nrole_arn = x\nsource_profile = p0\n"));
    for (int i = 0; i < 8; i++)
        buf_printf(&text, "[profile p%d]\nrole_arn = x\nsource_profile = p%d\n", i,
                   i + 1);
    buf_add_str(&text, STR("[profile p8]\n"));
    buf_add_char(&text, '\0');
    assert_refused(text.ptr, "role: profile p7: more than 8 roles on the way");
}

TEST(cred_role, of_a_named_profile_that_is_nowhere_is_refused)
{
    struct provider_fixture *f = provider_fixture_new(cred_role_new);
    f->sources.profile = STR("gone");
    fixture_configure(f, ROLE BASE);
    fixture_load(f);
    assert_load_failed(f, "there is no profile of the name that is set");
    provider_fixture_free(f);
}

static void assert_answer_fails(unsigned status, const char *body, const char *message)
{
    struct provider_fixture *f = begin(ROLE BASE);
    int connection = fixture_serve(f, -1, reply_of(status, body));
    assert_load_failed(f, message);
    close(connection);
    provider_fixture_free(f);
}

TEST(cred_role, fails_with_the_code_of_sts_and_not_a_word_more)
{
    assert_answer_fails(403, STS_ERROR("AccessDenied"),
                        "role: STS refused: AccessDenied");
    assert_answer_fails(400, STS_ERROR("x y"), "role: STS answered 400");
    assert_answer_fails(400, "secret", "role: STS answered 400");
    assert_answer_fails(200, "{}",
                        "role: STS answered what is no XML: byte 0: expected "
                        "an element");
    assert_answer_fails(200, "<a/>",
                        "role: STS answered without credentials that expire");
    assert_answer_fails(200, ASSUMED("A KEY"),
                        "role: the access key id holds a blank, a line end or another "
                        "character that no key has");
}

TEST(cred_role, is_given_up_with_its_provider)
{
    struct provider_fixture *f = begin(ROLE BASE);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    provider_fixture_free(f);
    cr_assert_eq(f->times, 0);
    close(connection);
}

static void assume_with_failures(struct provider_fixture *f)
{
    static const char *const bodies[] = {ASSUMED("ONE"), ASSUMED("ONE"), ASSUMED("ONE"),
                                         NULL};
    fixture_load(f);
    fixture_serve_all(f, bodies);
}

TEST(cred_role, survives_each_allocation_failing)
{
    struct provider_fixture *f = begin("");
    assert_absent(f);
    fixture_configure(f, ROLE BASE);
    WITH_EACH_ALLOCATION_FAILING
    {
        assume_with_failures(f);
        cr_assert_eq(f->end, mem_failed() ? LOAD_FAILED : LOAD_DONE, "%s",
                     f->err.message);
        mem_fail_at(0);
        credentials_done(&f->found);
        f->provider.ops->free(f->provider.object);
        assert_ok(cred_role_new(&f->sources, &f->provider, &f->err), f->err);
    }
    provider_fixture_free(f);
}
