/* How a profile's role is come by. */
#include "aws/role_plan.h"

#include "base/error.h"

enum { STEPS_MAX = 8 };

struct planner {
    const struct profiles *profiles;
    struct arena *arena;
    struct role_plan plan;
    size_t count;
    bool starved;
};

static struct dm_str property(struct planner *planner, struct dm_str profile,
                              const char *name)
{
    struct dm_str value = profile_property(planner->profiles, profile, name);
    if (!value.ptr)
        return value;
    value = arena_str(planner->arena, value);
    planner->starved |= !value.ptr;
    return value;
}

static bool has(const struct planner *planner, struct dm_str profile, const char *name)
{
    return profile_property(planner->profiles, profile, name).ptr;
}

static bool is_role(const struct planner *planner, struct dm_str profile)
{
    return has(planner, profile, "role_arn") &&
           !has(planner, profile, "web_identity_token_file");
}

static bool has_keys(const struct planner *planner, struct dm_str profile)
{
    return has(planner, profile, "aws_access_key_id") ||
           has(planner, profile, "aws_secret_access_key");
}

static bool visited(const struct planner *planner, struct dm_str profile)
{
    const struct role_step *step = planner->plan.steps;
    while (step && !str_equal(step->profile, profile))
        step = step->next;
    return step != NULL;
}

static enum dm_code fail(struct dm_error *err, struct dm_str profile, const char *problem)
{
    return error_set(err, DM_E_CREDENTIALS, "role: profile %.*s: %s",
                     (int)(profile.len < 64 ? profile.len : 64), profile.ptr, problem);
}

/* In seconds; what is no number botocore passes over, too. */
static struct dm_str duration(struct planner *planner, struct dm_str profile)
{
    size_t seconds = 0;
    struct dm_str text = property(planner, profile, "duration_seconds");
    return str_to_size(text, 999999, &seconds) ? text : (struct dm_str){NULL, 0};
}

/* In front: what is found last is assumed first. */
static enum dm_code add_step(struct planner *planner, struct dm_str profile,
                             struct dm_error *err)
{
    struct role_step *step = arena_new(planner->arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    *step = (struct role_step){
        .next = planner->plan.steps,
        .profile = profile,
        .role = {.role_arn = property(planner, profile, "role_arn"),
                 .session_name = property(planner, profile, "role_session_name"),
                 .external_id = property(planner, profile, "external_id"),
                 .duration_s = duration(planner, profile)}};
    planner->plan.steps = step;
    if (++planner->count > STEPS_MAX)
        return fail(err, profile, "more than 8 roles on the way");
    if (has(planner, profile, "mfa_serial"))
        return fail(err, profile, "mfa_serial needs a person");
    return planner->starved ? error_nomem(err) : DM_OK;
}

/* Where the profile says that its role's credentials come from. */
static enum dm_code find_source(struct planner *planner, struct dm_str profile,
                                struct dm_str *ret_next, struct dm_error *err)
{
    struct dm_str next = property(planner, profile, "source_profile");
    struct dm_str source = property(planner, profile, "credential_source");
    if (planner->starved)
        return error_nomem(err);
    if (!next.ptr == !source.ptr)
        return fail(err, profile,
                    next.ptr ? "both source_profile and credential_source"
                             : "role_arn without source_profile or credential_source");
    planner->plan.credential_source = source;
    if (next.ptr && !profiles_have(planner->profiles, next))
        return fail(err, profile, "its source_profile is nowhere");
    /* A profile may be its own source for the keys that it has. */
    bool itself = str_equal(next, profile) && has_keys(planner, profile);
    if (next.ptr && visited(planner, next) && !itself)
        return fail(err, profile, "its source_profile leads back to itself");
    *ret_next = next;
    return DM_OK;
}

static enum dm_code walk(struct planner *planner, struct dm_str profile,
                         struct dm_error *err)
{
    bool more = is_role(planner, profile);
    while (more) {
        DM_TRY(add_step(planner, profile, err));
        DM_TRY(find_source(planner, profile, &profile, err));
        planner->plan.source_profile = profile;
        more = profile.ptr && !has_keys(planner, profile) && is_role(planner, profile);
    }
    return DM_OK;
}

enum dm_code role_plan_make(const struct profiles *profiles, struct dm_str profile,
                            struct arena *arena, struct role_plan *ret_plan,
                            struct dm_error *err)
{
    struct planner planner = {.profiles = profiles, .arena = arena};
    DM_TRY(walk(&planner, profile, err));
    *ret_plan = planner.plan;
    return DM_OK;
}
