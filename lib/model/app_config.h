/*
 * An app's file: what it says, checked and immutable, and the embedded files that it
 * names. Shared by all threads that run the app; each runs it as a dm_app of its own.
 */
#ifndef DYNAMOD_MODEL_APP_CONFIG_H
#define DYNAMOD_MODEL_APP_CONFIG_H

#include <stdatomic.h>

#include "aws/credentials.h"
#include "model/auth_config.h"
#include "model/embedded.h"
#include "model/fingerprint.h"
#include "model/limits_config.h"
#include "model/model_config.h"
#include "model/token.h"

/* Everything in it lives in its arena. */
struct app_config {
    atomic_uint references;
    struct arena arena;
    struct dm_str name;
    bool is_default; /* `default = true` */
    struct dynamodb_config dynamodb;
    struct model_config *models; /* in the file's order */
    size_t model_count;
    struct auth_config auth;
    struct token_key token_key; /* of page tokens; wiped at the end */
    struct fingerprint fingerprint;
    struct embedded embedded;
    struct limits limits;  /* of all who use it */
    struct dm_value shown; /* M: the settings, without secrets (settings_show) */
    struct cache *cache;   /* NULL: no model has one, nor had before */
};

/* The settings of an app's file. */
extern const struct setting_table app_settings;

/* Reads and checks the whole file; the app's name is the file's without ".conf".
 * DM_E_CONFIG. The caller holds one reference. */
DM_MUST_USE enum dm_code app_config_load(const char *path,
                                         const struct environment *environment,
                                         struct app_config **ret_config,
                                         struct dm_error *err);
struct app_config *app_config_ref(struct app_config *config);
void app_config_unref(struct app_config *config);
DM_AUTO_DEFINE(app_config, app_config_unref)

/* Whether both are of the same file, environment and authorities: then the one goes on in
 * place of the other. */
bool app_config_same(const struct app_config *a, const struct app_config *b);

/* What takes the place of another goes on with the embedded files that both name, and all
 * that is in them: makes the tables that the other has not. Writes by either end what the
 * caches of both keep. Before an app is made of it. Blocks. DM_E_CONFIG. */
DM_MUST_USE enum dm_code app_config_inherit(struct app_config *config,
                                            struct app_config *served,
                                            struct dm_error *err);

const char *app_config_name(const struct app_config *config);
bool app_config_is_default(const struct app_config *config);

/* Whether a model says create_table = true. */
bool app_config_creates_tables(const struct app_config *config);

#endif
