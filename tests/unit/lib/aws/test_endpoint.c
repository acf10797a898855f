/* Endpoints: regions, configured hosts, and what is refused. */
#include "aws/endpoint.h"

#include <stdio.h>

#include "fake_environment.h"
#include "support/test.h"

static const struct fake_environment nothing = {.environment = {fake_get}};

static void assert_endpoint(const char *region, const char *host, const char *url,
                            const char *host_header)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(endpoint) endpoint = {0};
    assert_ok(endpoint_resolve(&nothing.environment, dm_str(region), dm_str(host),
                               &endpoint, &err),
              err);
    assert_str(dm_str(endpoint.url), url);
    assert_str(dm_str(endpoint.host), host_header);
    assert_str(dm_str(endpoint.region), region);
}

static void assert_refused(const char *region, const char *host, const char *message)
{
    struct dm_error err = {0};
    struct endpoint endpoint = {0};
    cr_assert_eq(endpoint_resolve(&nothing.environment, dm_str(region), dm_str(host),
                                  &endpoint, &err),
                 DM_E_CONFIG, "%s %s", region, host);
    assert_str(dm_str(err.message), message);
    cr_assert_null(endpoint.url);
}

TEST(endpoint, is_made_of_the_region_in_every_partition)
{
    static const char *const cases[][2] = {
        {"eu-west-1", "dynamodb.eu-west-1.amazonaws.com"},
        {"us-gov-west-1", "dynamodb.us-gov-west-1.amazonaws.com"},
        {"cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn"},
        {"us-iso-east-1", "dynamodb.us-iso-east-1.c2s.ic.gov"},
        {"us-isob-east-1", "dynamodb.us-isob-east-1.sc2s.sgov.gov"},
        {"eu-isoe-west-1", "dynamodb.eu-isoe-west-1.cloud.adc-e.uk"},
        {"us-isof-south-1", "dynamodb.us-isof-south-1.csp.hci.ic.gov"},
        {"eusc-de-east-1", "dynamodb.eusc-de-east-1.amazonaws.eu"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        char url[128];
        snprintf(url, sizeof url, "https://%s/", cases[i][1]);
        assert_endpoint(cases[i][0], "", url, cases[i][1]);
    }
}

TEST(endpoint, takes_a_configured_host)
{
    static const char *const cases[][3] = {
        {"http://localhost:8000", "http://localhost:8000/", "localhost:8000"},
        {"http://localhost:8000/", "http://localhost:8000/", "localhost:8000"},
        {"https://example.com", "https://example.com/", "example.com"},
        {"https://example.com:443", "https://example.com/", "example.com"},
        {"http://example.com:80/", "http://example.com/", "example.com"},
        {"https://example.com:80", "https://example.com:80/", "example.com:80"},
        {"http://a_b-c.d:65535", "http://a_b-c.d:65535/", "a_b-c.d:65535"},
        {"http://127.0.0.1:1", "http://127.0.0.1:1/", "127.0.0.1:1"},
        {"http://[::1]", "http://[::1]/", "[::1]"},
        {"http://[fd00:ec2::23]:8000/", "http://[fd00:ec2::23]:8000/",
         "[fd00:ec2::23]:8000"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        assert_endpoint("r-1", cases[i][0], cases[i][1], cases[i][2]);
}

TEST(endpoint, refuses_a_host_that_is_not_one)
{
    static const char *const hosts[] = {
        "localhost",
        "localhost:8000",
        "ftp://a",
        "//a",
        "https:/a",
        "https://",
        "https:///",
        "https://:80",
        "https://a:",
        "https://a:0",
        "https://a:65536",
        "https://a:+1",
        "https://a:1:2",
        "https://a:80x",
        "https://a/b",
        "https://a//",
        "https://a?b",
        "https://a#b",
        "https://u@a",
        "https://u:secret@a",
        "https://a b",
        "https://\xc3\xa9",
        "https://[::1",
        "https://[]",
        "https://[::1]8000",
        "https://[1.2.3.4]",
        "https://[::1%25eth0]",
        "https://[fe80::1%1]",
        "https://a\r\nHost: b",
        "https://[x]",
        "HTTPS://[",
        "https://[::1]:",
        " https://a",
        "https://a\\b",
        "https://[:::::::::::::::::::::::::::::::::::::::::::::::]",
    };
    for (size_t i = 0; i < DM_COUNT(hosts); i++)
        assert_refused("r-1", hosts[i],
                       "host: expected https://name[:port] or http://name[:port]");
}

TEST(endpoint, refuses_a_name_of_more_than_253_bytes)
{
    char host[8 + 254 + 1];
    memset(host, 'a', sizeof host - 1);
    memcpy(host, "https://", 8);
    host[sizeof host - 1] = '\0';
    assert_refused("r-1", host,
                   "host: expected https://name[:port] or http://name[:port]");
}

TEST(endpoint, refuses_a_region_that_is_not_one)
{
    static const char *const regions[] = {
        "eu.west",  "a/b",
        "eu west",  "eu_west",
        "\xc3\xa9", "a@b",
        "a\r\nb",   "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-1234567890"};
    for (size_t i = 0; i < DM_COUNT(regions); i++)
        assert_refused(regions[i], "",
                       "region: expected letters, digits and dashes, as in eu-west-1");
}

static void assert_region(const struct fake_environment *fake, const char *configured,
                          const char *expected)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(endpoint) endpoint = {0};
    assert_ok(endpoint_resolve(&fake->environment, dm_str(configured),
                               STR("http://localhost"), &endpoint, &err),
              err);
    assert_str(dm_str(endpoint.region), expected);
}

TEST(endpoint, region_is_the_configurations_then_aws_region_then_aws_default_region)
{
    struct fake_environment both =
        FAKE({"AWS_DEFAULT_REGION", "r-3"}, {"AWS_REGION", "r-2"});
    struct fake_environment empty =
        FAKE({"AWS_DEFAULT_REGION", "r-3"}, {"AWS_REGION", ""});
    assert_region(&both, "r-1", "r-1");
    assert_region(&both, "", "r-2");
    assert_region(&empty, "", "r-3");
}

TEST(endpoint, wants_a_region_even_with_a_host)
{
    assert_refused("", "http://localhost",
                   "no region: set `region`, or AWS_REGION in the environment");
}

TEST(endpoint, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(endpoint) endpoint = {0};
        enum dm_code code = endpoint_resolve(&nothing.environment, STR("eu-west-1"),
                                             STR(""), &endpoint, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert_eq(endpoint.url == NULL, mem_failed());
    }
}
