/* The played DynamoDB. */
#include "upstream.h"

#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../fuzz.h"
#include "base/str.h"

enum { BYTES_MAX = 32 * 1024 * 1024 };

/* --- life --- */

void upstream_open(struct upstream *upstream, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *upstream = (struct upstream){.holds = false};
    memcpy(address.sun_path, path, strlen(path));
    upstream->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    fuzz_check(bind(upstream->listening, (const struct sockaddr *)&address,
                    sizeof address) == 0);
    fuzz_check(listen(upstream->listening, UPSTREAM_CONNECTIONS) == 0);
    for (size_t i = 0; i < UPSTREAM_CONNECTIONS; i++)
        upstream->at[i].fd = -1;
}

static void drop(struct upstream_connection *connection)
{
    close(connection->fd);
    buf_done(&connection->in);
    buf_done(&connection->out);
    *connection = (struct upstream_connection){.fd = -1};
}

void upstream_reset(struct upstream *upstream)
{
    int fd;
    for (size_t i = 0; i < UPSTREAM_CONNECTIONS; i++)
        if (upstream->at[i].fd >= 0)
            drop(&upstream->at[i]);
    while ((fd = accept4(upstream->listening, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        close(fd);
    for (size_t i = 0; i < upstream->reply_count; i++)
        buf_done(&upstream->replies[i].bytes);
    upstream->reply_count = upstream->reply_next = upstream->piece = 0;
    upstream->holds = false;
    upstream->requests = 0;
}

/* --- the list --- */

static struct dm_buf *add_reply(struct upstream *upstream, bool closes)
{
    if (upstream->reply_count == UPSTREAM_REPLIES)
        return NULL;
    struct upstream_reply *reply = &upstream->replies[upstream->reply_count++];
    buf_init(&reply->bytes, BYTES_MAX);
    reply->closes = closes;
    return &reply->bytes;
}

void upstream_script(struct upstream *upstream, struct dm_str bytes, bool closes)
{
    struct dm_buf *reply = add_reply(upstream, closes);
    if (reply)
        buf_add_str(reply, bytes);
}

static void write_reply(struct dm_str status, struct dm_str body, struct dm_buf *out)
{
    buf_printf(out,
               "HTTP/1.1 %.*s X\r\nContent-Type: application/x-amz-json-1.0\r\n"
               "x-amzn-RequestId: ABC\r\nContent-Length: %zu\r\n\r\n",
               STR_ARG(status), body.len);
    buf_add_str(out, body);
}

void upstream_script_body(struct upstream *upstream, struct dm_str text)
{
    struct dm_buf *reply = add_reply(upstream, false);
    struct dm_str status = str_split(&text, ' ');
    if (reply)
        write_reply(status, text.ptr ? text : STR(""), reply);
}

/* --- answers that are right --- */

#define ITEM                                                                             \
    "{\"id\":{\"S\":\"1\"},\"pk\":{\"S\":\"N#1\"},\"at\":{\"N\":\"1\"},"                 \
    "\"rev\":{\"N\":\"1\"},\"doc\":{\"S\":\"{\\\"a\\\":1}\"}}"
#define COST "\"ConsumedCapacity\":{\"TableName\":\"todo\",\"CapacityUnits\":0.5}"

static const struct answer {
    const char *operation, *body;
} answers[] = {
    {"GetItem", "{\"Item\":" ITEM "," COST "}"},
    {"BatchGetItem", "{\"Responses\":{\"todo\":[" ITEM "]},\"UnprocessedKeys\":{}}"},
    {"Query", "{\"Items\":[" ITEM "],\"Count\":1,\"ScannedCount\":1," COST "}"},
    {"Scan", "{\"Items\":[" ITEM "," ITEM "],\"Count\":2,\"ScannedCount\":2,"
             "\"LastEvaluatedKey\":{\"id\":{\"S\":\"1\"}}}"},
    {"PutItem", "{" COST "}"},
    {"UpdateItem", "{\"Attributes\":" ITEM "," COST "}"},
    {"DeleteItem", "{\"Attributes\":" ITEM "}"},
    {"BatchWriteItem", "{\"UnprocessedItems\":{}}"},
    {"TransactGetItems", "{\"Responses\":[{\"Item\":" ITEM "},{}]}"},
    {"DescribeTable",
     "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"KeySchema\":[{\"AttributeName\":\"id\","
     "\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
     "\"AttributeType\":\"S\"}]}}"},
};

static const char *right_body(struct dm_str operation)
{
    for (size_t i = 0; i < DM_COUNT(answers); i++)
        if (str_equal(operation, dm_str(answers[i].operation)))
            return answers[i].body;
    return "{}";
}

static void answer(struct upstream *upstream, struct upstream_connection *connection,
                   struct dm_str operation)
{
    if (upstream->reply_next == upstream->reply_count) {
        write_reply(STR("200"), dm_str(right_body(operation)), &connection->out);
        return;
    }
    struct upstream_reply *reply = &upstream->replies[upstream->reply_next++];
    buf_add_str(&connection->out, buf_str(&reply->bytes));
    connection->closes = reply->closes;
}

/* --- requests --- */

/* The field's value; ptr NULL: it is not there. */
static struct dm_str field(struct dm_str head, const char *name)
{
    while (head.ptr) {
        struct dm_str value = str_split(&head, '\n'), found = str_split(&value, ':');
        if (!value.ptr || !str_equal_nocase(found, dm_str(name)))
            continue;
        fuzz_check(value.len >= 2 && value.ptr[0] == ' ');
        return (struct dm_str){value.ptr + 1, value.len - 2};
    }
    return (struct dm_str){NULL, 0};
}

static void check_lines(struct dm_str head)
{
    fuzz_check(str_starts(head, STR("POST / HTTP/1.1\r\n")));
    for (size_t i = 0; i < head.len; i++) {
        unsigned char byte = (unsigned char)head.ptr[i];
        fuzz_check(byte >= ' ' || byte == '\r' || byte == '\n');
        fuzz_check(byte != '\r' || i + 1 == head.len || head.ptr[i + 1] == '\n');
    }
}

/* Whatever came from a client, what leaves is one signed request of one JSON object. */
static void check_request(struct dm_str head, struct dm_str body)
{
    check_lines(head);
    fuzz_check(str_starts(field(head, "Authorization"), STR("AWS4-HMAC-SHA256 ")));
    fuzz_check(!field(head, "Transfer-Encoding").ptr);
    json_t *json =
        json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    fuzz_check(json_is_object(json));
    json_decref(json);
}

/* Takes a whole request out of what came; its operation, or ptr NULL. It is lent until
 * more comes. */
static struct dm_str take_request(struct upstream_connection *connection)
{
    struct dm_str none = {NULL, 0}, all = buf_str(&connection->in);
    const char *end = all.len ? memmem(all.ptr, all.len, "\r\n\r\n", 4) : NULL;
    size_t length = 0;
    if (!end)
        return none;
    struct dm_str head = {all.ptr, (size_t)(end - all.ptr) + 2};
    fuzz_check(str_to_size(field(head, "Content-Length"), BYTES_MAX, &length));
    size_t whole = head.len + 2 + length;
    fuzz_check(all.len <= whole); /* one request at a time on a connection */
    if (all.len < whole)
        return none;
    check_request(head, (struct dm_str){all.ptr + head.len + 2, length});
    struct dm_str target = field(head, "X-Amz-Target");
    fuzz_check(str_starts(target, STR("DynamoDB_20120810.")));
    str_split(&target, '.');
    return target;
}

static void serve(struct upstream *upstream, struct upstream_connection *connection,
                  bool is_released)
{
    struct dm_str operation = take_request(connection);
    if (!operation.ptr)
        return;
    if (!connection->waits)
        upstream->requests++;
    connection->waits = upstream->holds && !is_released;
    if (connection->waits)
        return;
    answer(upstream, connection, operation);
    buf_reset(&connection->in);
}

void upstream_release(struct upstream *upstream)
{
    for (size_t i = 0; i < UPSTREAM_CONNECTIONS; i++)
        if (upstream->at[i].waits) {
            serve(upstream, &upstream->at[i], true);
            return;
        }
}

/* --- turning --- */

static bool accept_one(struct upstream *upstream)
{
    for (size_t i = 0; i < UPSTREAM_CONNECTIONS; i++) {
        struct upstream_connection *connection = &upstream->at[i];
        if (connection->fd >= 0)
            continue;
        connection->fd =
            accept4(upstream->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        buf_init(&connection->in, BYTES_MAX);
        buf_init(&connection->out, BYTES_MAX);
        return connection->fd >= 0;
    }
    return false;
}

static bool receive(struct upstream *upstream, struct upstream_connection *connection)
{
    char bytes[16384];
    ssize_t len = recv(connection->fd, bytes, sizeof bytes, 0);
    if (len == 0) {
        drop(connection);
        return true;
    }
    if (len < 0)
        return false;
    buf_add(&connection->in, bytes, (size_t)len);
    serve(upstream, connection, false);
    return true;
}

static bool transmit(const struct upstream *upstream,
                     struct upstream_connection *connection)
{
    size_t left = connection->out.len - connection->sent;
    size_t most = upstream->piece && upstream->piece < left ? upstream->piece : left;
    ssize_t len = most ? send(connection->fd, connection->out.ptr + connection->sent,
                              most, MSG_NOSIGNAL)
                       : 0;
    connection->sent += len > 0 ? (size_t)len : 0;
    if (connection->sent < connection->out.len)
        return len > 0;
    buf_reset(&connection->out);
    connection->sent = 0;
    bool closes = connection->closes;
    if (closes)
        drop(connection);
    return closes || len > 0;
}

bool upstream_turn(struct upstream *upstream)
{
    bool did = false;
    while (accept_one(upstream))
        did = true;
    for (size_t i = 0; i < UPSTREAM_CONNECTIONS; i++) {
        struct upstream_connection *connection = &upstream->at[i];
        if (connection->fd >= 0 && connection->waits && !upstream->holds) {
            serve(upstream, connection, true);
            did = true;
        }
        if (connection->fd >= 0)
            did = receive(upstream, connection) || did;
        if (connection->fd >= 0)
            did = transmit(upstream, connection) || did;
    }
    return did;
}
