/* dynamod: the command. */
#include <stdio.h>
#include <unistd.h>

#include "daemon/metrics.h"
#include "daemon/run.h"
#include "daemon/server.h"

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: dynamod [-c FILE] [-t] [-M] [-V] [-h]\n"
    "  -c FILE  the configuration; otherwise /etc/dynamod/dynamod.conf\n"
    "  -t       check the configuration and every app's, and exit\n"
    "  -M       print the table of metrics, in Markdown, and exit\n"
    "  -V       print versions, and exit\n"
    "  -h       print this, and exit\n"
    "\n"
    "SIGTERM and SIGINT: answer what is under way, then exit; a second one stops at "
    "once.\n"
    "Exit status: 0 ended as told, 1 the configuration is wrong or something failed,\n"
    "2 wrong usage.\n";

struct options {
    const char *file;
    bool check_only, print_metrics, print_versions, print_help;
};

static bool parse_options(int argc, char **argv, struct options *options)
{
    int option;
    while ((option = getopt(argc, argv, "c:tMVh")) != -1) {
        switch (option) {
        case 'c':
            options->file = optarg;
            break;
        case 't':
            options->check_only = true;
            break;
        case 'M':
            options->print_metrics = true;
            break;
        case 'V':
            options->print_versions = true;
            break;
        case 'h':
            options->print_help = true;
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

static int print_versions(void)
{
    printf("dynamod %s\nlibmicrohttpd %s\n", dm_version(), server_library_version());
    return EXIT_GOOD;
}

static int print_metrics(void)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 1024 * 1024);
    metrics_document(&text);
    bool good = !text.failed && fwrite(text.ptr, 1, text.len, stdout) == text.len;
    return good && fflush(stdout) == 0 ? EXIT_GOOD : EXIT_BAD;
}

static int serve(const struct config *config)
{
    struct dm_error err = {.code = DM_OK};
    log_set_level(config->log_level);
    if (run(config, environment_process(), &err) == DM_OK)
        return EXIT_GOOD;
    log_text(LOG_ERROR, "%s", err.message);
    return EXIT_BAD;
}

static int check_or_serve(const struct options *options)
{
    struct dm_error err = {.code = DM_OK};
    DM_AUTO(config) *config = NULL;
    if (config_load(options->file, environment_process(), &config, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return EXIT_BAD;
    }
    if (!options->check_only)
        return serve(config);
    printf("%s: ok\n", options->file);
    return EXIT_GOOD;
}

int main(int argc, char **argv)
{
    struct options options = {.file = "/etc/dynamod/dynamod.conf"};
    if (!parse_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.print_help)
        return fputs(usage, stdout) < 0 ? EXIT_BAD : EXIT_GOOD;
    if (options.print_metrics)
        return print_metrics();
    if (options.print_versions)
        return print_versions();
    return check_or_serve(&options);
}
