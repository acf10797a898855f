/* Telling systemd. */
#include "daemon/run/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon/log/log.h"

enum { STATUS_MAX = 1024 };

static void check(int result)
{
    if (result < 0)
        log_text(LOG_WARNING, "cannot notify the service manager: %s", strerror(-result));
}

/* A line is an assignment: a status has no second one. */
static void keep_to_one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            *text = ' ';
}

void notify_ready(const char *format, ...)
{
    char status[STATUS_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(status, sizeof status, format, arguments);
    va_end(arguments);
    keep_to_one_line(status);
    check(sd_notifyf(false, "READY=1\nSTATUS=%s", status));
}

void notify_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    check(sd_notifyf(false,
                     "RELOADING=1\nMONOTONIC_USEC=%" PRId64
                     "\nSTATUS=reading the configuration",
                     now_us));
}

void notify_stopping(const char *status)
{
    check(sd_notifyf(false, "STOPPING=1\nSTATUS=%s", status));
}

void notify_alive(void)
{
    check(sd_notify(false, "WATCHDOG=1"));
}
