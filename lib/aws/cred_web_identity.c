/* Credentials for a token that somebody else vouches for: Kubernetes' service accounts.
 */
#include "aws/providers.h"

#include "aws/profile.h"
#include "aws/secret_file.h"
#include "aws/sts.h"
#include "base/error.h"
#include "base/mem.h"

enum { TOKEN_MAX = 16 * 1024 };

struct cred_web_identity {
    const struct cred_sources *sources;
    const struct cred_provider_ops *ops;
    struct sts *sts; /* while a load is under way */
    struct cred_load *load;
};

/* Where the settings are; of what is not there, len is 0. */
struct identity {
    struct dm_str token_file, role_arn, session_name;
};

static void environment_load(void *provider, struct cred_load *load);
static void profile_load(void *provider, struct cred_load *load);
static void web_identity_free(void *provider);

static const struct cred_provider_ops environment_ops = {
    .name = "web identity", .load = environment_load, .free = web_identity_free};

static const struct cred_provider_ops profile_ops = {
    .name = "profile's web identity", .load = profile_load, .free = web_identity_free};

static void web_identity_free(void *provider)
{
    struct cred_web_identity *self = provider;
    sts_free(self->sts);
    mem_free(self);
}

static void on_keys(enum dm_code code, const struct cred_keys *keys,
                    const struct dm_error *err, void *ctx)
{
    struct cred_web_identity *self = ctx;
    sts_free(DM_TAKE(self->sts));
    if (code)
        load_failed(self->load, err);
    else
        load_keys(self->load, self->ops->name, keys);
}

static enum dm_code fail(const struct cred_web_identity *self, const char *problem,
                         struct dm_error *err)
{
    return error_set(err, DM_E_CREDENTIALS, "%s: %s", self->ops->name, problem);
}

static enum dm_code read_token(const struct cred_web_identity *self,
                               const struct identity *identity,
                               struct secret_text *ret_text, struct dm_error *err)
{
    char *path = str_dup(identity->token_file); /* terminated */
    if (!path)
        return error_nomem(err);
    enum dm_code code =
        secret_file_read(self->ops->name, path, TOKEN_MAX, ret_text, NULL, err);
    mem_free(path);
    return code;
}

static enum dm_code ask(struct cred_web_identity *self, const struct identity *identity,
                        struct dm_error *err)
{
    DM_AUTO_DONE(secret_text) text = {0};
    if (str_empty(identity->role_arn))
        return fail(self, "there is a token's file, but no role's ARN", err);
    DM_TRY(read_token(self, identity, &text, err));
    struct sts_role role = {.role_arn = identity->role_arn,
                            .session_name = identity->session_name,
                            .web_identity_token =
                                str_trim((struct dm_str){text.ptr, text.len})};
    if (str_empty(role.web_identity_token))
        return fail(self, "the token's file is not there, or empty", err);
    DM_TRY(sts_new(self->sources, self->ops->name, &self->sts, err));
    sts_assume_role(self->sts, &role, NULL, on_keys, self);
    return DM_OK;
}

static void load_identity(struct cred_web_identity *self, const struct identity *identity,
                          struct cred_load *load)
{
    struct dm_error err = {0};
    self->load = load;
    if (str_empty(identity->token_file))
        load_absent(load);
    else if (ask(self, identity, &err))
        load_failed(load, &err);
}

static void environment_load(void *provider, struct cred_load *load)
{
    struct cred_web_identity *self = provider;
    const struct environment *environment = self->sources->environment;
    struct identity identity = {
        .token_file = environment_str(environment, "AWS_WEB_IDENTITY_TOKEN_FILE"),
        .role_arn = environment_str(environment, "AWS_ROLE_ARN"),
        .session_name = environment_str(environment, "AWS_ROLE_SESSION_NAME")};
    load_identity(self, &identity, load);
}

static void profile_load(void *provider, struct cred_load *load)
{
    struct cred_web_identity *self = provider;
    const struct profiles *profiles = self->sources->profiles;
    struct dm_str profile = profile_or_default(self->sources->profile);
    struct dm_error err = {0};
    if (profiles_refresh(self->sources->profiles, &err)) {
        load_failed(load, &err);
        return;
    }
    struct identity identity = {
        .token_file = profile_property(profiles, profile, "web_identity_token_file"),
        .role_arn = profile_property(profiles, profile, "role_arn"),
        .session_name = profile_property(profiles, profile, "role_session_name")};
    load_identity(self, &identity, load);
}

static enum dm_code make(const struct cred_sources *sources,
                         const struct cred_provider_ops *ops,
                         struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_web_identity *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->sources = sources;
    self->ops = ops;
    *ret_provider = (struct cred_provider){ops, self};
    return DM_OK;
}

enum dm_code cred_web_identity_new(const struct cred_sources *sources,
                                   struct cred_provider *ret_provider,
                                   struct dm_error *err)
{
    return make(sources, &environment_ops, ret_provider, err);
}

enum dm_code cred_profile_web_identity_new(const struct cred_sources *sources,
                                           struct cred_provider *ret_provider,
                                           struct dm_error *err)
{
    return make(sources, &profile_ops, ret_provider, err);
}
