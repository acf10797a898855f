/* Reading the command line. */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/str.h"

/* ADMIN has no letter: its value lies past them. */
enum { LETTER_NONE = 256 };

struct option_row {
    int letter; /* LETTER_NONE and up: none */
    const char *name;
    const char *value;  /* "FILE"; NULL: takes none */
    enum action action; /* of one that takes none */
    const char *help;
};

enum { OPTION_FILE = 'c', OPTION_ADMIN = LETTER_NONE };

static const struct option_row rows[] = {
    {OPTION_FILE, "config", "FILE", ACTION_SERVE,
     "the configuration; otherwise /etc/dynamod/dynamod.conf"},
    {'t', "test", NULL, ACTION_TEST, "check the configuration and every app's, and exit"},
    {LETTER_NONE + 1, "check-live", NULL, ACTION_CHECK_LIVE,
     "ask the daemon that runs whether every thread turns, and exit"},
    {LETTER_NONE + 2, "check-ready", NULL, ACTION_CHECK_READY,
     "ask it whether requests can be answered, and exit"},
    {OPTION_ADMIN, "admin", "ADDRESS", ACTION_SERVE,
     "ask it there; otherwise where the configuration's `admin` is"},
    {'M', "metrics", NULL, ACTION_METRICS,
     "print the table of metrics, in Markdown, and exit"},
    {LETTER_NONE + 3, "new-token", NULL, ACTION_NEW_TOKEN,
     "print a random token and its SHA-256, and exit"},
    {'V', "version", NULL, ACTION_VERSION, "print versions, and exit"},
    {'h', "help", NULL, ACTION_HELP, "print this, and exit"},
};

static const struct option_row *find_row(int letter)
{
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        if (rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static void take(struct options *options, const struct option_row *row)
{
    if (row->letter == OPTION_FILE)
        options->file = optarg;
    else if (row->letter == OPTION_ADMIN)
        options->admin = optarg;
    else
        options->action = row->action;
}

/* For getopt_long: the letters, and the rows in its own form. */
static void describe(char *letters, struct option *options)
{
    for (size_t i = 0; i < DM_COUNT(rows); i++) {
        options[i] = (struct option){.name = rows[i].name,
                                     .has_arg = rows[i].value != NULL,
                                     .val = rows[i].letter};
        if (rows[i].letter >= LETTER_NONE)
            continue;
        *letters++ = (char)rows[i].letter;
        if (rows[i].value)
            *letters++ = ':';
    }
}

bool options_read(int argc, char **argv, struct options *ret_options)
{
    struct options options = {.file = "/etc/dynamod/dynamod.conf"};
    char letters[2 * DM_COUNT(rows) + 1] = "";
    struct option long_options[DM_COUNT(rows) + 1] = {{.name = NULL}};
    describe(letters, long_options);
    for (int letter;
         (letter = getopt_long(argc, argv, letters, long_options, NULL)) != -1;) {
        const struct option_row *row = find_row(letter);
        if (!row)
            return false;
        take(&options, row);
    }
    if (optind < argc) {
        fprintf(stderr, "%s: there is no argument '%s'\n", argv[0], argv[optind]);
        return false;
    }
    *ret_options = options;
    return true;
}

/* --- the usage --- */

enum { HELP_COLUMN = 24 };

static void write_row(const struct option_row *row, struct dm_buf *out)
{
    size_t start = out->len;
    if (row->letter < LETTER_NONE)
        buf_printf(out, "  -%c, --%s", row->letter, row->name);
    else
        buf_printf(out, "      --%s", row->name);
    if (row->value)
        buf_printf(out, " %s", row->value);
    buf_printf(out, "%*s%s\n", (int)(HELP_COLUMN - (out->len - start)), "", row->help);
}

void options_write_usage(struct dm_buf *out)
{
    buf_add_str(out, STR("usage: dynamod [OPTION]...\n\n"));
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        write_row(&rows[i], out);
    buf_add_str(
        out,
        STR("\n"
            "SIGTERM and SIGINT: answer what is under way, then exit; each further "
            "one hurries it.\n"
            "SIGHUP: read the configuration anew. SIGUSR1: open the access log anew.\n"
            "Exit status: 0 ended as told, or the answer is yes; 1 the configuration "
            "is wrong,\n"
            "something failed, or the answer is no; 2 wrong usage.\n"));
}
