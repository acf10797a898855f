/* Credentials that a program prints: a profile's credential_process
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). */
#include "aws/providers.h"

#include "aws/cred_json.h"
#include "aws/profile.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/words.h"
#include "net/child.h"

enum { COMMAND_MAX = 16 * 1024, ARENA_MAX = 256 * 1024, TIMEOUT_MS = 60000 };

struct cred_process {
    const struct cred_sources *sources;
    struct cred_load *load;
    struct child *child; /* NULL: none runs */
};

static void process_load(void *provider, struct cred_load *load);
static void process_free(void *provider);

static const struct cred_provider_ops process_ops = {
    .name = "credential_process", .load = process_load, .free = process_free};

static enum dm_code fail(struct dm_error *err, const struct dm_error *problem)
{
    if (problem->code == DM_E_NOMEM)
        return error_nomem(err);
    return error_set(err, DM_E_CREDENTIALS, "%s: %s", process_ops.name, problem->message);
}

static enum dm_code check_version(const struct cred_json *json, struct dm_error *err)
{
    if (str_equal(json->version, STR("1")))
        return DM_OK;
    return error_set(err, DM_E_CREDENTIALS, "%s: its answer is not of Version 1",
                     process_ops.name);
}

static void answer(struct cred_load *load, struct dm_str output)
{
    struct dm_error err = {0};
    struct cred_json json;
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    if (cred_json_read(process_ops.name, output, &arena, &json, &err) ||
        check_version(&json, &err))
        load_failed(load, &err);
    else
        cred_json_answer(&json, process_ops.name, load);
    arena_wipe(&arena);
    arena_done(&arena);
}

static void process_ended(struct dm_str output, const struct dm_error *problem, void *ctx)
{
    struct cred_process *self = ctx;
    struct dm_error err = {0};
    self->child = NULL;
    if (!problem->code)
        answer(self->load, output);
    else if (fail(&err, problem))
        load_failed(self->load, &err);
}

static enum dm_code split(struct dm_str command, struct arena *arena, char ***ret_argv,
                          struct dm_error *err)
{
    if (command.len > COMMAND_MAX)
        return error_set(err, DM_E_INVALID, "longer than %d bytes", COMMAND_MAX);
    DM_TRY(words_split(command, arena, ret_argv, err));
    if (!**ret_argv)
        return error_set(err, DM_E_INVALID, "it is empty");
    return DM_OK;
}

static enum dm_code start(struct cred_process *self, struct dm_str command,
                          struct dm_error *err)
{
    struct dm_error problem = {0};
    char **argv = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    enum dm_code code = split(command, &arena, &argv, &problem);
    struct child_options options = {
        .argv = argv, .max_output = CRED_JSON_MAX, .timeout_ms = TIMEOUT_MS};
    if (!code)
        code = child_start(self->sources->loop, &options, process_ended, self,
                           &self->child, &problem);
    return code ? fail(err, &problem) : DM_OK;
}

static void process_load(void *provider, struct cred_load *load)
{
    struct cred_process *self = provider;
    const struct cred_sources *sources = self->sources;
    struct dm_error err = {0};
    if (profiles_refresh(sources->profiles, &err)) {
        load_failed(load, &err);
        return;
    }
    struct dm_str command = profile_property(
        sources->profiles, profile_or_default(sources->profile), "credential_process");
    self->load = load;
    if (!command.ptr)
        load_absent(load);
    else if (start(self, command, &err))
        load_failed(load, &err);
}

static void process_free(void *provider)
{
    struct cred_process *self = provider;
    child_free(self->child);
    mem_free(self);
}

enum dm_code cred_process_new(const struct cred_sources *sources,
                              struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_process *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->sources = sources;
    *ret_provider = (struct cred_provider){&process_ops, self};
    return DM_OK;
}
