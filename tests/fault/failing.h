/* What failing.c and failing_call.c share. */
#ifndef DYNAMOD_TESTS_FAILING_H
#define DYNAMOD_TESTS_FAILING_H

#include <dlfcn.h>
#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))

/* In place of errno: less is transferred than was asked for. */
enum { SHORT = 1000 };

enum family {
    NONE,
    ALLOCATE,
    RECEIVE,
    SEND,
    EPOLL_WAIT,
    EPOLL_CTL,
    OPEN,
    SOCKET,
    CONNECT,
    ACCEPT,
    FILE_READ,
    FILE_WRITE,
    SYNC
};

/* A function pointer out of an object pointer, as POSIX has it. */
#define RESOLVE(pointer, name) (*(void **)&(pointer) = dlsym(RTLD_NEXT, name))

/* The family that is to fail; NONE while none is, or while a stack is looked at. */
enum family failing_family(void);

/* Whether this call fails; then errno says how, or *ret_short. */
bool fails(enum family family, bool *ret_short);

#endif
