/* Request targets: the first byte is the method, then the target as it came. What is
 * taken is the same when it is encoded again, and so is the target of the next page; what
 * is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "daemon/http/percent.h"
#include "daemon/http/problem.h"
#include "daemon/http/router.h"
#include "fuzz.h"

static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                      "PATCH", "DELETE", "OPTIONS", "TRACE"};

static bool same_text(struct dm_str a, struct dm_str b)
{
    return str_equal(a, b) && utf8_valid(a) && a.ptr[a.len] == '\0';
}

static void check_segments(const struct target *a, const struct target *b)
{
    fuzz_check(a->segment_count == b->segment_count);
    fuzz_check(a->segment_count <= TARGET_MAX_SEGMENTS);
    for (size_t i = 0; i < a->segment_count; i++)
        fuzz_check(same_text(a->segments[i], b->segments[i]));
}

static void check_same(const struct target *a, const struct target *b)
{
    check_segments(a, b);
    fuzz_check(a->parameters.count == b->parameters.count);
    for (size_t i = 0; i < a->parameters.count; i++) {
        fuzz_check(same_text(a->parameters.at[i].name, b->parameters.at[i].name));
        fuzz_check(same_text(a->parameters.at[i].value, b->parameters.at[i].value));
    }
}

static void write_target(const struct target *target, struct dm_buf *out)
{
    for (size_t i = 0; i < target->segment_count; i++) {
        buf_add_char(out, '/');
        percent_encode(target->segments[i], out);
    }
    if (!target->segment_count)
        buf_add_char(out, '/');
    for (size_t i = 0; i < target->parameters.count; i++) {
        buf_add_char(out, i ? '&' : '?');
        percent_encode(target->parameters.at[i].name, out);
        buf_add_char(out, '=');
        percent_encode(target->parameters.at[i].value, out);
    }
}

static void check_written_again(const struct target *target, struct arena *arena)
{
    DM_AUTO_DONE(dm_buf) out;
    struct target again;
    buf_init(&out, FUZZ_MEMORY_MAX);
    write_target(target, &out);
    fuzz_check(!out.failed);
    if (out.len > TARGET_MAX)
        return;
    fuzz_check(target_parse(buf_str(&out), arena, &again, NULL) == DM_OK);
    check_same(target, &again);
}

static bool is_visible(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

/* All but `after` stays, and `after` is last and as given. */
static void check_next(struct dm_str raw, const struct target *target,
                       struct arena *arena)
{
    struct dm_str next;
    struct target again;
    if (target_next(raw, STR("A-z_9"), arena, &next, NULL))
        return;
    fuzz_check(is_visible(next));
    enum dm_code code = target_parse(next, arena, &again, NULL);
    if (target->parameters.count == PARAMETERS_MAX)
        return;
    fuzz_check(code == DM_OK && again.parameters.count > 0);
    check_segments(target, &again);
    const struct parameter_text *last = &again.parameters.at[again.parameters.count - 1];
    fuzz_check(str_equal(last->name, STR("after")));
    fuzz_check(str_equal(last->value, STR("A-z_9")));
}

static void check_refusal(enum dm_code code, const struct dm_error *err)
{
    unsigned status = problem_status(code);
    fuzz_check(err->code == code && status >= 400 && status < 500);
    fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
}

static void find(const struct target *target, unsigned method)
{
    const struct route *route = NULL;
    struct route_values values = {.app = {NULL, 0}};
    struct dm_error err = {0};
    unsigned allow = 0;
    enum dm_code code =
        router_find(router_rest(), target, method, &route, &values, &allow, &err);
    if (code) {
        check_refusal(code, &err);
        return;
    }
    char text[64];
    fuzz_check(route && (route->methods & method || method == METHOD_OPTIONS ||
                         (method == METHOD_HEAD && route->methods & METHOD_GET)));
    fuzz_check(router_methods_text(allow, text, sizeof text) < sizeof text);
    fuzz_check(!values.model.ptr || !memchr(values.model.ptr, '/', values.model.len) ||
               values.model.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct target target;
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!len)
        return 0;
    struct dm_str raw = fuzz_text(bytes + 1, len - 1);
    fuzz_check(is_visible(target_path(raw, &arena)));
    enum dm_code code = target_parse(raw, &arena, &target, &err);
    if (code) {
        check_refusal(code, &err);
        return 0;
    }
    check_written_again(&target, &arena);
    check_next(raw, &target, &arena);
    find(&target, router_method(methods[bytes[0] % DM_COUNT(methods)]));
    return 0;
}
