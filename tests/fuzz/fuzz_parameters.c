/* Parameters: the first byte names a route, its second bit says whether the client is
 * lenient, then a query. What is taken is of the route's set and in bounds; what is
 * refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "daemon/http/form.h"
#include "daemon/http/problem.h"
#include "daemon/http/raw.h"
#include "daemon/http/router.h"
#include "expr/projection.h"
#include "fuzz.h"

static void check_refusal(enum dm_code code, const struct dm_error *err)
{
    fuzz_check(err->code == code && problem_status(code) == 400);
    fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
}

static void check_taken(const struct parameters *read, const struct parameter_list *list,
                        unsigned taken)
{
    fuzz_check((read->given & ~taken) == 0);
    fuzz_check(read->filter_count <= list->count);
    fuzz_check(!read->filter_count || taken & PARAMETER_FILTERS);
    fuzz_check(parameters_check(read, taken, NULL) == DM_OK);
    fuzz_check(!(read->given & PARAMETER_LIMIT) || read->limit >= 1);
    fuzz_check(!(read->count && read->limit));
    fuzz_check(!(read->raw.ptr && read->attributes_to_get.ptr));
}

static void check_raw(struct dm_str text, struct arena *arena)
{
    struct raw raw;
    struct dm_error err = {0};
    enum dm_code code = raw_parse(text, arena, &raw, &err);
    if (code) {
        check_refusal(code, &err);
        return;
    }
    struct projection projection;
    fuzz_check(raw.path.count > 0);
    fuzz_check(projection_parse(raw.attributes_to_get, arena, &projection, NULL) ==
               DM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct percent_text kind = {PROBLEM_INVALID_QUERY, "query", true};
    DM_AUTO_DONE(arena) arena;
    struct parameter_list list = {.count = 0};
    struct parameters read;
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!len)
        return 0;
    if (form_read(&kind, fuzz_text(bytes + 1, len - 1), &arena, &list, NULL))
        return 0;
    const struct route_table *table = router_rest();
    unsigned taken = table->routes[bytes[0] / 2 % table->count].parameters;
    enum dm_code code = parameters_read(&list, taken, bytes[0] % 2, &arena, &read, &err);
    if (code) {
        check_refusal(code, &err);
        return 0;
    }
    check_taken(&read, &list, taken);
    if (read.raw.ptr)
        check_raw(read.raw, &arena);
    return 0;
}
