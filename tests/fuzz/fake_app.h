/* An app whose DynamoDB is a script (fake_http.h), on a loop whose time passes as fast as
 * it is waited for. */
#ifndef DYNAMOD_TESTS_FUZZ_FAKE_APP_H
#define DYNAMOD_TESTS_FUZZ_FAKE_APP_H

#include "model/app.h"

struct fake_time {
    struct clock clock;
    int64_t now_ms;
};

struct fake_app {
    struct fake_time time;
    struct dm_loop *loop;
    struct dm_app *app;
};

/* Its models: todo (id S, at N, all attributes declared), note (id S), and bare, whose
 * keys only DescribeTable knows. The script is lent. */
void fake_app_open(struct fake_app *fake, struct dm_str script);
void fake_app_close(struct fake_app *fake);

/* Until the call has ended, which it must within its time. */
void fake_app_wait(struct fake_app *fake, const bool *ended);

/* What every call that failed must have to say. */
void fake_app_check_failure(enum dm_code code, const struct dm_error *err);

#endif
