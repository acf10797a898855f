/* Web identity: a token's file, and what STS gives for it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "provider_fixture.h"
#include "sts_reply.h"

#define ASSUMED(id) STS_REPLY("AssumeRoleWithWebIdentity", id)

/* A token's file, gone when the test ends. */
struct token {
    char path[64];
};

static void token_write(const struct token *token, const char *text)
{
    FILE *file = fopen(token->path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void token_init(struct token *token, const char *text)
{
    *token = (struct token){"/tmp/dynamod-test-XXXXXX"};
    close(mkstemp(token->path));
    token_write(token, text);
}

static void token_done(struct token *token)
{
    unlink(token->path);
}
DM_AUTO_DONE_DEFINE(token, token_done)

static struct provider_fixture *begin(const struct token *token)
{
    struct provider_fixture *f = provider_fixture_new(cred_web_identity_new);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", f->peer.url);
    fixture_set(f, "AWS_WEB_IDENTITY_TOKEN_FILE", token->path);
    fixture_set(f, "AWS_ROLE_ARN", "arn:role/pod");
    return f;
}

static void assert_asked_with(struct provider_fixture *f, const char *part)
{
    int connection = fixture_serve(f, -1, reply_of(200, ASSUMED("POD")));
    assert_has(f->peer.request, part);
    assert_has_not(f->peer.request, "Authorization");
    assert_keys(f, "POD", "secret/+POD", "token==POD", KEYS_EXPIRE_MS);
    close(connection);
}

TEST(web_identity, is_absent_without_a_token_file)
{
    struct provider_fixture *f = provider_fixture_new(cred_web_identity_new);
    fixture_set(f, "AWS_ROLE_ARN", "arn:role/pod");
    fixture_load(f);
    assert_absent(f);
    provider_fixture_free(f);
}

TEST(web_identity, changes_a_token_for_keys)
{
    DM_AUTO_DONE(token) token;
    token_init(&token, "eyJh.bGci\n");
    struct provider_fixture *f = begin(&token);
    fixture_set(f, "AWS_ROLE_SESSION_NAME", "pod-1");
    fixture_load(f);
    assert_asked_with(f, "\r\n\r\nVersion=2011-06-15&Action=AssumeRoleWithWebIdentity"
                         "&RoleArn=arn%3Arole%2Fpod&RoleSessionName=pod-1"
                         "&WebIdentityToken=eyJh.bGci");
    provider_fixture_free(f);
}

TEST(web_identity, reads_the_token_anew_each_time)
{
    DM_AUTO_DONE(token) token;
    token_init(&token, "first");
    struct provider_fixture *f = begin(&token);
    fixture_load(f);
    assert_asked_with(f, "&RoleSessionName=dynamod-1&WebIdentityToken=first");
    token_write(&token, "second");
    fixture_load(f);
    assert_asked_with(f, "&WebIdentityToken=second");
    provider_fixture_free(f);
}

TEST(web_identity, may_be_a_profiles)
{
    char config[256];
    DM_AUTO_DONE(token) token;
    token_init(&token, "profiles");
    struct provider_fixture *f = provider_fixture_new(cred_profile_web_identity_new);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", f->peer.url);
    fixture_load(f);
    assert_absent(f);
    snprintf(config, sizeof config,
             "[default]\nrole_arn = mine\nrole_session_name = me\n"
             "web_identity_token_file = %s\n",
             token.path);
    fixture_configure(f, config);
    fixture_load(f);
    assert_asked_with(f, "&RoleArn=mine&RoleSessionName=me&WebIdentityToken=profiles");
    fixture_configure(f, "");
    fixture_load(f);
    assert_absent(f);
    provider_fixture_free(f);
}

static void assert_refused(struct provider_fixture *f, const char *message)
{
    fixture_load(f);
    assert_load_failed(f, message);
    provider_fixture_free(f);
}

TEST(web_identity, without_a_token_or_a_role_is_refused)
{
    DM_AUTO_DONE(token) token;
    token_init(&token, "\n");
    assert_refused(begin(&token),
                   "web identity: the token's file is not there, or empty");
    struct provider_fixture *gone = begin(&token);
    fixture_set(gone, "AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/at/all");
    assert_refused(gone, "web identity: the token's file is not there, or empty");
    struct provider_fixture *roleless = begin(&token);
    fixture_set(roleless, "AWS_ROLE_ARN", "");
    assert_refused(roleless, "web identity: there is a token's file, but no role's ARN");
}

TEST(web_identity, fails_as_sts_does)
{
    DM_AUTO_DONE(token) token;
    token_init(&token, "old");
    struct provider_fixture *f = begin(&token);
    fixture_load(f);
    int connection =
        fixture_serve(f, -1, reply_of(400, STS_ERROR("ExpiredTokenException")));
    assert_load_failed(f, "web identity: STS refused: ExpiredTokenException");
    close(connection);
    provider_fixture_free(f);
}

TEST(web_identity, refuses_an_endpoint_that_is_no_url)
{
    DM_AUTO_DONE(token) token;
    token_init(&token, "t");
    struct provider_fixture *f = begin(&token);
    fixture_set(f, "AWS_ENDPOINT_URL_STS", "ftp://x");
    assert_refused(f, "web identity: the endpoint of STS is no http or https URL");
}
