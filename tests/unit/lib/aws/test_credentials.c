/* Credentials: what is taken and what is not. */
#include "aws/credentials.h"
#include "support/test.h"

static const struct cred_keys good = {
    .access_key_id = {"AKIDEXAMPLE", 11},
    .secret_access_key = {"wJalrXUtnFEMI/K7", 16},
    .session_token = {"IQoJb3Jp//==", 12},
};

static void assert_refused(struct cred_keys keys, const char *message)
{
    struct dm_error err = {0};
    struct credentials credentials = {0};
    cr_assert_eq(credentials_make("environment", &keys, &credentials, &err),
                 DM_E_CREDENTIALS);
    assert_str(dm_str(err.message), message);
    cr_assert_null(credentials.access_key_id);
}

TEST(credentials, are_copied)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(credentials) credentials = {0};
    assert_ok(credentials_make("test", &good, &credentials, &err), err);
    assert_str(dm_str(credentials.access_key_id), "AKIDEXAMPLE");
    assert_str(dm_str(credentials.secret_access_key), "wJalrXUtnFEMI/K7");
    assert_str(dm_str(credentials.session_token), "IQoJb3Jp//==");
}

TEST(credentials, may_have_no_session_token)
{
    struct dm_error err = {0};
    struct cred_keys keys = good;
    DM_AUTO_DONE(credentials) credentials = {0};
    keys.session_token.len = 0;
    assert_ok(credentials_make("test", &keys, &credentials, &err), err);
    cr_assert_null(credentials.session_token);
}

TEST(credentials, need_both_halves_of_the_pair)
{
    struct cred_keys no_id = good, no_secret = good;
    no_id.access_key_id.len = 0;
    no_secret.secret_access_key.len = 0;
    assert_refused(no_id, "environment: the access key id is missing");
    assert_refused(no_secret, "environment: there is an access key id, but no secret "
                              "access key");
}

TEST(credentials, are_visible_ascii)
{
    static const char *const bad[] = {"a b",  " a",   "a\n",      "a\r\nb",   "\t",
                                      "\x01", "\x7f", "\xc3\xa9", "a\xc2\xa0"};
    for (size_t i = 0; i < DM_COUNT(bad); i++) {
        struct cred_keys id = good, secret = good, token = good;
        id.access_key_id = secret.secret_access_key = token.session_token =
            dm_str(bad[i]);
        assert_refused(id, "environment: the access key id holds a blank, a line end or "
                           "another character that no key has");
        assert_refused(secret, "environment: the secret access key holds a blank, a line "
                               "end or another character that no key has");
        assert_refused(token, "environment: the session token holds a blank, a line end "
                              "or another character that no key has");
    }
}

TEST(credentials, hold_no_nul)
{
    struct cred_keys keys = good;
    keys.secret_access_key = STR("a\0b");
    assert_refused(keys, "environment: the secret access key holds a blank, a line end "
                         "or another character that no key has");
}

TEST(credentials, are_at_most_16_KB_each)
{
    static char text[16 * 1024 + 1];
    struct dm_error err = {0};
    struct cred_keys keys = good;
    DM_AUTO_DONE(credentials) credentials = {0};
    memset(text, 'a', sizeof text);
    keys.session_token = (struct dm_str){text, sizeof text - 1};
    assert_ok(credentials_make("test", &keys, &credentials, &err), err);
    keys.session_token.len++;
    assert_refused(keys, "environment: the session token is longer than 16384 bytes");
}

TEST(credentials, survive_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(credentials) credentials = {0};
        enum dm_code code = credentials_make("test", &good, &credentials, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}

TEST(environment, is_the_processs)
{
    const struct environment *environment = environment_process();
    cr_assert_eq(setenv("DYNAMOD_TEST", "x", 1), 0);
    assert_str(environment_str(environment, "DYNAMOD_TEST"), "x");
    cr_assert_eq(unsetenv("DYNAMOD_TEST"), 0);
    cr_assert_null(environment_get(environment, "DYNAMOD_TEST"));
    cr_assert_eq(environment_str(environment, "DYNAMOD_TEST").len, 0);
}

static void assert_copied(const struct credentials *original)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(credentials) copy;
        bool copied = credentials_copy(original, &copy);
        cr_assert_eq(copied, !mem_failed());
        cr_assert_eq(copy.access_key_id != NULL, copied);
        if (copied) {
            assert_str(dm_str(copy.access_key_id), "ID");
            assert_str(dm_str(copy.secret_access_key), "secret");
            cr_assert_eq(copy.session_token != NULL, original->session_token != NULL);
            cr_assert_eq(copy.expires_ms, 1234);
        }
    }
}

TEST(credentials, are_copied_whole_or_not_at_all)
{
    char id[] = "ID", secret[] = "secret", token[] = "token";
    struct credentials original = {
        .access_key_id = id, .secret_access_key = secret, .expires_ms = 1234};
    assert_copied(&original);
    original.session_token = token;
    assert_copied(&original);
}
