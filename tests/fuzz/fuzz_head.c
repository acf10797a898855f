/* Header fields, a line each, "name: value": what reads them takes them or says why not;
 * what it chooses was offered. */
#include "base/str.h"
#include "base/utf8.h"
#include "daemon/auth/bearer.h"
#include "daemon/http/accept.h"
#include "daemon/http/content.h"
#include "daemon/http/cors.h"
#include "daemon/http/head.h"
#include "daemon/http/host_list.h"
#include "daemon/http/idempotency_key.h"
#include "daemon/http/precondition.h"
#include "daemon/http/preference.h"
#include "daemon/http/problem.h"
#include "daemon/http/traceparent.h"
#include "fuzz.h"

enum { OFFERED_ALL = OFFER_PLAIN | OFFER_TYPED | OFFER_HTML, CONTENT_ALL = 63 };

static bool is_refused(enum dm_code code, const struct dm_error *err)
{
    if (!code)
        return false;
    unsigned status = problem_status(code);
    fuzz_check(err->code == code && status >= 400 && status < 500);
    fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
    return true;
}

static void check_frame(const struct head *head)
{
    struct dm_error err = {0};
    bool refused = is_refused(head_check(head, &err), &err);
    if (!refused && !is_refused(head_check_length(head, 4096, &err), &err))
        fuzz_check(!head->content_length.count || !head->transfer_encoding.count);
}

static void check_choices(const struct head *head)
{
    struct dm_error err = {0};
    enum representation chosen;
    enum content content;
    for (unsigned offered = 1; offered <= OFFERED_ALL; offered++)
        if (!is_refused(accept_choose(head->accept.value, offered, &chosen, &err), &err))
            fuzz_check(offered & 1u << chosen);
    for (unsigned taken = 1; taken <= CONTENT_ALL; taken = taken * 2 + 1)
        if (!is_refused(content_choose(head, taken, &content, &err), &err))
            fuzz_check(taken & content);
}

static void check_key(const struct head *head)
{
    struct dm_error err = {0};
    struct dm_str key = {NULL, 0};
    if (is_refused(idempotency_key_read(head, &key, &err), &err))
        return;
    fuzz_check(key.len <= IDEMPOTENCY_KEY_MAX &&
               (key.len || !head->idempotency_key.count));
    for (size_t i = 0; i < key.len; i++)
        fuzz_check(key.ptr[i] > ' ' && key.ptr[i] <= '~');
}

/* A tag that no header can hold is never named: but a `*` names all. */
static void check_tags(const struct head *head)
{
    struct head without = {.host = head->host};
    precondition_check(head, STR("\"tag\""));
    precondition_check(head, STR("\"v5-\""));
    fuzz_check(precondition_check(&without, STR("\"tag\"")) == PRECONDITION_MET);
}

static void check_trace(const struct head *head)
{
    static const char hex[] = "0123456789abcdef";
    struct dm_str text = head->traceparent.value;
    if (!traceparent_valid(text))
        return;
    fuzz_check(text.len >= 55 && text.ptr[2] == '-' && text.ptr[35] == '-');
    for (size_t i = 3; i < 35; i++)
        fuzz_check(memchr(hex, text.ptr[i], 16));
}

/* RFC 6750 section 2.1. */
static void check_bearer(const struct head *head)
{
    struct dm_str token = {NULL, 0}, value = head->authorization.value;
    if (!bearer_parse(value, &token))
        return;
    fuzz_check(token.len > 0 && token.ptr + token.len <= value.ptr + value.len);
    for (size_t i = 0; i < token.len; i++)
        fuzz_check(token.ptr[i] > ' ' && token.ptr[i] <= '~');
}

/* What is a name is one when it is written so, and is known where any is. */
static void check_host(const struct head *head)
{
    char name[HOST_NAME_MAX_LEN + 1], again[HOST_NAME_MAX_LEN + 1];
    struct host_memory memory = {.len = 0};
    enum host_verdict verdict = host_judge(NULL, &memory, head->host.value);
    fuzz_check(verdict != HOST_FOREIGN);
    if (!host_normalize(head->host.value, name))
        return;
    fuzz_check(verdict == HOST_KNOWN);
    bool dotted = name[0] && name[strlen(name) - 1] == '.'; /* "a..": of two, one goes */
    fuzz_check(host_normalize(dm_str(name), again));
    fuzz_check(dotted || strcmp(name, again) == 0);
}

/* Never an origin that is not named. */
static void check_origin(const struct head *head)
{
    struct dm_str named = STR("https://a.example");
    struct cors_config config = {.origins = {&named, 1}};
    const char *allowed = cors_allow_origin(&config, &head->origin);
    fuzz_check(!allowed || strcmp(allowed, named.ptr) == 0);
    fuzz_check(!allowed || str_equal(head->origin.value, named));
}

static bool add_lines(struct head *head, struct dm_str text, struct arena *arena)
{
    while (text.ptr) {
        struct dm_str value = str_split(&text, '\n'), name = str_split(&value, ':');
        if (!value.ptr)
            value = (struct dm_str){"", 0};
        while (value.len && value.ptr[0] == ' ')
            value = (struct dm_str){value.ptr + 1, value.len - 1};
        if (head_add(head, name, value, arena, NULL))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct head head = {.size = len};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!add_lines(&head, fuzz_text(bytes, len), &arena))
        return 0;
    struct preferences prefer = preferences_read(head.prefer.value);
    fuzz_check(preferences_applied(&prefer, true) && preferences_applied(&prefer, false));
    check_frame(&head);
    check_choices(&head);
    check_key(&head);
    check_tags(&head);
    check_trace(&head);
    check_bearer(&head);
    check_host(&head);
    check_origin(&head);
    return 0;
}
