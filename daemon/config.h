/* The daemon's own file, dynamod.conf, and the apps that it names: checked, immutable. */
#ifndef DYNAMOD_DAEMON_CONFIG_H
#define DYNAMOD_DAEMON_CONFIG_H

#include "base/arena.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "model/app_config.h"

/* Owns its texts and one reference to each app. */
struct config {
    struct arena arena;
    struct address *listen;
    size_t listen_count;
    bool has_admin;
    struct address admin;
    unsigned threads; /* 0: one a CPU */
    struct dm_str apps_dir;
    unsigned request_timeout_ms, drain_timeout_ms, idle_timeout_ms;
    unsigned max_connections; /* of one shard */
    enum log_level log_level;
    struct app_config **apps; /* by name */
    size_t app_count;
    size_t default_app; /* app_count: none */
};

/* Reads the file and every *.conf of its apps directory. DM_E_CONFIG: the message begins
 * with the file at fault. */
DM_MUST_USE enum dm_code config_load(const char *path,
                                     const struct environment *environment,
                                     struct config **ret_config, struct dm_error *err);
void config_free(struct config *config);
DM_AUTO_DEFINE(config, config_free)

#endif
