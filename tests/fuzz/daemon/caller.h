/*
 * A client of the daemon, played by the input. As long as it sends nothing but whole
 * requests that are framed well it is clean: then each of them is answered, once, in
 * order. What it receives must be HTTP in any case.
 */
#ifndef DYNAMOD_TESTS_FUZZ_DAEMON_CALLER_H
#define DYNAMOD_TESTS_FUZZ_DAEMON_CALLER_H

#include "world.h"

enum { CALLER_REQUESTS = 128 };

struct caller {
    int fd; /* -1: not connected */
    struct dm_buf in;
    size_t parsed; /* of what came */
    size_t piece;  /* bytes sent at a time; 0: all */
    bool is_dirty; /* sent what is no request, or not all of one */
    bool has_left; /* said its end, or is gone */
    bool is_paused;
    bool is_ended;                     /* by the daemon */
    bool is_closing;                   /* a reply said that it is the last */
    unsigned sent, answered;           /* whole requests */
    bool has_no_body[CALLER_REQUESTS]; /* HEAD */
};

/* Zeroed but for fd. Connects unless it is connected. */
void caller_connect(struct caller *caller, struct world *world);
void caller_reset(struct caller *caller);

/* What the next bytes are; a piece at a time, with `between` called between each two. */
typedef void (*caller_between_fn)(void *ctx);
void caller_send(struct caller *caller, struct dm_str bytes, caller_between_fn between,
                 void *ctx);

/* A request as the input has it: "METHOD TARGET|FIELD: VALUE|…||BODY". */
void caller_request(struct caller *caller, struct dm_str text, caller_between_fn between,
                    void *ctx);

void caller_end(struct caller *caller);   /* says its end, and reads on */
void caller_leave(struct caller *caller); /* closes */

/* Reads what there is, and parses it. Whether there was anything. */
bool caller_turn(struct caller *caller);

/* At the end of all: that it got what it must. */
void caller_check_end(const struct caller *caller);

#endif
