/* What keeps secrets in this process: no core dumps. */
#ifndef DYNAMOD_RUN_SECRECY_H
#define DYNAMOD_RUN_SECRECY_H

#include <stdbool.h>

/* Before any secret is read: no core dump of this process, and no look into it by others
 * of its user. */
void secrecy_begin(void);

/* The configuration is read. With core_dumps they are allowed, as they were before, and
 * what is freed goes on being overwritten. */
void secrecy_settle(bool core_dumps);

#endif
