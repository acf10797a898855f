/* The time of the process, while a fuzzer's input runs: it stands still until it is made
 * to pass, also for libmicrohttpd and libcurl. So are the random numbers of the kernel:
 * the same for each input. */
#ifndef DYNAMOD_TESTS_FUZZ_DAEMON_TIME_H
#define DYNAMOD_TESTS_FUZZ_DAEMON_TIME_H

#include "base/clock.h"

void time_freeze(void);
void time_thaw(void);
void time_pass(int64_t ms);

/* The frozen time, wall time too. Static. */
const struct clock *time_clock(void);

#endif
