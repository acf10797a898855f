/* Where to listen. */
#include "daemon/listen/address.h"

#include "base/str.h"

bool address_equal(const struct address *a, const struct address *b)
{
    if (a->is_unix || b->is_unix)
        return a->is_unix && b->is_unix && strcmp(a->path, b->path) == 0;
    return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

const char *address_syntax(void)
{
    return "\"HOST:PORT\", \"[IPV6]:PORT\", \":PORT\" or \"unix:/PATH\"";
}

/* Terminated in room for size - 1 bytes; no NUL inside. */
static bool copy(struct dm_str text, char *out, size_t size)
{
    if (text.len >= size || (text.len && memchr(text.ptr, '\0', text.len)))
        return false;
    if (text.len)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

static bool parse_unix(struct dm_str path, struct address *address)
{
    address->is_unix = true;
    return str_starts(path, STR("/")) && path.len > 1 &&
           copy(path, address->path, sizeof address->path);
}

/* Takes the brackets off; a colon is good only inside them. */
static bool parse_host(struct dm_str host, struct address *address)
{
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = (struct dm_str){host.ptr + 1, host.len - 2};
    else if (host.len && (memchr(host.ptr, ':', host.len) || host.ptr[0] == '['))
        return false;
    return copy(host, address->host, sizeof address->host);
}

bool address_parse(struct dm_str text, struct address *ret_address)
{
    struct address address = {.is_unix = false};
    struct dm_str prefix = STR("unix:");
    if (str_starts(text, prefix)) {
        struct dm_str path = {text.ptr + prefix.len, text.len - prefix.len};
        if (!parse_unix(path, &address))
            return false;
        *ret_address = address;
        return true;
    }

    const char *colon = text.len ? memrchr(text.ptr, ':', text.len) : NULL;
    if (!colon)
        return false;
    struct dm_str host = {text.ptr, (size_t)(colon - text.ptr)};
    struct dm_str port = {colon + 1, text.len - host.len - 1};
    size_t number = 0;
    if (port.len > 5 || !str_to_size(port, 65535, &number) ||
        !copy(port, address.port, sizeof address.port) || !parse_host(host, &address))
        return false;

    *ret_address = address;
    return true;
}
