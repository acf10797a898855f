/* Telling systemd. */
#include "daemon/notify.h"

#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon/log.h"

static void notify(const char *state)
{
    int result = sd_notify(0, state);
    if (result < 0)
        log_text(LOG_WARNING, "cannot notify the service manager: %s", strerror(-result));
}

void notify_ready(void)
{
    notify("READY=1");
}

void notify_stopping(void)
{
    notify("STOPPING=1");
}
