/* What the access log tells of an exchange. */
#ifndef DYNAMOD_DAEMON_LOG_ACCESS_H
#define DYNAMOD_DAEMON_LOG_ACCESS_H

struct exchange;
struct sockaddr;

/* The exchange has ended; it came from that address. */
void access_tell(const struct exchange *exchange, const struct sockaddr *address);

#endif
