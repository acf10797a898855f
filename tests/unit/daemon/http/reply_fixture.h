/* An exchange whose request is complete, for tests of what is replied. */
#ifndef DYNAMOD_TESTS_REPLY_FIXTURE_H
#define DYNAMOD_TESTS_REPLY_FIXTURE_H

#include "base/clock.h"
#include "codec/ddb_json.h"
#include "daemon/http/exchange.h"
#include "daemon/log/log.h"
#include "support/test.h"

struct reply_fixture {
    struct dm_loop *loop;
    struct site site; /* without apps */
    struct service service;
    struct exchange *exchange;
    unsigned resumed; /* how often */
};

static inline void fixture_resume(struct exchange *exchange, void *ctx)
{
    struct reply_fixture *fixture = ctx;
    fixture->resumed += exchange == fixture->exchange;
}

/* DM_E_NOMEM where an allocation failed: fixture_end all the same. */
static inline enum dm_code fixture_begin(struct reply_fixture *fixture,
                                         const char *target, struct dm_error *err)
{
    *fixture = (struct reply_fixture){.service.clock = clock_system()};
    fixture->site.references = 1;
    limiter_init(&fixture->service.limiter);
    fixture->service.site = &fixture->site;
    fixture->service.resume = fixture_resume;
    fixture->service.ctx = fixture;
    log_set_level(LOG_ERROR);
    DM_TRY(request_ids_init(&fixture->service.ids, err));
    DM_TRY(dm_loop_new(&fixture->loop, err));
    DM_TRY(etag_maker_new(&fixture->service.etags, err));
    fixture->service.loop = fixture->loop;
    fixture->exchange = exchange_new(&fixture->service, NULL, dm_str(target));
    if (!fixture->exchange)
        return DM_E_NOMEM;
    fixture->exchange->method = METHOD_GET;
    return DM_OK;
}

static inline void fixture_end(struct reply_fixture *fixture)
{
    exchange_free(fixture->exchange);
    etag_maker_free(fixture->service.etags);
    dm_loop_free(fixture->loop);
}

/* DynamoDB JSON as an M. */
static inline enum dm_code fixture_value(const char *json, struct arena *arena,
                                         struct dm_value *ret_value, struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, dm_str(json), DDB_JSON_DEPTH, arena);
    return ddb_json_read_item(&reader, arena, ret_value, err);
}

/* The body so far. */
static inline struct dm_str fixture_body(const struct reply_fixture *fixture)
{
    return buf_str(&fixture->exchange->reply.body);
}

#endif
