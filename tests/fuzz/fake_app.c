/* The app before a script. */
#include "fake_app.h"

#include <sanitizer/lsan_interface.h>
#include <unistd.h>

#include "base/utf8.h"
#include "fake_http.h"
#include "fuzz.h"

/* A call has ten seconds. */
enum { STEP_MS = 50, STEPS_MAX = 400 };

static const char file_text[] =
    "default = true; token_secret = \"0123456789abcdef\";\n"
    "dynamodb = { region = \"local\"; host = \"http://127.0.0.1:1\";\n"
    "  aws_access_key_id = \"AKID\"; aws_secret_access_key = \"secret\"; };\n"
    "models = {\n"
    "  todo = { hash_key = { name = \"id\"; template = \"T#{}\"; }; range_key = \"at\";\n"
    "    attributes = { at = \"N\"; status = \"S\"; tags = \"SS\"; doc = \"json\";\n"
    "      created = \"utc_datetime\"; expires = \"ttl\"; rev = \"version\"; };\n"
    "    indexes = { by_status = { hash_key = \"status\"; range_key = \"at\"; }; };\n"
    "    defaults = { status = \"open\"; }; allow = [ \"read\", \"write\" ]; };\n"
    "  note = { hash_key = \"id\"; attributes = { id = \"S\"; };\n"
    "    allow = [ \"read\", \"write\" ]; };\n"
    "  bare = { allow = [ \"read\", \"write\" ]; };\n"
    "};\n";

static const char *no_variable(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_EC2_METADATA_DISABLED") ? NULL : "true";
}

static const struct environment no_environment = {no_variable};

static struct app_config *config;

static void drop_config(void)
{
    app_config_unref(config);
}

/* Read once: it never changes. */
static struct app_config *config_of_all(void)
{
    char path[] = "/tmp/dynamod-fuzz-XXXXXX";
    struct dm_error err = {0};
    if (config)
        return config;
    int fd = mkstemp(path);
    fuzz_check(fd >= 0 && write(fd, file_text, sizeof file_text - 1) > 0);
    close(fd);
    __lsan_disable(); /* what it holds hangs on secret memory, which is not searched */
    if (app_config_load(path, &no_environment, &config, &err))
        fprintf(stderr, "%s\n", err.message);
    __lsan_enable();
    unlink(path);
    fuzz_check(config);
    atexit(drop_config);
    return config;
}

static int64_t now_ms(const struct clock *clock)
{
    return ((const struct fake_time *)(const void *)clock)->now_ms;
}

void fake_app_open(struct fake_app *fake, struct dm_str script)
{
    struct dm_error err = {0};
    *fake = (struct fake_app){
        .time = {.clock = {.monotonic_ms = now_ms, .wall_ms = now_ms}, .now_ms = 1000}};
    fake_http_script(script);
    fuzz_check(loop_new(&fake->time.clock, &fake->loop, &err) == DM_OK);
    fuzz_check(app_new(config_of_all(), fake->loop, &no_environment, &fake->app, &err) ==
               DM_OK);
}

void fake_app_close(struct fake_app *fake)
{
    dm_app_free(fake->app);
    dm_loop_free(fake->loop);
}

void fake_app_wait(struct fake_app *fake, const bool *ended)
{
    struct dm_error err = {0};
    for (unsigned step = 0; !*ended; step++) {
        unsigned before = fake_http_requests();
        fuzz_check(step < STEPS_MAX);
        fuzz_check(dm_loop_turn(fake->loop, 0, &err) == DM_OK);
        if (fake_http_requests() == before)
            fake->time.now_ms += STEP_MS;
    }
}

void fake_app_check_failure(enum dm_code code, const struct dm_error *err)
{
    fuzz_check(code && err && err->code == code && code < DM_E_CODE_COUNT);
    fuzz_check(code != DM_E_INTERNAL && err->message[0]);
    fuzz_check(utf8_valid(dm_str(err->message)) && utf8_valid(dm_str(err->hint)));
    fuzz_check(utf8_valid(dm_str(err->upstream_type)));
}
