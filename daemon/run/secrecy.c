/* Secrecy. */
#include "daemon/run/secrecy.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The hard limit stays: what is allowed later is what was allowed at first. */
static void limit_core(bool to_nothing)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = to_nothing ? 0 : limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
}

/* glibc overwrites what is freed, by others too: buffers that files and answers were read
 * into. What it keeps at hand for a thread, up to 1 KB each, it does not. */
static void overwrite_freed(bool is_on)
{
    mallopt(M_PERTURB, is_on ? 0xA5 : 0);
}

/* A kernel that pipes dumps into a program does not ask for the limit, but asks this. */
void secrecy_begin(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit_core(true);
    overwrite_freed(true);
}

void secrecy_settle(bool core_dumps)
{
    if (!core_dumps) {
        overwrite_freed(false);
        return;
    }
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    limit_core(false);
}
