/*
 * The whole daemon in one thread: hostile clients before it, a hostile DynamoDB behind
 * it.
 *
 * An input is lines, each a step; \r, \n, \\ and \xHH stand for bytes in it.
 *
 *     c 0..2               the configuration, before all else
 *     0= GET /models/todo/1|Accept: x||BODY     client 0 sends a request
 *     0> BYTES             or bytes
 *     0/ N                 N bytes at a time from now on
 *     0h, 0x, 0p, 0r       says its end; closes; reads no more; reads again
 *     j 200 BODY           DynamoDB's next reply: a body
 *     u BYTES, U BYTES     or bytes; U: then it closes
 *     / N                  N bytes at a time
 *     w, g, G              it holds its replies; lets one go; all
 *     t N                  N milliseconds pass
 *     o 0..2               another configuration
 *     d                    the daemon drains
 *
 * At the end time passes until nothing is under way. Then every request that came whole
 * and was framed well has been answered, once, or its connection's last answer said so;
 * every connection is closed; no exchange and no request to DynamoDB is left; and all
 * memory is free. With FUZZ_SHOW=1 in the environment, what the clients got is shown.
 */
#include "base/str.h"
#include "daemon/caller.h"
#include "daemon/time.h"
#include "daemon/upstream.h"
#include "fuzz.h"

enum {
    CALLERS = 4,
    STEPS_MAX = 64,
    INPUT_MAX = 16 * 1024,
    TURNS_MAX = 20000, /* until all is quiet, or DynamoDB is asked for more */
    AWAITED_MAX = 200, /* of them, that wait for a writer */
    PASS_MAX_MS = 120000,
    END_STEPS = 60,
    END_STEP_MS = 2500,
    SHARED_MS = 20000 /* what outlives its clients: a table learnt, an entry refreshed */
};

struct play {
    struct world world;
    struct caller callers[CALLERS];
    bool drains;
};

static struct upstream upstream;

/* --- until all is quiet --- */

static bool turn_others(struct play *play)
{
    bool did = upstream_turn(&upstream);
    for (size_t i = 0; i < CALLERS; i++)
        did = caller_turn(&play->callers[i]) || did;
    return did;
}

/* A turn that finds nothing is not the end: the next may be given something to do. Pages
 * that come byte by byte take many; requests without end are libFuzzer's timeout. */
static void settle(void *ctx)
{
    struct play *play = ctx;
    unsigned quiet = 0, asked = upstream.requests;
    for (unsigned turns = 0; quiet < 3; turns++) {
        if (upstream.requests != asked)
            turns = 0;
        asked = upstream.requests;
        fuzz_check(turns < TURNS_MAX);
        world_turn(&play->world);
        bool did = turn_others(play) || world_has_work(&play->world);
        quiet = did ? 0 : quiet + 1;
        if (quiet && world_waits_for_a_writer(&play->world)) {
            world_await_writer(&play->world);
            if (turns > TURNS_MAX / 2) /* for time, then: a write that is tried again */
                time_pass(10);
            quiet = 0;
            turns += TURNS_MAX / AWAITED_MAX;
        }
    }
}

static void pass(struct play *play, int64_t ms)
{
    time_pass(ms);
    settle(play);
}

/* --- steps --- */

static int hex_digit(char c)
{
    const char *at = c ? strchr("0123456789abcdef", c) : NULL;
    return at ? (int)(at - "0123456789abcdef") : -1;
}

/* In place. */
static struct dm_str unescape(char *text, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i], next = i + 1 < len ? text[i + 1] : '\0';
        if (c == '\\' && next == 'x' && i + 3 < len && hex_digit(text[i + 2]) >= 0 &&
            hex_digit(text[i + 3]) >= 0) {
            c = (char)(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
            i += 3;
        } else if (c == '\\' && next && strchr("rn\\", next)) {
            c = next == 'r' ? '\r' : next == 'n' ? '\n' : '\\';
            i++;
        }
        text[out++] = c;
    }
    return (struct dm_str){text, out};
}

static size_t number_of(struct dm_str text, size_t max)
{
    size_t number = 0;
    return str_to_size(text, max, &number) ? number : 1;
}

static void step_caller(struct play *play, struct caller *caller, char what,
                        struct dm_str text)
{
    if (what == '/') {
        caller->piece = number_of(text, INPUT_MAX);
        return;
    }
    caller_connect(caller, &play->world);
    switch (what) {
    case '=':
        caller_request(caller, text, settle, play);
        break;
    case '>':
        caller_send(caller, text, settle, play);
        break;
    case 'h':
        caller_end(caller);
        break;
    case 'x':
        caller_leave(caller);
        break;
    case 'p':
    case 'r':
        caller->is_paused = what == 'p';
        break;
    default:
        break;
    }
}

static void step_other(struct play *play, char what, struct dm_str text)
{
    switch (what) {
    case 'j':
        upstream_script_body(&upstream, text);
        return;
    case 'u':
    case 'U':
        upstream_script(&upstream, text, what == 'U');
        return;
    case '/':
        upstream.piece = number_of(text, INPUT_MAX);
        return;
    case 'w':
    case 'G':
        upstream.holds = what == 'w';
        break;
    case 'g':
        upstream_release(&upstream);
        break;
    case 't':
        time_pass((int64_t)number_of(text, PASS_MAX_MS));
        break;
    case 'o':
        world_reload(&play->world, (unsigned)number_of(text, 9));
        break;
    case 'd':
        play->drains = true;
        server_drain(play->world.server);
        break;
    default:
        return;
    }
}

/* "0= …" and "j …": the space may be missing. */
static void step(struct play *play, char *line, size_t len)
{
    bool is_caller = len >= 2 && line[0] >= '0' && line[0] < '0' + CALLERS;
    size_t begin = is_caller ? 2 : 1;
    if (!len)
        return;
    if (begin < len && line[begin] == ' ')
        begin++;
    struct dm_str text = unescape(line + begin, begin < len ? len - begin : 0);
    if (is_caller)
        step_caller(play, &play->callers[line[0] - '0'], line[1], text);
    else
        step_other(play, line[0], text);
    settle(play);
}

static void play_steps(struct play *play, char *bytes, size_t len)
{
    for (unsigned steps = 0; len && steps < STEPS_MAX; steps++) {
        char *end = memchr(bytes, '\n', len);
        size_t size = end ? (size_t)(end - bytes) : len;
        step(play, bytes, size);
        bytes += size + (end != NULL);
        len -= size + (end != NULL);
    }
}

/* --- the end --- */

/* Long enough for every timeout, a step at a time, so that what follows from one has the
 * next. */
static void play_to_the_end(struct play *play)
{
    upstream.holds = false;
    upstream.piece = 0;
    for (size_t i = 0; i < CALLERS; i++)
        play->callers[i].is_paused = false;
    settle(play);
    for (unsigned i = 0; i < END_STEPS && server_connections(play->world.server); i++)
        pass(play, END_STEP_MS);
    pass(play, SHARED_MS + 1);
    world_check_rest(&play->world);
}

static void show(const struct play *play)
{
    for (size_t i = 0; i < CALLERS; i++)
        fprintf(stderr, "--- client %zu\n%.*s\n", i,
                STR_ARG(buf_str(&play->callers[i].in)));
}

static void check_callers(const struct play *play)
{
    uint64_t answered = 0;
    for (size_t i = 0; i < CALLERS; i++) {
        caller_check_end(&play->callers[i]);
        answered += play->callers[i].answered;
    }
    fuzz_check(world_requests(&play->world) >= answered);
}

static void run(char *bytes, size_t len)
{
    struct play play = {.drains = false};
    unsigned config = len >= 3 && bytes[0] == 'c' ? (unsigned char)bytes[2] : 0;
    for (size_t i = 0; i < CALLERS; i++)
        play.callers[i].fd = -1;
    time_freeze();
    world_open(&play.world, config % WORLD_CONFIGS);
    play_steps(&play, bytes, len);
    play_to_the_end(&play);
    if (getenv("FUZZ_SHOW"))
        show(&play);
    check_callers(&play);
    for (size_t i = 0; i < CALLERS; i++)
        caller_reset(&play.callers[i]);
    world_close(&play.world);
    upstream_reset(&upstream);
    time_thaw();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static bool is_prepared;
    static char copy[INPUT_MAX];
    if (len > INPUT_MAX)
        return 0;
    if (!is_prepared) {
        is_prepared = true;
        world_prepare();
        upstream_open(&upstream, world_upstream_path());
    }
    if (len)
        memcpy(copy, bytes, len);
    run(copy, len);
    return 0;
}
