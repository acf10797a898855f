/* An environment of the test's own. */
#ifndef DYNAMOD_TESTS_FAKE_ENVIRONMENT_H
#define DYNAMOD_TESTS_FAKE_ENVIRONMENT_H

#include "aws/credentials.h"

enum { FAKE_VARIABLES = 8 };

struct fake_variable {
    const char *name, *value;
};

/* Up to the first without a name. */
struct fake_environment {
    struct environment environment;
    struct fake_variable variables[FAKE_VARIABLES];
    unsigned *reads_of_key; /* how often AWS_ACCESS_KEY_ID was asked for, or NULL */
};

const char *fake_get(const struct environment *environment, const char *name);

/* FAKE({"AWS_REGION", "eu-west-1"}, …) */
#define FAKE(...)                                                                        \
    (struct fake_environment)                                                            \
    {                                                                                    \
        .environment = {fake_get}, .variables = { __VA_ARGS__ }                          \
    }

#endif
