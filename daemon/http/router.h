/* The addresses that are served: one table. */
#ifndef DYNAMOD_DAEMON_HTTP_ROUTER_H
#define DYNAMOD_DAEMON_HTTP_ROUTER_H

#include "daemon/http/parameters.h"
#include "daemon/http/target.h"

struct exchange;

/* Sets of them are sums. */
enum method {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_PUT = 8,
    METHOD_PATCH = 16,
    METHOD_DELETE = 32,
    METHOD_OPTIONS = 64,
    METHOD_OTHER = 128
};

/* Answers (reply_*) or begins a call (exchange->call); a failure is answered by the
 * caller. */
typedef enum dm_code (*route_fn)(struct exchange *exchange, struct dm_error *err);

/*
 * A pattern is literal segments and placeholders. {model} and {index} stand for names, up
 * to a `:` or `@` that the pattern itself goes on with; the others for any segment.
 */
struct route {
    const char *pattern;
    unsigned methods;
    bool needs_app;      /* served at / for the default app, at /apps/{app}/ for any */
    unsigned offered;    /* representations; 0: it is no matter of Accept */
    unsigned parameters; /* a set of enum parameter */
    unsigned contents;   /* a set of enum content: what the body may be; 0: takes none */
    size_t body_max;
    route_fn handle;
    const char *operation; /* "queryIndex": what OpenAPI names it, before the model */
    const char *summary;   /* one line, for people */
};

/* The addresses of one listener. */
struct route_table {
    const struct route *routes;
    size_t count;
    size_t open_count; /* the first so many of the admin's ask nobody who they are */
    const char *hint;  /* told where none of them is meant; NULL: none */
};

/* Those of the apps: what OpenAPI is made from, too. Static. */
const struct route_table *router_rest(void);

/* What stood for the placeholders; ptr NULL where there is none. Lent by the target. */
struct route_values {
    struct dm_str app, model, index, hash, range;
};

/* METHOD_OTHER when it is none of the known ones. */
unsigned router_method(const char *name);

/* "GET"; "other" for METHOD_OTHER, "" for 0. Static. */
const char *router_method_name(unsigned method);

/* "GET, HEAD, OPTIONS". Returns its length; all methods together fit in 64 bytes. */
size_t router_methods_text(unsigned methods, char *text, size_t size);

/*
 * The route of that path. *ret_allow is also set on PROBLEM_METHOD_NOT_ALLOWED, and is
 * the answer to OPTIONS, which finds any route of its path. PROBLEM_ROUTE_NOT_FOUND.
 */
DM_MUST_USE enum dm_code router_find(const struct route_table *table,
                                     const struct target *target, unsigned method,
                                     const struct route **ret_route,
                                     struct route_values *ret_values, unsigned *ret_allow,
                                     struct dm_error *err);

#endif
