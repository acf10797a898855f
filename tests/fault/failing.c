/* Preloaded into a daemon: the nth call fails, as a page shared with nth.py says. */
#include "failing.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EARLY_SIZE = 65536 };
enum { FRAMES = 48, WHERE_MAX = 3000, RULES_MAX = 512 };

/* As nth.py packs it. */
struct page {
    _Atomic uint64_t family, error, nth, sticky;
    _Atomic uint64_t calls, failed, excluded;
    char where[WHERE_MAX]; /* whose call failed last */
    char rules[RULES_MAX]; /* "OBJECT:FUNCTION OBJECT:FUNCTION …": spared below these; *:
                              any */
};

static struct page *page;

/* --- whose call it is --- */

static bool is_ruled(const char *object, const char *function)
{
    char rule[256];
    snprintf(rule, sizeof rule, " %s:%s ", object, function);
    return strstr(page->rules, rule) != NULL;
}

static bool is_spared(const char *object, const char *function)
{
    return is_ruled(object, "*") || (function && is_ruled(object, function));
}

/* Writes the stack; whether a rule spares the caller. */
static bool look_at_stack(void)
{
    void *frames[FRAMES];
    size_t len = 0;
    bool spared = false;
    int count = backtrace(frames, FRAMES);
    for (int i = 2; i < count; i++) {
        Dl_info info = {0};
        if (!dladdr(frames[i], &info) || !info.dli_fname)
            continue;
        const char *slash = strrchr(info.dli_fname, '/');
        const char *object = slash ? slash + 1 : info.dli_fname;
        spared |= is_spared(object, info.dli_sname);
        len +=
            (size_t)snprintf(page->where + len, WHERE_MAX - len, "%s:%s+%#lx\n", object,
                             info.dli_sname ? info.dli_sname : "?",
                             (unsigned long)((char *)frames[i] - (char *)info.dli_fbase));
        if (len >= WHERE_MAX)
            break;
    }
    return spared;
}

static _Thread_local bool is_looking; /* what that calls does not count */

enum family failing_family(void)
{
    return page && page->nth && !is_looking ? (enum family)page->family : NONE;
}

bool fails(enum family family, bool *ret_short)
{
    if (failing_family() != family)
        return false;
    uint64_t call = ++page->calls;
    if (page->sticky ? call < page->nth : call != page->nth)
        return false;
    is_looking = true;
    bool spared = look_at_stack();
    is_looking = false;
    if (spared) {
        page->excluded++;
        return false;
    }
    page->failed++;
    *ret_short = page->error == SHORT;
    errno = *ret_short ? 0 : (int)page->error;
    return true;
}

/* --- the real ones --- */

/* dlsym itself may allocate. */
static char early[EARLY_SIZE];
static size_t early_len;

static bool is_early(const void *memory)
{
    return (const char *)memory >= early && (const char *)memory < early + EARLY_SIZE;
}

static void *early_new(size_t size)
{
    size_t at = early_len;
    early_len += (size + 15) & ~(size_t)15;
    return early_len <= EARLY_SIZE ? early + at : NULL;
}

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

static bool find_allocator(void)
{
    static bool is_finding;
    if (real_free)
        return true;
    if (is_finding)
        return false;
    is_finding = true;
    RESOLVE(real_malloc, "malloc");
    RESOLVE(real_calloc, "calloc");
    RESOLVE(real_realloc, "realloc");
    RESOLVE(real_free, "free");
    is_finding = false;
    return true;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAILING");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *frames[2];
    find_allocator();
    (void)backtrace(frames, 2); /* loads what it needs */
    if (fd < 0)
        return;
    void *mapped =
        mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        page = mapped;
}

/* --- memory --- */

static bool memory_fails(void)
{
    bool is_short;
    return fails(ALLOCATE, &is_short);
}

EXPORT void *malloc(size_t size)
{
    if (!find_allocator())
        return early_new(size);
    return memory_fails() ? NULL : real_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    if (!find_allocator())
        return early_new(count * size);
    return memory_fails() ? NULL : real_calloc(count, size);
}

EXPORT void *realloc(void *memory, size_t size)
{
    if (!memory)
        return malloc(size);
    if (!find_allocator() || is_early(memory)) {
        void *copy = malloc(size);
        if (copy)
            memcpy(copy, memory, size);
        return copy;
    }
    return memory_fails() ? NULL : real_realloc(memory, size);
}

EXPORT void free(void *memory)
{
    if (!memory || is_early(memory))
        return;
    find_allocator();
    real_free(memory);
}
