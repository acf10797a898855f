/* credential_process: which command, what it prints, how it fails. */
#include "provider_fixture.h"

#define PRINTS(json) "[default]\ncredential_process = printf '" json "'\n"

static struct provider_fixture *fixture(void)
{
    struct provider_fixture *f = provider_fixture_new(cred_process_new);
    mem_forbid(NULL); /* what is printed here is in the configuration */
    return f;
}

static void assert_config_gives(const char *text, const char *token, int64_t expires_ms)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, text);
    fixture_load(f);
    cr_assert_eq(f->times, 0);
    assert_keys(f, "A", "s", token, expires_ms);
    provider_fixture_free(f);
}

static void assert_config_fails(const char *text, const char *message)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, text);
    fixture_load(f);
    assert_load_failed(f, message);
    provider_fixture_free(f);
}

TEST(cred_process, gives_the_keys_that_it_prints)
{
    assert_config_gives(
        PRINTS("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"), NULL,
        0);
    assert_config_gives(
        PRINTS("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
               "\"SessionToken\":\"t\",\"Expiration\":\"2024-01-02T03:04:05Z\"}"),
        "t", KEYS_EXPIRE_MS);
}

TEST(cred_process, is_absent_without_one_in_the_profile)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    assert_absent(f);
    fixture_configure(f, "[profile other]\ncredential_process = false\n");
    fixture_load(f);
    assert_absent(f);
    provider_fixture_free(f);
}

TEST(cred_process, is_that_of_the_named_profile)
{
    struct provider_fixture *f = fixture();
    f->sources.profile = STR("work");
    fixture_configure(f, "[default]\ncredential_process = false\n[profile work]\n"
                         "credential_process = printf '{\"Version\":1,"
                         "\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\"}' A\n");
    fixture_load(f);
    assert_keys(f, "A", "s", NULL, 0);
    provider_fixture_free(f);
}

TEST(cred_process, is_run_anew_at_each_load_as_the_profile_has_it_by_then)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, "[default]\ncredential_process = false\n");
    fixture_load(f);
    assert_load_failed(f, "credential_process: ended with status 1");
    fixture_configure(
        f, PRINTS("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"));
    fixture_load(f);
    assert_keys(f, "A", "s", NULL, 0);
    provider_fixture_free(f);
}

TEST(cred_process, that_fails_is_not_believed)
{
    assert_config_fails("[default]\ncredential_process = sh -c 'echo {}; exit 3'\n",
                        "credential_process: ended with status 3");
    assert_config_fails("[default]\ncredential_process = /no/such/program\n",
                        "credential_process: cannot be run: No such file or directory");
    assert_config_fails("[default]\ncredential_process = 'half\n",
                        "credential_process: a quotation has no end");
    assert_config_fails("[default]\ncredential_process =\n",
                        "credential_process: it is empty");
    assert_config_fails("[default]\ncredential_process = yes\n",
                        "credential_process: printed more than 65536 bytes, and was "
                        "killed");
}

TEST(cred_process, that_prints_something_else_is_not_believed)
{
    assert_config_fails("[default]\ncredential_process = true\n",
                        "credential_process: not the JSON of credentials: byte 0: "
                        "expected an object");
    assert_config_fails(PRINTS("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"),
                        "credential_process: its answer is not of Version 1");
    assert_config_fails(
        PRINTS("{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"),
        "credential_process: its answer is not of Version 1");
    assert_config_fails(PRINTS("{\"Version\":1}"),
                        "credential_process: the answer has no AccessKeyId");
}

TEST(cred_process, that_hangs_is_killed_in_time)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, "[default]\ncredential_process = sleep 1000\n");
    fixture_load(f);
    f->clock.now_ms += 60000;
    fixture_turn(f);
    assert_load_failed(f, "credential_process: ran longer than 60000 ms, and was killed");
    provider_fixture_free(f);
}

TEST(cred_process, is_killed_with_the_provider)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, "[default]\ncredential_process = sleep 1000\n");
    fixture_load(f);
    provider_fixture_free(f);
    cr_assert_eq(f->times, 0);
}

TEST(cred_process, survives_each_allocation_failing)
{
    struct provider_fixture *f = fixture();
    fixture_configure(f, PRINTS("{\"Version\":1,\"AccessKeyId\":\"\\\\u0041\","
                                "\"SecretAccessKey\":\"s\"}"));
    fixture_load(f); /* the loop's and the profiles' memory stays */
    assert_keys(f, "A", "s", NULL, 0);
    credentials_done(&f->found);
    WITH_EACH_ALLOCATION_FAILING
    {
        fixture_load(f);
        fixture_await(f);
        cr_assert_eq(f->end, mem_failed() ? LOAD_FAILED : LOAD_DONE);
        cr_assert_eq(f->err.code, mem_failed() ? DM_E_NOMEM : DM_OK);
        credentials_done(&f->found);
    }
    provider_fixture_free(f);
}
