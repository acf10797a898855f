/* The calls on descriptors and files that fail. */
#include "failing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- descriptors --- */

static bool is_of(int fd, mode_t type)
{
    struct stat status;
    return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

/* An edge-triggered watcher hears of a socket that was busy for a moment: the kernel says
 * so when it has room again, and so do we. */
static struct watched {
    int epoll_fd;
    struct epoll_event event;
} watched[1024];

static int (*real_epoll_ctl)(int, int, int, struct epoll_event *);

static void say_again(int fd)
{
    if (fd < 1024 && watched[fd].epoll_fd)
        real_epoll_ctl(watched[fd].epoll_fd, EPOLL_CTL_MOD, fd, &watched[fd].event);
}

/* What fails on no such descriptor is left alone: a regular file is never busy. */
static bool transfer_fails(int fd, bool is_out, bool *ret_short)
{
    *ret_short = false;
    enum family family = failing_family();
    bool of_file = family == FILE_READ || family == FILE_WRITE;
    if (family != (is_out ? SEND : RECEIVE) &&
        family != (is_out ? FILE_WRITE : FILE_READ))
        return false;
    if (!is_of(fd, of_file ? S_IFREG : S_IFSOCK) || !fails(family, ret_short))
        return false;
    if (errno == EAGAIN)
        say_again(fd), errno = EAGAIN;
    return true;
}

/* What a call returns, which may be made to transfer less. */
#define TRANSFER(name, is_out, size, ...)                                                \
    do {                                                                                 \
        static __typeof__(name) *real;                                                   \
        bool is_short;                                                                   \
        if (!real)                                                                       \
            RESOLVE(real, #name);                                                        \
        if (transfer_fails(fd, is_out, &is_short)) {                                     \
            if (!is_short)                                                               \
                return -1;                                                               \
            size = size > 1 ? size / 2 : size;                                           \
        }                                                                                \
        return real(__VA_ARGS__);                                                        \
    } while (0)

EXPORT ssize_t read(int fd, void *to, size_t size)
{
    TRANSFER(read, false, size, fd, to, size);
}

EXPORT ssize_t recv(int fd, void *to, size_t size, int flags)
{
    TRANSFER(recv, false, size, fd, to, size, flags);
}

EXPORT ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags,
                        struct sockaddr *restrict from, socklen_t *restrict len)
{
    TRANSFER(recvfrom, false, size, fd, to, size, flags, from, len);
}

EXPORT ssize_t pread64(int fd, void *to, size_t size, off64_t at)
{
    TRANSFER(pread64, false, size, fd, to, size, at);
}

EXPORT ssize_t write(int fd, const void *from, size_t size)
{
    TRANSFER(write, true, size, fd, from, size);
}

EXPORT ssize_t send(int fd, const void *from, size_t size, int flags)
{
    TRANSFER(send, true, size, fd, from, size, flags);
}

EXPORT ssize_t sendto(int fd, const void *from, size_t size, int flags,
                      const struct sockaddr *to, socklen_t len)
{
    TRANSFER(sendto, true, size, fd, from, size, flags, to, len);
}

EXPORT ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
    TRANSFER(pwrite64, true, size, fd, from, size, at);
}

/* The fortified calls are the same. */
ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags);

EXPORT ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
    (void)room;
    return read(fd, to, size);
}

EXPORT ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags)
{
    (void)room;
    return recv(fd, to, size, flags);
}

/* Half of several parts is the first byte of the first. */
static ssize_t first_byte(int fd, const struct iovec *parts, int count)
{
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len)
            return send(fd, parts[i].iov_base, 1, MSG_NOSIGNAL);
    return 0;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    static ssize_t (*real)(int, const struct iovec *, int);
    bool is_short;
    if (!real)
        RESOLVE(real, "writev");
    if (!transfer_fails(fd, true, &is_short))
        return real(fd, parts, count);
    return is_short ? first_byte(fd, parts, count) : -1;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    static ssize_t (*real)(int, const struct msghdr *, int);
    bool is_short;
    if (!real)
        RESOLVE(real, "sendmsg");
    if (!transfer_fails(fd, true, &is_short))
        return real(fd, message, flags);
    return is_short ? first_byte(fd, message->msg_iov, (int)message->msg_iovlen) : -1;
}

/* --- what has no size --- */

#define CALL(family, name, ...)                                                          \
    do {                                                                                 \
        static __typeof__(name) *real;                                                   \
        bool is_short;                                                                   \
        if (!real)                                                                       \
            RESOLVE(real, #name);                                                        \
        return fails(family, &is_short) ? -1 : real(__VA_ARGS__);                        \
    } while (0)

EXPORT int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout)
{
    CALL(EPOLL_WAIT, epoll_wait, epoll_fd, events, max, timeout);
}

EXPORT int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    bool is_short;
    if (!real_epoll_ctl)
        RESOLVE(real_epoll_ctl, "epoll_ctl");
    if (operation != EPOLL_CTL_DEL && fails(EPOLL_CTL, &is_short))
        return -1;
    int done = real_epoll_ctl(epoll_fd, operation, fd, event);
    if (done == 0 && fd < 1024)
        watched[fd] = operation == EPOLL_CTL_DEL
                          ? (struct watched){0}
                          : (struct watched){.epoll_fd = epoll_fd, .event = *event};
    return done;
}

EXPORT int socket(int domain, int type, int protocol)
{
    CALL(SOCKET, socket, domain, type, protocol);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    CALL(CONNECT, connect, fd, address, len);
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict len,
                   int flags)
{
    CALL(ACCEPT, accept4, fd, address, len, flags);
}

EXPORT int fsync(int fd)
{
    CALL(SYNC, fsync, fd);
}

EXPORT int fdatasync(int fd)
{
    CALL(SYNC, fdatasync, fd);
}

EXPORT int ftruncate64(int fd, off64_t size)
{
    CALL(SYNC, ftruncate64, fd, size);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPENING(name, ...)                                                               \
    do {                                                                                 \
        static __typeof__(name) *real;                                                   \
        bool is_short;                                                                   \
        va_list arguments;                                                               \
        va_start(arguments, flags);                                                      \
        mode_t mode = mode_of(flags, arguments);                                         \
        va_end(arguments);                                                               \
        if (!real)                                                                       \
            RESOLVE(real, #name);                                                        \
        return fails(OPEN, &is_short) ? -1 : real(__VA_ARGS__, flags, mode);             \
    } while (0)

EXPORT int open(const char *path, int flags, ...)
{
    OPENING(open, path);
}

EXPORT int open64(const char *path, int flags, ...)
{
    OPENING(open64, path);
}

EXPORT int openat(int folder, const char *path, int flags, ...)
{
    OPENING(openat, folder, path);
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode)
{
    static FILE *(*real)(const char *, const char *);
    bool is_short;
    if (!real)
        RESOLVE(real, "fopen");
    return fails(OPEN, &is_short) ? NULL : real(path, mode);
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    static FILE *(*real)(const char *, const char *);
    bool is_short;
    if (!real)
        RESOLVE(real, "fopen64");
    return fails(OPEN, &is_short) ? NULL : real(path, mode);
}

EXPORT int eventfd(unsigned value, int flags);
EXPORT int eventfd(unsigned value, int flags)
{
    CALL(SOCKET, eventfd, value, flags);
}

EXPORT int timerfd_create(int clock, int flags);
EXPORT int timerfd_create(int clock, int flags)
{
    CALL(SOCKET, timerfd_create, clock, flags);
}
