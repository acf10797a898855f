/* Endpoints: regions, configured hosts, and what is refused. */
#include "aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/profile.h"
#include "fake_environment.h"
#include "support/test.h"

#define NO_FILES                                                                         \
    {"AWS_CONFIG_FILE", "/dev/null"},                                                    \
    {                                                                                    \
        "AWS_SHARED_CREDENTIALS_FILE", "/dev/null"                                       \
    }

static const struct fake_environment nothing = {.environment = {fake_get},
                                                .variables = {NO_FILES}};

/* Of these sources, with the profiles of their environment. */
static enum dm_code resolve(struct endpoint_sources sources, struct endpoint *endpoint,
                            struct dm_error *err)
{
    DM_AUTO(profiles) *profiles = NULL;
    DM_TRY(profiles_new(sources.environment, &profiles, err));
    sources.profiles = profiles;
    return endpoint_resolve(&sources, endpoint, err);
}

static struct endpoint_sources sources_of(const char *region, const char *host)
{
    return (struct endpoint_sources){.environment = &nothing.environment,
                                     .region = dm_str(region),
                                     .host = dm_str(host)};
}

static void assert_endpoint(const char *region, const char *host, const char *url,
                            const char *host_header)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(endpoint) endpoint = {0};
    assert_ok(resolve(sources_of(region, host), &endpoint, &err), err);
    assert_str(dm_str(endpoint.url), url);
    assert_str(dm_str(endpoint.host), host_header);
    assert_str(dm_str(endpoint.region), region);
}

static void assert_refused(const char *region, const char *host, const char *message)
{
    struct dm_error err = {0};
    struct endpoint endpoint = {0};
    cr_assert_eq(resolve(sources_of(region, host), &endpoint, &err), DM_E_CONFIG, "%s %s",
                 region, host);
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
    struct endpoint_sources sources = sources_of(configured, "http://localhost");
    sources.environment = &fake->environment;
    assert_ok(resolve(sources, &endpoint, &err), err);
    assert_str(dm_str(endpoint.region), expected);
}

TEST(endpoint, region_is_the_configurations_then_aws_region_then_aws_default_region)
{
    struct fake_environment both =
        FAKE(NO_FILES, {"AWS_DEFAULT_REGION", "r-3"}, {"AWS_REGION", "r-2"});
    struct fake_environment empty =
        FAKE(NO_FILES, {"AWS_DEFAULT_REGION", "r-3"}, {"AWS_REGION", ""});
    assert_region(&both, "r-1", "r-1");
    assert_region(&both, "", "r-2");
    assert_region(&empty, "", "r-3");
}

TEST(endpoint, wants_a_region_even_with_a_host)
{
    assert_refused("", "http://localhost",
                   "no region: set `region`, or AWS_REGION in the environment");
}

/* --- flags --- */

TEST(endpoint, has_fips_and_dualstack_hosts)
{
    static const struct {
        const char *region;
        bool fips, dualstack;
        const char *host;
    } cases[] = {
        {"eu-west-1", true, false, "dynamodb-fips.eu-west-1.amazonaws.com"},
        {"eu-west-1", false, true, "dynamodb.eu-west-1.api.aws"},
        {"eu-west-1", true, true, "dynamodb-fips.eu-west-1.api.aws"},
        {"us-gov-west-1", true, false, "dynamodb.us-gov-west-1.amazonaws.com"},
        {"us-gov-west-1", true, true, "dynamodb-fips.us-gov-west-1.api.aws"},
        {"us-gov-west", true, false, "dynamodb-fips.us-gov-west.amazonaws.com"},
        {"us-gov--1", true, false, "dynamodb-fips.us-gov--1.amazonaws.com"},
        {"us-gov-a-b-1", true, false, "dynamodb-fips.us-gov-a-b-1.amazonaws.com"},
        {"cn-north-1", false, true, "dynamodb.cn-north-1.api.amazonwebservices.com.cn"},
        {"local", true, false, "dynamodb-fips.local.amazonaws.com"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        DM_AUTO_DONE(endpoint) endpoint = {0};
        struct endpoint_sources sources = sources_of(cases[i].region, "");
        sources.use_fips = cases[i].fips ? ENDPOINT_ON : ENDPOINT_UNSET;
        sources.use_dualstack = cases[i].dualstack ? ENDPOINT_ON : ENDPOINT_UNSET;
        assert_ok(resolve(sources, &endpoint, &err), err);
        assert_str(dm_str(endpoint.host), cases[i].host);
    }
}

TEST(endpoint, of_the_region_local_is_dynamodb_local)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(endpoint) endpoint = {0};
    assert_ok(resolve(sources_of("local", ""), &endpoint, &err), err);
    assert_str(dm_str(endpoint.url), "http://localhost:8000/");
    assert_str(dm_str(endpoint.host), "localhost:8000");
    assert_str(dm_str(endpoint.region), "us-east-1");
}

TEST(endpoint, refuses_flags_with_a_host)
{
    struct dm_error err = {0};
    struct endpoint endpoint = {0};
    struct endpoint_sources sources = sources_of("eu-west-1", "https://example.com");
    sources.use_fips = ENDPOINT_ON;
    cr_assert_eq(resolve(sources, &endpoint, &err), DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "host: one that is set does not go with use_fips_endpoint");
    sources.use_fips = ENDPOINT_OFF;
    sources.use_dualstack = ENDPOINT_ON;
    cr_assert_eq(resolve(sources, &endpoint, &err), DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "host: one that is set does not go with use_dualstack_endpoint");
}

/* --- environment and profile --- */

/* What the environment and the config file make of sources that configure `region` and
 * `host`, each unless empty. */
static void assert_found(struct fake_environment *fake, const char *config,
                         struct endpoint_sources sources, const char *url)
{
    char path[] = "/tmp/dynamod-test-XXXXXX";
    int fd = mkstemp(path);
    struct dm_error err = {0};
    DM_AUTO_DONE(endpoint) endpoint = {0};
    cr_assert_eq(write(fd, config, strlen(config)), (ssize_t)strlen(config));
    close(fd);
    fake->variables[0] = (struct fake_variable){"AWS_CONFIG_FILE", path};
    fake->variables[1] =
        (struct fake_variable){"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"};
    sources.environment = &fake->environment;
    assert_ok(resolve(sources, &endpoint, &err), err);
    assert_str(dm_str(endpoint.url), url);
    unlink(path);
}

#define ENDPOINTS                                                                        \
    "[default]\nregion = r-1\nendpoint_url = http://global-of-profile\n"                 \
    "services = mine\n[services mine]\ndynamodb =\n"                                     \
    "  endpoint_url = http://service-of-profile\n"                                       \
    "[profile other]\nregion = r-2\nendpoint_url = http://other\n"                       \
    "[profile ignoring]\nregion = r-3\nendpoint_url = http://ignored\n"                  \
    "ignore_configured_endpoint_urls = True\n"

TEST(endpoint, is_the_configured_host_then_the_environments_then_the_profiles)
{
    struct fake_environment both =
        FAKE({"", ""}, {"", ""}, {"AWS_ENDPOINT_URL", "http://global"},
             {"AWS_ENDPOINT_URL_DYNAMODB", "http://service"});
    struct fake_environment global =
        FAKE({"", ""}, {"", ""}, {"AWS_ENDPOINT_URL", "http://global"});
    struct fake_environment none = FAKE({"", ""});
    assert_found(&both, ENDPOINTS, sources_of("", "http://mine"), "http://mine/");
    assert_found(&both, ENDPOINTS, sources_of("", ""), "http://service/");
    assert_found(&global, ENDPOINTS, sources_of("", ""), "http://global/");
    assert_found(&none, ENDPOINTS, sources_of("", ""), "http://service-of-profile/");
    struct endpoint_sources other = sources_of("", "");
    other.profile = STR("other");
    assert_found(&none, ENDPOINTS, other, "http://other/");
}

TEST(endpoint, ignores_configured_urls_but_the_apps_where_it_is_told_to)
{
    struct fake_environment ignoring =
        FAKE({"", ""}, {"", ""}, {"AWS_ENDPOINT_URL_DYNAMODB", "http://service"},
             {"AWS_ENDPOINT_URL", "http://a"},
             {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"});
    struct fake_environment none = FAKE({"", ""});
    assert_found(&ignoring, ENDPOINTS, sources_of("", ""),
                 "https://dynamodb.r-1.amazonaws.com/");
    assert_found(&ignoring, ENDPOINTS, sources_of("", "http://mine"), "http://mine/");
    struct endpoint_sources profile = sources_of("", "");
    profile.profile = STR("ignoring");
    assert_found(&none, ENDPOINTS, profile, "https://dynamodb.r-3.amazonaws.com/");
}

TEST(endpoint,
     takes_each_flag_from_the_configuration_then_the_environment_then_the_profile)
{
    static const char config[] = "[default]\nregion = r-1\nuse_fips_endpoint = true\n"
                                 "use_dualstack_endpoint = true\n";
    struct fake_environment none = FAKE({"", ""});
    struct fake_environment no = FAKE({"", ""}, {"", ""}, {"AWS_USE_FIPS_ENDPOINT", "no"},
                                      {"AWS_USE_DUALSTACK_ENDPOINT", "false"});
    struct endpoint_sources on = sources_of("", ""), off = on;
    on.use_fips = ENDPOINT_ON;
    off.use_fips = off.use_dualstack = ENDPOINT_OFF;
    assert_found(&none, config, sources_of("", ""), "https://dynamodb-fips.r-1.api.aws/");
    assert_found(&no, config, sources_of("", ""), "https://dynamodb.r-1.amazonaws.com/");
    assert_found(&no, config, on, "https://dynamodb-fips.r-1.amazonaws.com/");
    assert_found(&none, config, off, "https://dynamodb.r-1.amazonaws.com/");
}

TEST(endpoint, says_which_url_is_malformed)
{
    struct fake_environment bad =
        FAKE(NO_FILES, {"AWS_ENDPOINT_URL", "localhost"}, {"AWS_REGION", "r-1"});
    struct dm_error err = {0};
    struct endpoint endpoint = {0};
    struct endpoint_sources sources = {.environment = &bad.environment};
    cr_assert_eq(resolve(sources, &endpoint, &err), DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "AWS_ENDPOINT_URL: expected https://name[:port] or http://name[:port]");
}

TEST(endpoint, takes_authorities_from_the_configuration_then_the_environment)
{
    struct fake_environment fake =
        FAKE(NO_FILES, {"AWS_CA_BUNDLE", "/etc/ca.pem"}, {"AWS_REGION", "r-1"});
    struct dm_error err = {0};
    struct endpoint_sources sources = {.environment = &fake.environment};
    struct endpoint endpoint = {0};
    assert_ok(resolve(sources, &endpoint, &err), err);
    assert_str(dm_str(endpoint.ca_file), "/etc/ca.pem");
    endpoint_done(&endpoint);

    sources.ca_bundle = STR("/mine.pem");
    assert_ok(resolve(sources, &endpoint, &err), err);
    assert_str(dm_str(endpoint.ca_file), "/mine.pem");
    endpoint_done(&endpoint);
}

TEST(endpoint, a_proxy_is_plain_http)
{
    cr_assert(endpoint_is_plain_http(STR("http://proxy:3128")));
    cr_assert(endpoint_is_plain_http(STR("http://[::1]:3128/")));
    cr_assert_not(endpoint_is_plain_http(STR("https://proxy:3128")));
    cr_assert_not(endpoint_is_plain_http(STR("proxy:3128")));
    cr_assert_not(endpoint_is_plain_http(STR("http://u:p@proxy")));
}

TEST(endpoint, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(endpoint) endpoint = {0};
        struct endpoint_sources sources = sources_of("eu-west-1", "");
        sources.ca_bundle = STR("/ca.pem");
        enum dm_code code = resolve(sources, &endpoint, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert_eq(endpoint.url == NULL, mem_failed());
    }
}
