/* What the log writes to standard error, for tests that read it. */
#ifndef DYNAMOD_TESTS_LOG_FIXTURE_H
#define DYNAMOD_TESTS_LOG_FIXTURE_H

#include <unistd.h>

#include "support/test.h"

/* Standard error is this process's own: Criterion forks for each test. */
struct pipe {
    int read_end, stderr_before;
};

static inline struct pipe redirect(void)
{
    int ends[2];
    struct pipe pipe_ = {.stderr_before = dup(STDERR_FILENO)};
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    pipe_.read_end = ends[0];
    return pipe_;
}

static inline void restore(struct pipe *pipe)
{
    dup2(pipe->stderr_before, STDERR_FILENO);
    close(pipe->stderr_before);
}

/* What was written until the other end closed; how many lines. */
static inline size_t read_lines(struct pipe *pipe, char *text, size_t size)
{
    size_t len = 0, lines = 0;
    for (ssize_t got; (got = read(pipe->read_end, text + len, size - 1 - len)) > 0;)
        len += (size_t)got;
    text[len] = '\0';
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    close(pipe->read_end);
    return lines;
}

#endif
