/* The daemon's own file, dynamod.conf, and the apps that it names: checked, immutable. */
#ifndef DYNAMOD_DAEMON_CONFIG_H
#define DYNAMOD_DAEMON_CONFIG_H

#include <stdatomic.h>

#include "base/arena.h"
#include "daemon/http/cors.h"
#include "daemon/http/host_list.h"
#include "daemon/limit/limit_config.h"
#include "daemon/listen/listen_config.h"
#include "daemon/log/access_config.h"
#include "daemon/log/log.h"
#include "model/app_config.h"
#include "model/settings.h"

/* Owns its texts and one reference to each app. */
struct config {
    atomic_uint references;
    struct arena arena;
    struct listen_config *listen;
    size_t listen_count;
    struct listen_config inherited; /* of sockets that are not opened by us */
    bool has_admin;
    bool
        admin_is_closed; /* it goes on, without what its callers were known by: to none */
    struct listen_config admin;
    struct auth_config admin_auth;
    unsigned max_auth_failures; /* of one client and thread; 0: no limit */
    unsigned threads;           /* 0: one a CPU */
    struct dm_str apps_dir;
    unsigned request_timeout_ms, drain_delay_ms, drain_timeout_ms, idle_timeout_ms;
    unsigned max_connections; /* of all shards together */
    struct limit_config limits;
    struct host_list allowed_hosts;
    struct cors_config cors;
    bool core_dumps;
    enum log_level log_level;
    enum log_format log_format;
    struct access_config access_log;
    struct app_config **apps; /* by name */
    size_t app_count;
    size_t default_app;      /* app_count: none */
    unsigned awaits_restart; /* a set of enum restart: the file says otherwise */
    struct dm_value shown;   /* M: the settings, without secrets (settings_show) */
};

/* The settings of dynamod.conf. */
extern const struct setting_table config_settings;

/* Reads the file and every *.conf of its apps directory. DM_E_CONFIG: the message begins
 * with the file at fault. The caller holds one reference. */
DM_MUST_USE enum dm_code config_load(const char *path,
                                     const struct environment *environment,
                                     struct config **ret_config, struct dm_error *err);

/* The same while `before` is served. What takes a restart stays what it is there
 * (restart.h). An app that would be what it is there is that very app_config; one that is
 * changed goes on with its embedded files. */
DM_MUST_USE enum dm_code config_load_anew(const char *path,
                                          const struct environment *environment,
                                          const struct config *before,
                                          struct config **ret_config,
                                          struct dm_error *err);

/* The file alone, without the apps: where a daemon is to be found. */
DM_MUST_USE enum dm_code config_load_alone(const char *path, struct config **ret_config,
                                           struct dm_error *err);

/* From any thread. */
struct config *config_ref(struct config *config);
void config_unref(struct config *config);
DM_AUTO_DEFINE(config, config_unref)

/* The error is that app's, and says so from now on. Returns its code. */
DM_MUST_USE enum dm_code config_blame_app(const struct app_config *app,
                                          struct dm_error *err);

/* The app of that name, or NULL. */
struct app_config *config_find_app(const struct config *config, const char *name);

#endif
