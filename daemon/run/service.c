/* The service's sites. */
#include "daemon/run/service.h"

#include "base/error.h"
#include "daemon/http/exchange.h"
#include "net/loop.h"

enum dm_code service_init(struct service *service, const struct route_table *routes,
                          struct dm_loop *loop, struct dm_error *err)
{
    *service = (struct service){
        .loop = loop,
        .clock = loop_clock(loop),
        .routes = routes,
        .spare_max = SPARE_EXCHANGES,
    };
    limiter_init(&service->limiter);
    DM_TRY(request_ids_init(&service->ids, err));
    DM_TRY(refusals_init(&service->refusals, err));
    return etag_maker_new(&service->etags, err);
}

void service_done(struct service *service)
{
    exchange_drop_spare(service);
    refusals_done(&service->refusals);
    loop_task_cancel(&service->pages.task);
    loop_task_cancel(&service->sweep);
    while (service->sites) {
        struct site *site = service->sites;
        service->sites = site->next;
        site_free(site);
    }
    limiter_done(&service->limiter);
    etag_maker_free(service->etags);
    *service = (struct service){.loop = NULL};
}

static void sweep(void *ctx)
{
    struct service *service = ctx;
    for (struct site **link = &service->sites; *link;) {
        struct site *site = *link;
        if (site->references > 0) {
            link = &site->next;
            continue;
        }
        *link = site->next;
        site_free(site);
    }
}

void service_take_site(struct service *service, struct site *site)
{
    struct site *former = service->site;
    site->references = 1;
    site->next = service->sites;
    service->sites = service->site = site;
    if (former)
        service_leave_site(service, former);
}

struct site *service_enter_site(struct service *service)
{
    service->site->references++;
    return service->site;
}

/* Later: whoever leaves may be inside a callback of one of its apps. */
void service_leave_site(struct service *service, struct site *site)
{
    if (--site->references == 0)
        loop_post(service->loop, &service->sweep, sweep, service);
}
