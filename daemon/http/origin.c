/* The request's Host, and whether it is ours. */
#include "daemon/http/origin.h"

#include "base/str.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"

/* A listener on a loopback address keeps to the list even where it only says what is
 * always on it. */
static const struct host_list *list_of(const struct exchange *exchange)
{
    const struct host_list *list = &exchange->site->config->allowed_hosts;
    switch (exchange->hosts) {
    case HOSTS_OF_LOOPBACK:
        return list;
    case HOSTS_OF_NETWORK:
        return list->is_set ? list : NULL;
    case HOSTS_OF_UNIX:
        return NULL;
    }
    return list;
}

static struct dm_str authority_of(const struct exchange *exchange)
{
    struct dm_str authority = target_authority(exchange->raw_target);
    return authority.ptr ? authority : exchange->head.host.value;
}

enum dm_code origin_check(struct exchange *exchange, struct dm_error *err)
{
    const struct host_list *list = list_of(exchange);
    struct site *site = exchange->site;
    struct host_memory *memory = list ? &site->hosts : &site->any_hosts;
    struct dm_str host = exchange->head.host.value, authority = authority_of(exchange);
    if (!exchange->head.host.count && authority.ptr == host.ptr)
        return DM_OK; /* HTTP/1.0, which no browser speaks */

    char name[HOST_NAME_MAX_LEN + 1];
    bool is_absolute = authority.ptr != host.ptr;
    enum host_verdict verdict = host_judge(list, memory, authority);
    if (verdict == HOST_MALFORMED ||
        (is_absolute && (!authority.len || !host_normalize(host, name))))
        return problem_set(err, PROBLEM_MALFORMED_REQUEST,
                           "Host is neither a name nor a name and a port");
    exchange->is_misdirected = verdict == HOST_FOREIGN;
    return DM_OK;
}

/* https://www.w3.org/TR/fetch-metadata/. A page reads no answer that it is not let, but
 * may see how its request went: whether a filter found anything, say. Who goes to an
 * address sees it for himself. */
static bool is_of_a_foreign_page(const struct exchange *exchange)
{
    const struct head *head = &exchange->head;
    bool is_foreign = str_equal(head->fetch_site.value, STR("cross-site")) ||
                      str_equal(head->fetch_site.value, STR("same-site"));
    bool goes_there = str_equal(head->fetch_dest.value, STR("document")) &&
                      exchange->method & (METHOD_GET | METHOD_HEAD);
    return is_foreign && !goes_there && exchange->method != METHOD_OPTIONS &&
           !cors_allow_origin(&exchange->site->config->cors, &head->origin);
}

static enum dm_code refuse_page(struct dm_error *err)
{
    error_set(err, DM_E_FORBIDDEN, "a page of another origin asks");
    error_hint(err, "cors.origins in dynamod.conf names those that may");
    return DM_E_FORBIDDEN;
}

static enum dm_code refuse_name(const struct exchange *exchange, struct dm_error *err)
{
    struct dm_str name = authority_of(exchange);
    problem_set(err, PROBLEM_MISDIRECTED_REQUEST, "this server is not \"%.*s\"",
                (int)(name.len < 256 ? name.len : 256), name.ptr);
    error_hint(err, "allowed_hosts in dynamod.conf names those that it is");
    return (enum dm_code)PROBLEM_MISDIRECTED_REQUEST;
}

enum dm_code origin_refuse(const struct exchange *exchange, struct dm_error *err)
{
    if (exchange->is_misdirected)
        return refuse_name(exchange, err);
    return is_of_a_foreign_page(exchange) ? refuse_page(err) : DM_OK;
}
