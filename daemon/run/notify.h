/* Telling systemd how the service is (sd_notify(3)); nothing without NOTIFY_SOCKET. */
#ifndef DYNAMOD_DAEMON_RUN_NOTIFY_H
#define DYNAMOD_DAEMON_RUN_NOTIFY_H

#include "base/macros.h"

/* Serving, at the start or after a reload, in words for `systemctl status`. */
void notify_ready(const char *format, ...) DM_PRINTF(1, 2);

/* The configuration is read anew; notify_ready ends it, whatever came of it. */
void notify_reloading(void);

/* On the way to the end, and how far. */
void notify_stopping(const char *status);

/* For the watchdog: every thread turns. */
void notify_alive(void);

#endif
