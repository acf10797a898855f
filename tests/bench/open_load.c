/*
 * Load from an open loop: requests come at a given rate, whether or not those before were
 * answered. Each takes an idle connection, or opens one more, up to a number; where there
 * is none it is not sent. A client waits so long for its answer, then leaves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { EVENTS = 512, READ_SIZE = 64 * 1024, HEAD_MAX = 4096, REQUEST_MAX = 512 };

struct client {
    int fd;              /* -1: not connected */
    struct client *next; /* idle, or in the order of sending */
    struct client *previous;
    bool busy;
    int64_t began_us;
    char head[HEAD_MAX]; /* of the answer, as far as it came */
    size_t head_len;
    size_t body_left; /* once the head is there */
    unsigned status;  /* 0: the head is not there */
    bool closes;
};

struct load {
    const struct clock *clock;
    int epoll_fd;
    struct sockaddr_in address;
    const char *path;
    size_t keys, connections;
    double rate;
    int64_t patience_us, counted_from_us, ends_us;
    struct client *clients, *idle;
    struct client *oldest, *newest; /* of those that wait */
    uint64_t sent, unsent, good, refused, failed, left;
    uint32_t *latencies_us; /* of good ones */
    size_t latency_count, latency_room;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static bool is_counted(const struct load *load)
{
    int64_t now_us = clock_monotonic_us(load->clock);
    return now_us >= load->counted_from_us && now_us < load->ends_us;
}

/* --- who waits --- */

static void begin_waiting(struct load *load, struct client *client)
{
    client->busy = true;
    client->next = NULL;
    client->previous = load->newest;
    *(load->newest ? &load->newest->next : &load->oldest) = client;
    load->newest = client;
}

static void end_waiting(struct load *load, struct client *client)
{
    *(client->previous ? &client->previous->next : &load->oldest) = client->next;
    *(client->next ? &client->next->previous : &load->newest) = client->previous;
    client->busy = false;
    client->next = load->idle;
    load->idle = client;
}

static void disconnect(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

static void give_up(struct load *load, struct client *client, uint64_t *counter)
{
    *counter += is_counted(load);
    disconnect(client);
    if (client->busy)
        end_waiting(load, client);
}

/* --- requests --- */

static bool open_connection(struct load *load, struct client *client)
{
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                {.ptr = client}};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return false;
    return (connect(client->fd, (struct sockaddr *)&load->address,
                    sizeof load->address) == 0 ||
            errno == EINPROGRESS) &&
           epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, client->fd, &event) == 0;
}

static bool send_request(struct load *load, struct client *client)
{
    char text[REQUEST_MAX];
    int len = snprintf(text, sizeof text, "GET %s%zu HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                       load->path, (size_t)load->sent * 7919 % load->keys);
    return send(client->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

/* One that has just been opened sends when it is connected. */
static void begin_request(struct load *load)
{
    struct client *client = load->idle;
    if (!client) {
        load->unsent += is_counted(load);
        return;
    }
    load->idle = client->next;
    client->began_us = clock_monotonic_us(load->clock);
    client->head_len = client->body_left = client->status = 0;
    client->closes = false;
    load->sent++;
    begin_waiting(load, client);
    bool is_new = client->fd < 0;
    if (is_new ? !open_connection(load, client) : !send_request(load, client))
        give_up(load, client, &load->failed);
}

/* --- answers --- */

static void keep_latency(struct load *load, int64_t us)
{
    if (load->latency_count == load->latency_room) {
        size_t room = load->latency_room ? 2 * load->latency_room : 65536;
        load->latencies_us = mem_resize(load->latencies_us, room * sizeof(uint32_t));
        if (!load->latencies_us)
            die("memory");
        load->latency_room = room;
    }
    load->latencies_us[load->latency_count++] = (uint32_t)us;
}

static void end_request(struct load *load, struct client *client)
{
    int64_t us = clock_monotonic_us(load->clock) - client->began_us;
    bool good = client->status == 200;
    if (is_counted(load)) {
        load->good += good;
        load->refused += !good;
        if (good)
            keep_latency(load, us);
    }
    if (client->closes)
        disconnect(client);
    end_waiting(load, client);
}

static size_t content_length(const char *head)
{
    const char *field = strcasestr(head, "\r\nContent-Length:");
    return field ? strtoul(field + 17, NULL, 10) : 0;
}

/* Returns what is behind the head, once that is whole. */
static struct dm_str take_head(struct client *client, struct dm_str bytes)
{
    size_t room = HEAD_MAX - 1 - client->head_len;
    size_t len = bytes.len < room ? bytes.len : room;
    memcpy(client->head + client->head_len, bytes.ptr, len);
    size_t before = client->head_len;
    client->head_len += len;
    client->head[client->head_len] = '\0';
    const char *end = strstr(client->head, "\r\n\r\n");
    if (!end)
        return (struct dm_str){bytes.ptr + len, 0};
    size_t used = (size_t)(end + 4 - client->head) - before;
    client->status = (unsigned)strtoul(client->head + 9, NULL, 10);
    client->body_left = content_length(client->head);
    client->closes = strcasestr(client->head, "\r\nConnection: close");
    return (struct dm_str){bytes.ptr + used, bytes.len - used};
}

static void take_bytes(struct load *load, struct client *client, struct dm_str bytes)
{
    if (!client->busy)
        return;
    if (!client->status)
        bytes = take_head(client, bytes);
    if (!client->status)
        return;
    client->body_left -= bytes.len < client->body_left ? bytes.len : client->body_left;
    if (!client->body_left)
        end_request(load, client);
}

static void read_answers(struct load *load, struct client *client)
{
    char bytes[READ_SIZE];
    while (client->fd >= 0) {
        ssize_t len = recv(client->fd, bytes, sizeof bytes, 0);
        if (len < 0 && errno == EAGAIN)
            return;
        if (len > 0) {
            take_bytes(load, client, (struct dm_str){bytes, (size_t)len});
            continue;
        }
        if (client->busy)
            give_up(load, client, &load->failed);
        else
            disconnect(client);
    }
}

/* The first event of a connection is that it is one. */
static void ready(struct load *load, struct client *client, uint32_t events)
{
    bool is_new = client->busy && client->began_us > 0 && !client->status &&
                  client->head_len == 0 && events & EPOLLOUT && !(events & EPOLLIN);
    if (is_new && !send_request(load, client))
        give_up(load, client, &load->failed);
    else
        read_answers(load, client);
}

/* --- the loop --- */

static void begin_due(struct load *load, int64_t start_us, uint64_t *begun)
{
    int64_t now_us = clock_monotonic_us(load->clock);
    uint64_t due = (uint64_t)((double)(now_us - start_us) * load->rate / 1e6);
    for (; *begun < due; (*begun)++)
        begin_request(load);
    while (load->oldest && load->oldest->began_us + load->patience_us < now_us)
        give_up(load, load->oldest, &load->left);
}

static void run(struct load *load, int64_t start_us)
{
    struct epoll_event events[EVENTS];
    uint64_t begun = 0;
    while (clock_monotonic_us(load->clock) < load->ends_us) {
        begin_due(load, start_us, &begun);
        int count = epoll_wait(load->epoll_fd, events, EVENTS, 1);
        for (int i = 0; i < count; i++)
            ready(load, events[i].data.ptr, events[i].events);
    }
}

/* --- the end --- */

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static double percentile_ms(const struct load *load, double part)
{
    if (!load->latency_count)
        return 0;
    size_t at = (size_t)(part * (double)(load->latency_count - 1));
    return load->latencies_us[at] / 1000.0;
}

static void tell(struct load *load)
{
    double seconds = (double)(load->ends_us - load->counted_from_us) / 1e6;
    if (load->latency_count)
        qsort(load->latencies_us, load->latency_count, sizeof(uint32_t), compare);
    printf("{\"good\": %.0f, \"refused\": %.0f, \"failed\": %.0f, \"left\": %.0f, "
           "\"unsent\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           (double)load->good / seconds, (double)load->refused / seconds,
           (double)load->failed / seconds, (double)load->left / seconds,
           (double)load->unsent / seconds, percentile_ms(load, 0.5),
           percentile_ms(load, 0.99), percentile_ms(load, 1));
}

static size_t number(const char *text)
{
    size_t value = 0;
    if (!str_to_size(dm_str(text), 1000000000, &value)) {
        fprintf(stderr, "open_load: %s: not a number\n", text);
        exit(2);
    }
    return value;
}

static void usage(void)
{
    fprintf(stderr, "usage: open_load -p PORT -r REQUESTS_A_SECOND -s SECONDS "
                    "[-c CONNECTIONS] [-k KEYS] [-w PATIENCE_MS] PATH\n");
    exit(2);
}

/* The first second is not counted. */
static void set_times(struct load *load, int64_t start_us, size_t seconds)
{
    load->counted_from_us = start_us + 1000000;
    load->ends_us = load->counted_from_us + (int64_t)seconds * 1000000;
}

static void make_clients(struct load *load)
{
    struct rlimit files = {load->connections + 64, load->connections + 64};
    setrlimit(RLIMIT_NOFILE, &files);
    load->clients = mem_new(load->connections * sizeof *load->clients);
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!load->clients || load->epoll_fd < 0)
        die("clients");
    for (size_t i = load->connections; i-- > 0;) {
        load->clients[i].fd = -1;
        load->clients[i].next = load->idle;
        load->idle = &load->clients[i];
    }
}

int main(int argc, char **argv)
{
    struct load load = {.clock = clock_system(), .keys = 10000, .connections = 1000};
    size_t port = 0, seconds = 3, rate = 0, patience_ms = 5000;
    static const char options[] = "prsckw";
    int option;
    while ((option = getopt(argc, argv, "p:r:s:c:k:w:")) != -1) {
        size_t *targets[] = {&port,      &rate,       &seconds, &load.connections,
                             &load.keys, &patience_ms};
        const char *at = strchr(options, option);
        if (!at)
            usage();
        *targets[at - options] = number(optarg);
    }
    if (optind + 1 != argc || !port || !rate)
        usage();
    load.path = argv[optind];
    load.rate = (double)rate;
    load.patience_us = (int64_t)patience_ms * 1000;
    load.address = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    make_clients(&load);
    int64_t start_us = clock_monotonic_us(load.clock);
    set_times(&load, start_us, seconds);
    run(&load, start_us);
    tell(&load);
    return 0;
}
