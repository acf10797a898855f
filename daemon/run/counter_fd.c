/* Counting across threads by an eventfd. */
#include "daemon/run/counter_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

enum dm_code counter_fd_new(int *ret_fd, struct dm_error *err)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0)
        return error_set(err, DM_E_INTERNAL, "eventfd: %m");
    *ret_fd = fd;
    return DM_OK;
}

void counter_fd_add(int fd)
{
    const uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* it fails only when 2^64 went before */
}

uint64_t counter_fd_take(int fd)
{
    uint64_t count = 0;
    return read(fd, &count, sizeof count) == (ssize_t)sizeof count ? count : 0;
}
