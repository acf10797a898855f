/* An exchange, as a record of the access log. */
#include "daemon/log/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/http/exchange.h"
#include "daemon/log/access_format.h"
#include "daemon/log/access_log.h"

/* "unix:", as nginx has it, of whoever has no address. */
static struct dm_str address_text(const struct sockaddr *address,
                                  char text[INET6_ADDRSTRLEN])
{
    const void *bytes = NULL;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (!bytes || !inet_ntop(address->sa_family, bytes, text, INET6_ADDRSTRLEN))
        return STR("unix:");
    return dm_str(text);
}

void access_tell(const struct exchange *exchange, const struct sockaddr *address)
{
    const struct service *service = exchange->service;
    const struct route *route = exchange->route;
    char remote_addr[INET6_ADDRSTRLEN];
    struct access_record record = {
        .wall_ms = clock_wall_ms(service->clock),
        .remote_addr = address_text(address, remote_addr),
        .method = dm_str(router_method_name(exchange->method)),
        .target = exchange->raw_target,
        .protocol = exchange->head.is_http_1_0 ? STR("HTTP/1.0") : STR("HTTP/1.1"),
        .request_id = dm_str(exchange->request_id),
        .app = dm_str(exchange_app_name(exchange)),
        .model = dm_str(exchange_model_name(exchange)),
        .operation = dm_str(route ? route->operation : NULL),
        .problem = dm_str(exchange->reply.problem),
        .principal = exchange->principal ? exchange->principal->name : STR(""),
        .status = exchange->reply.status,
        .body_bytes = exchange->reply.sent_bytes,
        .total_us = clock_monotonic_us(service->clock) - exchange->started_us,
        .upstream_us = exchange->cost.upstream_us,
    };
    access_log_add(service->access, &record);
}
