/* The command line: one table, from which the usage is made. */
#ifndef DYNAMOD_DAEMON_OPTIONS_H
#define DYNAMOD_DAEMON_OPTIONS_H

#include "base/buf.h"

/* What to do instead of serving. */
enum action {
    ACTION_SERVE,
    ACTION_TEST,
    ACTION_CHECK_LIVE,
    ACTION_CHECK_READY,
    ACTION_METRICS,
    ACTION_NEW_TOKEN,
    ACTION_VERSION,
    ACTION_HELP
};

struct options {
    enum action action; /* the last one given */
    const char *file;
    const char *admin; /* NULL: what the file says */
};

/* False: wrong usage, and getopt has said why. */
bool options_read(int argc, char **argv, struct options *ret_options);

/* Appends the usage. */
void options_write_usage(struct dm_buf *out);

#endif
