/* systemd's journal: whether it is behind standard error, and a socket to it. */
#ifndef DYNAMOD_DAEMON_LOG_JOURNAL_H
#define DYNAMOD_DAEMON_LOG_JOURNAL_H

#include "base/macros.h"

/* As systemd.exec(5) says of $JOURNAL_STREAM, "device:inode"; NULL: it is not set. */
bool journal_is_behind(int fd, const char *stream);

/* A datagram socket that leads there; -1, with errno, when nobody is. */
int journal_connect(void);

#endif
