/* A `limits` group: what an app, or one who may use it, may ask for a second. */
#ifndef DYNAMOD_MODEL_LIMITS_CONFIG_H
#define DYNAMOD_MODEL_LIMITS_CONFIG_H

#include "base/rate.h"
#include "model/settings.h"

/* What was taken of it, on all threads. Counted: what takes the place of a configuration
 * goes on with it. */
struct limit_buckets;

/* Zeroed, there is none. Rates are a second's; 0: no limit. */
struct limits {
    double requests, read_units, write_units;
    struct limit_buckets *buckets; /* a reference; NULL: no limit at all */
};

/* As a SETTING_GROUP of three doubles it would lack its buckets: use SETTING_READ with
 * limits_config_read, .group = &limits_settings and .preset = "{}". */
extern const struct setting_table limits_settings;

/* SETTING_READ of a struct limits. The owner ends it with limits_done. */
DM_MUST_USE enum dm_code limits_config_read(struct settings *file,
                                            struct settings_node *node, void *limits,
                                            struct dm_error *err);

/* Idempotent. */
void limits_done(struct limits *limits);

/* It takes the place of `before`, at whatever rates, and goes on with its buckets. Before
 * any thread uses it. */
void limits_inherit(struct limits *limits, const struct limits *before);

/* What a request does. For sets of them. */
enum limit_use { LIMIT_READS = 1, LIMIT_WRITES = 2 };

/* NULL: one more request may begin, and is counted. Else the name of the setting that
 * does not let it, static, and how long to wait. NULL limits nothing. From any thread. */
DM_MUST_USE const char *limits_refuse(const struct limits *limits, unsigned uses,
                                      int64_t now_us, int64_t *ret_wait_us);

/* Capacity units that were consumed. */
void limits_charge(const struct limits *limits, int64_t now_us, double read_units,
                   double write_units);

#endif
