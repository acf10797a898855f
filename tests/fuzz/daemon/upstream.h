/*
 * DynamoDB, played by the input: what stands on its list is its next replies, byte by
 * byte; behind the list it answers well. What it is asked must be well made, whatever the
 * daemon's clients sent.
 */
#ifndef DYNAMOD_TESTS_FUZZ_DAEMON_UPSTREAM_H
#define DYNAMOD_TESTS_FUZZ_DAEMON_UPSTREAM_H

#include "base/buf.h"

enum { UPSTREAM_REPLIES = 64, UPSTREAM_CONNECTIONS = 32 };

struct upstream_reply {
    struct dm_buf bytes;
    bool closes; /* the connection, behind it */
};

struct upstream_connection {
    int fd; /* -1: none */
    struct dm_buf in, out;
    size_t sent;
    bool closes, waits; /* waits: has a request, and is held */
};

struct upstream {
    int listening;
    struct upstream_connection at[UPSTREAM_CONNECTIONS];
    struct upstream_reply replies[UPSTREAM_REPLIES];
    size_t reply_count, reply_next;
    size_t piece; /* bytes sent at a time; 0: all */
    bool holds;
    unsigned requests;
};

void upstream_open(struct upstream *upstream, const char *path);

/* Between two inputs: as it was at first. */
void upstream_reset(struct upstream *upstream);

/* Puts bytes on the list. */
void upstream_script(struct upstream *upstream, struct dm_str bytes, bool closes);

/* The same of a body: "STATUS BODY". */
void upstream_script_body(struct upstream *upstream, struct dm_str text);

/* Answers one of those that are held. */
void upstream_release(struct upstream *upstream);

/* Whether it did anything. */
bool upstream_turn(struct upstream *upstream);

#endif
