/* dynamod: the command. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/heap.h"
#include "daemon/admin/ask.h"
#include "daemon/admin/metrics.h"
#include "daemon/auth/new_token.h"
#include "daemon/http/server.h"
#include "daemon/options.h"
#include "daemon/run/run.h"
#include "daemon/run/secrecy.h"

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2, TEXT_MAX = 1024 * 1024 };

static bool print(const struct dm_buf *text, FILE *stream)
{
    return !text->failed && fwrite(text->ptr, 1, text->len, stream) == text->len &&
           fflush(stream) == 0;
}

static int print_usage(FILE *stream)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, TEXT_MAX);
    options_write_usage(&text);
    return print(&text, stream) ? EXIT_GOOD : EXIT_BAD;
}

static int print_versions(void)
{
    printf("dynamod %s\nlibmicrohttpd %s\n", dm_version(), server_library_version());
    return EXIT_GOOD;
}

static int print_metrics(void)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, TEXT_MAX);
    metrics_document(&text);
    return print(&text, stdout) ? EXIT_GOOD : EXIT_BAD;
}

/* The token for its client, the digest for the app's file. */
static int print_new_token(void)
{
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {.code = DM_OK};
    buf_init(&text, TEXT_MAX);
    if (new_token_write(&text, &err) == DM_OK)
        return print(&text, stdout) ? EXIT_GOOD : EXIT_BAD;
    fprintf(stderr, "%s\n", err.message);
    return EXIT_BAD;
}

/* The configuration is not kept here: what a reload replaces has to end. */
static int serve(const char *path, struct config **config)
{
    struct dm_error err = {.code = DM_OK};
    secrecy_settle((*config)->core_dumps);
    log_set_level((*config)->log_level);
    enum dm_code code = log_start((*config)->log_format, &err);
    if (!code)
        code = run(path, DM_TAKE(*config), environment_process(), &err);
    if (code)
        log_text(LOG_ERROR, "%s", err.message);
    log_stop();
    return code ? EXIT_BAD : EXIT_GOOD;
}

static int test_or_serve(const struct options *options)
{
    struct dm_error err = {.code = DM_OK};
    DM_AUTO(config) *config = NULL;
    if (options->action == ACTION_SERVE) {
        secrecy_begin();
        run_hold_signals();
    }
    if (config_load(options->file, environment_process(), &config, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_BAD;
    }
    if (options->action == ACTION_SERVE)
        return serve(options->file, &config);
    printf("%s: ok\n", options->file);
    return EXIT_GOOD;
}

static enum dm_code find_admin(const struct options *options, struct address *ret_admin,
                               bool *ret_has_tls, struct dm_error *err)
{
    *ret_has_tls = false;
    if (options->admin)
        return address_parse(dm_str(options->admin), ret_admin)
                   ? DM_OK
                   : error_set(err, DM_E_CONFIG, "--admin: expected %s",
                               address_syntax());
    DM_AUTO(config) *config = NULL;
    DM_TRY(config_load_alone(options->file, &config, err));
    if (!config->has_admin)
        return error_set(err, DM_E_CONFIG, "%s: admin is \"\": there is nobody to ask",
                         options->file);
    *ret_admin = config->admin.address;
    *ret_has_tls = config->admin.has_tls;
    return DM_OK;
}

/* For HEALTHCHECK and its like: silent when all is well. */
static int check(const struct options *options, const char *path)
{
    struct dm_error err = {.code = DM_OK};
    struct address admin;
    bool has_tls;
    if (find_admin(options, &admin, &has_tls, &err) == DM_OK &&
        ask_admin(&admin, has_tls, path, &err) == DM_OK)
        return EXIT_GOOD;
    fprintf(stderr, "%s\n", err.message);
    return EXIT_BAD;
}

/* One that is closed would become the next descriptor: the log is no line to a socket. */
static void keep_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct options options;
    heap_keep_freed();
    keep_standard_streams();
    if (!options_read(argc, argv, &options)) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    switch (options.action) {
    case ACTION_SERVE:
    case ACTION_TEST:
        return test_or_serve(&options);
    case ACTION_CHECK_LIVE:
        return check(&options, "/live");
    case ACTION_CHECK_READY:
        return check(&options, "/ready");
    case ACTION_METRICS:
        return print_metrics();
    case ACTION_NEW_TOKEN:
        return print_new_token();
    case ACTION_VERSION:
        return print_versions();
    case ACTION_HELP:
        return print_usage(stdout);
    }
    return EXIT_USAGE;
}
