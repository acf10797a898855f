/* Signature Version 4: AWS's own test suite, and what is refused; tests/judge compares
 * far more requests with botocore. */
#include "aws/sigv4.h"

#include <dirent.h>
#include <stdio.h>

#include "support/test.h"

enum { CASES = 15 };

static const int64_t suite_time_ms = 1440938160000; /* 2015-08-30T12:36:00Z */

static void suite_credentials(struct credentials *credentials, struct dm_str token)
{
    struct dm_error err = {0};
    struct cred_keys keys = {.access_key_id = STR("AKIDEXAMPLE"),
                             .secret_access_key =
                                 STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                             .session_token = token};
    assert_ok(credentials_make("suite", &keys, credentials, &err), err);
}

/* --- AWS's test suite --- */

struct suite_case {
    struct sigv4_request request;
    struct http_header headers[8];
    struct dm_str token;
};

static struct dm_str read_data(const char *name, const char *ending, struct arena *arena)
{
    char path[512];
    snprintf(path, sizeof path, TEST_DATA "/sigv4/%s%s", name, ending);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    char *text = arena_alloc(arena, 4096);
    size_t len = fread(text, 1, 4096, file);
    fclose(file);
    return (struct dm_str){text, len};
}

/* "GET /?a=b HTTP/1.1" */
static void read_first_line(struct dm_str line, struct sigv4_request *request)
{
    request->method = str_split(&line, ' ');
    request->query = str_split(&line, ' ');
    request->path = str_split(&request->query, '?');
}

static void read_header(struct dm_str line, struct suite_case *suite)
{
    struct http_header header = {.name = str_split(&line, ':'), .value = line};
    if (str_equal(header.name, STR("X-Amz-Security-Token")))
        suite->token = header.value;
    else
        suite->headers[suite->request.header_count++] = header;
}

static void read_case(struct dm_str text, struct suite_case *suite)
{
    *suite = (struct suite_case){.request = {.region = STR("us-east-1"),
                                             .service = STR("service"),
                                             .headers = suite->headers,
                                             .wall_ms = suite_time_ms}};
    read_first_line(str_split(&text, '\n'), &suite->request);
    for (struct dm_str line; (line = str_split(&text, '\n')).len;)
        read_header(line, suite);
    suite->request.body = text;
}

static void assert_case(struct sigv4 *signer, const char *name)
{
    struct dm_error err = {0};
    struct suite_case suite;
    struct sigv4_headers headers;
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(credentials) credentials = {0};
    arena_init(&arena, 64 * 1024);
    read_case(read_data(name, ".req", &arena), &suite);
    suite_credentials(&credentials, suite.token);

    assert_ok(sigv4_sign(signer, &credentials, &suite.request, &arena, &headers, &err),
              err);
    cr_assert(str_equal(headers.authorization.value, read_data(name, ".authz", &arena)),
              "%s: %.*s", name, STR_ARG(headers.authorization.value));
    assert_str(headers.date.value, "20150830T123600Z");
    cr_assert(str_equal(headers.security_token.value, suite.token));
}

TEST(sigv4, signs_as_the_test_suite_has_it)
{
    struct dm_error err = {0};
    size_t count = 0;
    DM_AUTO(sigv4) *signer = NULL;
    assert_ok(sigv4_new(&signer, &err), err);
    DIR *folder = opendir(TEST_DATA "/sigv4");
    cr_assert_not_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!str_ends(dm_str(entry->d_name), STR(".req")))
            continue;
        *strrchr(entry->d_name, '.') = '\0';
        assert_case(signer, entry->d_name);
        count++;
    }
    closedir(folder);
    cr_assert_eq(count, CASES);
}

/* --- what changes a signature, and what does not --- */

static const char vanilla_signature[] =
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

static const struct http_header host = {{"Host", 4}, {"example.amazonaws.com", 21}};

static struct sigv4_request vanilla(void)
{
    return (struct sigv4_request){.method = STR("GET"),
                                  .path = STR("/"),
                                  .region = STR("us-east-1"),
                                  .service = STR("service"),
                                  .headers = &host,
                                  .header_count = 1,
                                  .wall_ms = suite_time_ms};
}

static enum dm_code sign_with(struct sigv4 *signer, const struct sigv4_request *request,
                              size_t memory, char signature[65], struct dm_error *err)
{
    struct sigv4_headers headers;
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(credentials) credentials = {0};
    arena_init(&arena, memory);
    suite_credentials(&credentials, (struct dm_str){NULL, 0});
    DM_TRY(sigv4_sign(signer, &credentials, request, &arena, &headers, err));
    struct dm_str value = headers.authorization.value;
    memcpy(signature, value.ptr + value.len - 64, 64);
    signature[64] = '\0';
    return DM_OK;
}

static void assert_signature(struct sigv4 *signer, const struct sigv4_request *request,
                             const char *expected)
{
    char signature[65];
    struct dm_error err = {0};
    assert_ok(sign_with(signer, request, 64 * 1024, signature, &err), err);
    assert_str(dm_str(signature), expected);
}

static void assert_as_a_fresh_signer(struct sigv4 *signer,
                                     const struct sigv4_request *request)
{
    char signature[65];
    struct dm_error err = {0};
    DM_AUTO(sigv4) *fresh = NULL;
    assert_ok(sigv4_new(&fresh, &err), err);
    assert_ok(sign_with(fresh, request, 64 * 1024, signature, &err), err);
    assert_signature(signer, request, signature);
}

TEST(sigv4, changes_its_key_with_day_region_and_service)
{
    struct dm_error err = {0};
    struct sigv4_request requests[] = {vanilla(), vanilla(), vanilla(), vanilla()};
    DM_AUTO(sigv4) *signer = NULL;
    assert_ok(sigv4_new(&signer, &err), err);
    requests[1].wall_ms += 86400000;
    requests[2].region = STR("eu-west-1");
    requests[3].service = STR("sts");
    for (size_t i = 0; i < 2 * DM_COUNT(requests); i++)
        assert_as_a_fresh_signer(signer, &requests[i % DM_COUNT(requests)]);
}

TEST(sigv4, changes_its_key_with_the_secret)
{
    struct dm_error err = {0};
    struct sigv4_request request = vanilla();
    struct sigv4_headers headers;
    struct cred_keys keys = {.access_key_id = STR("AKIDEXAMPLE"),
                             .secret_access_key = STR("another")};
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(credentials) other = {0};
    DM_AUTO(sigv4) *signer = NULL;
    arena_init(&arena, 64 * 1024);
    assert_ok(sigv4_new(&signer, &err), err);
    assert_ok(credentials_make("test", &keys, &other, &err), err);
    assert_ok(sigv4_sign(signer, &other, &request, &arena, &headers, &err), err);
    assert_signature(signer, &request, vanilla_signature);
}

static void assert_refused(struct sigv4_request request, enum dm_code code,
                           const char *message)
{
    struct dm_error err = {0};
    char signature[65];
    DM_AUTO(sigv4) *signer = NULL;
    assert_ok(sigv4_new(&signer, &err), err);
    cr_assert_eq(sign_with(signer, &request, 64 * 1024, signature, &err), code);
    assert_str(dm_str(err.message), message);
}

static void assert_header_refused(struct dm_str name, struct dm_str value,
                                  const char *message)
{
    struct http_header header = {name, value};
    struct sigv4_request request = vanilla();
    request.headers = &header;
    assert_refused(request, DM_E_INVALID, message);
}

TEST(sigv4, refuses_a_header_that_http_does_not_allow)
{
    assert_header_refused(STR(""), STR("a"), "a header's name is not an HTTP token");
    assert_header_refused(STR("X A"), STR("a"), "a header's name is not an HTTP token");
    assert_header_refused(STR("X:A"), STR("a"), "a header's name is not an HTTP token");
    assert_header_refused(STR("X\0A"), STR("a"), "a header's name is not an HTTP token");
    assert_header_refused(STR("X-A"), STR("secret\r\nX-B: 1"),
                          "header X-A: its value holds a control character");
    assert_header_refused(STR("X-A"), STR("\0"),
                          "header X-A: its value holds a control character");
    assert_header_refused(STR("X-A"), STR("\x7f"),
                          "header X-A: its value holds a control character");
}

TEST(sigv4, refuses_a_time_that_has_no_date)
{
    struct sigv4_request before = vanilla(), after = vanilla();
    before.wall_ms = -1;
    after.wall_ms = 253402300800000;
    assert_refused(before, DM_E_INTERNAL, "the clock is outside 1970 … 9999");
    assert_refused(after, DM_E_INTERNAL, "the clock is outside 1970 … 9999");
}

TEST(sigv4, fails_when_the_arena_is_full_and_signs_in_a_larger_one)
{
    struct dm_error err = {0};
    struct sigv4_request request = vanilla();
    char signature[65];
    size_t memory = 0;
    DM_AUTO(sigv4) *signer = NULL;
    assert_ok(sigv4_new(&signer, &err), err);
    while (sign_with(signer, &request, memory, signature, &err) == DM_E_NOMEM)
        memory += 16;
    cr_assert_gt(memory, 0);
    assert_str(dm_str(signature), vanilla_signature);
}

static enum dm_code sign_once(const struct credentials *credentials,
                              const struct sigv4_request *request)
{
    struct sigv4_headers headers;
    DM_AUTO_DONE(arena) arena;
    DM_AUTO(sigv4) *signer = NULL;
    arena_init(&arena, 64 * 1024);
    DM_TRY(sigv4_new(&signer, NULL));
    return sigv4_sign(signer, credentials, request, &arena, &headers, NULL);
}

TEST(sigv4, survives_each_allocation_failing)
{
    struct sigv4_request request = vanilla();
    DM_AUTO_DONE(credentials) credentials = {0};
    suite_credentials(&credentials, STR("token"));
    WITH_EACH_ALLOCATION_FAILING
    {
        enum dm_code code = sign_once(&credentials, &request);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
