/* Figures of the whole process, under the names that Prometheus' own clients give them.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_PROCESS_H
#define DYNAMOD_DAEMON_ADMIN_PROCESS_H

#include "daemon/admin/metrics.h"

/* Those that the kernel tells; a sample that cannot be had is left out. */
void process_add_samples(struct samples *samples);

#endif
