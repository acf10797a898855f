/* Authentication. */
#include "daemon/auth/authenticate.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/admin/admin.h"
#include "daemon/auth/bearer.h"
#include "daemon/auth/refusals.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"

/* RFC 6750 section 3. */
static const char challenge[] = "Bearer realm=\"dynamod\"";
static const char challenge_again[] = "Bearer realm=\"dynamod\", error=\"invalid_token\"";

/* --- who is to be asked --- */

static bool site_asks(const struct site *site)
{
    for (size_t i = 0; i < site->app_count; i++)
        if (auth_config_asks(app_auth(site->apps[i]->app)))
            return true;
    return false;
}

/* /live and /ready are for probes, which know nobody's name. */
static bool admin_asks(const struct exchange *exchange)
{
    const struct route_table *table = exchange->service->routes;
    return exchange->route >= table->routes + table->open_count &&
           (exchange->site->config->admin_is_closed ||
            auth_config_asks(&exchange->site->config->admin_auth));
}

/* Browsers ask so before they show anything, and are told nothing but methods. */
static bool is_preflight(const struct exchange *exchange)
{
    const struct head *head = &exchange->head;
    return exchange->method == METHOD_OPTIONS && head->origin.count &&
           head->request_method.count && exchange->site->config->cors.origins.count;
}

/* By its address; whether there is such an app or not. */
static bool is_of_app(const struct exchange *exchange)
{
    return exchange->route->needs_app || exchange->values.app.ptr;
}

static bool asks(const struct exchange *exchange)
{
    if (exchange->service->admin)
        return admin_asks(exchange);
    if (is_preflight(exchange))
        return false;
    if (exchange->app && is_of_app(exchange))
        return auth_config_asks(app_auth(exchange->app));
    return site_asks(exchange->site);
}

/* --- what it shows --- */

static enum dm_code refuse(struct exchange *exchange, enum refusal refusal,
                           struct dm_error *err)
{
    bool was_shown = refusal != REFUSAL_MISSING;
    refusals_add(&exchange->service->refusals, exchange, refusal);
    exchange->reply.challenge = was_shown ? challenge_again : challenge;
    return problem_set(err, PROBLEM_UNAUTHORIZED,
                       was_shown ? "what this request shows of its caller is not known"
                                 : "this request does not show who asks");
}

/* Before anything is computed for it. */
static enum dm_code check_strikes(struct exchange *exchange, struct dm_error *err)
{
    struct refusals *refusals = &exchange->service->refusals;
    if (!exchange->peer)
        return DM_OK;
    int64_t wait_ms = strikes_wait_ms(
        &refusals->strikes, exchange->peer, exchange->site->config->max_auth_failures,
        clock_monotonic_us(exchange->service->clock) / 1000);
    if (!wait_ms)
        return DM_OK;
    refusals_add(refusals, exchange, REFUSAL_TOO_MANY);
    problem_set(err, PROBLEM_RATE_LIMITED, "too many wrong tokens came from there");
    err->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
    return (enum dm_code)PROBLEM_RATE_LIMITED;
}

static enum dm_code read_token(struct exchange *exchange, struct evidence *evidence,
                               struct dm_error *err)
{
    const struct head_field *field = &exchange->head.authorization;
    struct dm_str token;
    if (!field->count)
        return DM_OK;
    DM_TRY(check_strikes(exchange, err));
    if (field->count > 1) {
        refusals_add(&exchange->service->refusals, exchange, REFUSAL_MALFORMED);
        return problem_set(err, PROBLEM_MALFORMED_REQUEST,
                           "there is more than one Authorization header");
    }
    if (!bearer_parse(field->value, &token))
        return refuse(exchange, REFUSAL_MALFORMED, err);
    evidence->has_token = true;
    return digest_make(token, &evidence->token, err);
}

/* --- who it is --- */

/* Of a request that is of no app, or of one that there is not: whether anybody knows it.
 */
static bool is_known(const struct exchange *exchange)
{
    const struct site *site = exchange->site;
    for (size_t i = 0; i < site->app_count; i++)
        if (principal_find(app_auth(site->apps[i]->app), exchange->evidence))
            return true;
    return false;
}

/* An app that there is not knows nobody. */
static bool is_admitted(struct exchange *exchange)
{
    if (exchange->service->admin)
        exchange->principal =
            principal_find(&exchange->site->config->admin_auth, exchange->evidence);
    else if (exchange->app && is_of_app(exchange))
        exchange->principal = principal_find(app_auth(exchange->app), exchange->evidence);
    else
        return !exchange->values.app.ptr && is_known(exchange);
    return exchange->principal != NULL;
}

/* A list of apps is good for whoever may see one of them. */
static bool sees_any(const struct exchange *exchange)
{
    const struct site *site = exchange->site;
    for (size_t i = 0; i < site->app_count; i++)
        if (!auth_config_asks(app_auth(site->apps[i]->app)))
            return !exchange->service->admin && !is_of_app(exchange) &&
                   !exchange->evidence->has_token;
    return false;
}

enum dm_code authenticate(struct exchange *exchange, struct dm_error *err)
{
    if (!asks(exchange))
        return DM_OK;
    struct evidence *evidence = arena_new(&exchange->arena, sizeof *evidence);
    if (!evidence)
        return error_nomem(err);
    evidence->peer = exchange->peer;
    exchange->evidence = evidence;
    DM_TRY(read_token(exchange, evidence, err));
    if (is_admitted(exchange) || sees_any(exchange))
        return DM_OK;
    return refuse(exchange, evidence->has_token ? REFUSAL_WRONG : REFUSAL_MISSING, err);
}

bool authenticate_for(const struct exchange *exchange, const struct dm_app *app,
                      const struct principal **ret_principal)
{
    const struct auth_config *config = app_auth(app);
    *ret_principal = NULL;
    if (!auth_config_asks(config))
        return true;
    if (exchange->evidence)
        *ret_principal = principal_find(config, exchange->evidence);
    return *ret_principal != NULL;
}
