/* One provider on a loop, with a peer for what it asks and a profile file for its
 * settings, and what it answered. */
#ifndef DYNAMOD_TESTS_PROVIDER_FIXTURE_H
#define DYNAMOD_TESTS_PROVIDER_FIXTURE_H

#include "aws/profile.h"
#include "aws/providers.h"
#include "fake_environment.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

struct provider_fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct peer peer;
    struct fake_environment environment; /* [0] is AWS_CONFIG_FILE: config_path */
    char config_path[64];
    struct profiles *profiles;
    struct cred_sources sources;
    struct cred_provider provider;
    struct dm_error err;

    struct cred_load load;
    unsigned times;
    enum load_end end;
    struct credentials found;
};

/* Static: one at a time. */
struct provider_fixture *provider_fixture_new(cred_provider_new_fn make);
void provider_fixture_free(struct provider_fixture *f);

/* Sets a variable; value lives as long as the fixture. */
void fixture_set(struct provider_fixture *f, const char *name, const char *value);

/* The text of the config file from now on. */
void fixture_configure(struct provider_fixture *f, const char *text);

void fixture_load(struct provider_fixture *f);
void fixture_await(struct provider_fixture *f);
void fixture_turn(struct provider_fixture *f);

/* The next request, on a connection of its own or on one given; answered. The request's
 * text is lent until the next. Returns the connection. */
int fixture_serve(struct provider_fixture *f, int connection, const char *reply);

/* Answers each question with the next body, until the load ends, however it does. A
 * client that pauses is not kept waiting. */
void fixture_serve_all(struct provider_fixture *f, const char *const *bodies);

/* A whole reply; lent until the next. */
const char *reply_of(unsigned status, const char *body);

/* Awaits the answer, and says what it must be. */
void assert_keys(struct provider_fixture *f, const char *id, const char *secret,
                 const char *token, int64_t expires_ms);
void assert_absent(struct provider_fixture *f);
void assert_load_failed(struct provider_fixture *f, const char *message);

#define KEYS_JSON                                                                        \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"secret\","       \
    "\"Token\":\"token\",\"Expiration\":\"2024-01-02T03:04:05Z\"}"

/* 2024-01-02T03:04:05Z */
#define KEYS_EXPIRE_MS INT64_C(1704164645000)

#define assert_has(text, part)                                                           \
    cr_assert_not_null(strstr(text, part), "no [%s] in [%s]", part, text)
#define assert_has_not(text, part)                                                       \
    cr_assert_null(strstr(text, part), "there is [%s] in [%s]", part, text)

#endif
