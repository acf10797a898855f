/* Telling systemd how the service is (sd_notify(3)); nothing without NOTIFY_SOCKET. */
#ifndef DYNAMOD_DAEMON_NOTIFY_H
#define DYNAMOD_DAEMON_NOTIFY_H

void notify_ready(void);
void notify_stopping(void);

#endif
