/* The apps of one thread. */
#include "daemon/service.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/config.h"
#include "net/loop.h"

enum dm_code service_init(struct service *service, const struct config *config,
                          const struct route_table *routes, struct dm_loop *loop,
                          struct dm_error *err)
{
    *service = (struct service){
        .loop = loop,
        .clock = loop_clock(loop),
        .routes = routes,
        .request_timeout_ms = config->request_timeout_ms,
    };
    DM_TRY(request_ids_init(&service->ids, err));
    return etag_maker_new(&service->etags, err);
}

enum dm_code service_run_apps(struct service *service, const struct config *config,
                              const struct environment *environment, struct dm_error *err)
{
    service->apps = mem_new(config->app_count * sizeof(struct dm_app *));
    service->documents = mem_new(2 * config->app_count * sizeof *service->documents);
    if (!service->apps || !service->documents)
        return error_nomem(err);

    for (; service->app_count < config->app_count; service->app_count++)
        DM_TRY(app_new(config->apps[service->app_count], service->loop, environment,
                       &service->apps[service->app_count], err));
    if (config->default_app < config->app_count)
        service->default_app = service->apps[config->default_app];
    return DM_OK;
}

void service_done(struct service *service)
{
    loop_task_cancel(&service->pages.task);
    for (size_t i = 0; i < service->app_count; i++)
        dm_app_free(service->apps[i]);
    for (size_t i = 0; i < 2 * service->app_count; i++)
        kept_document_done(&service->documents[i]);
    mem_free(service->apps);
    mem_free(service->documents);
    etag_maker_free(service->etags);
    *service = (struct service){.loop = NULL};
}

struct dm_app *service_app(const struct service *service, struct dm_str name)
{
    for (size_t i = 0; i < service->app_count; i++)
        if (str_equal(name, dm_str(dm_app_name(service->apps[i]))))
            return service->apps[i];
    return NULL;
}

struct kept_document *service_document(struct service *service, const struct dm_app *app,
                                       bool is_named)
{
    size_t i = 0;
    while (service->apps[i] != app)
        i++;
    return &service->documents[2 * i + is_named];
}
