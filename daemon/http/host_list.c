/* The names that this server answers to. */
#include "daemon/http/host_list.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/config.h"

/* --- a name as all who mean it write it --- */

/* RFC 3986 section 3.2.2: unreserved, sub-delims, and a % for what is encoded. */
static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~%!$&'()*+,;=", c));
}

static bool copy_name(struct dm_str name, char *out)
{
    if (name.len > HOST_NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!is_host_char(c))
            return false;
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    if (name.len && out[name.len - 1] == '.')
        name.len--;
    out[name.len] = '\0';
    return true;
}

static bool copy_ipv6(struct dm_str text, char *out)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr number;
    if (text.len >= sizeof address || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(address, text.ptr, text.len);
    address[text.len] = '\0';
    if (inet_pton(AF_INET6, address, &number) != 1 ||
        !inet_ntop(AF_INET6, &number, address, sizeof address))
        return false;
    snprintf(out, HOST_NAME_MAX_LEN + 1, "[%s]", address);
    return true;
}

/* RFC 3986 section 3.2.3: a port may be empty. */
static bool is_port(struct dm_str text)
{
    size_t number;
    if (!text.ptr)
        return true;
    return text.len > 0 && text.ptr[0] == ':' &&
           (text.len == 1 ||
            str_to_size((struct dm_str){text.ptr + 1, text.len - 1}, 65535, &number));
}

/* From `at` on. */
static struct dm_str rest_of(struct dm_str text, const char *at)
{
    struct dm_str rest = {at, at ? text.len - (size_t)(at - text.ptr) : 0};
    return rest.len ? rest : (struct dm_str){NULL, 0};
}

bool host_normalize(struct dm_str authority, char *name)
{
    if (str_starts(authority, STR("["))) {
        const char *close = memchr(authority.ptr, ']', authority.len);
        return close && is_port(rest_of(authority, close + 1)) &&
               copy_ipv6((struct dm_str){authority.ptr + 1,
                                         (size_t)(close - authority.ptr) - 1},
                         name);
    }
    const char *colon = authority.len ? memchr(authority.ptr, ':', authority.len) : NULL;
    struct dm_str host = {authority.ptr,
                          colon ? (size_t)(colon - authority.ptr) : authority.len};
    return is_port(rest_of(authority, colon)) && copy_name(host, name);
}

/* --- the list --- */

static enum dm_code add(struct arena *arena, const char *name, struct host_list *list,
                        struct dm_error *err)
{
    struct dm_str copy = arena_str(arena, dm_str(name));
    if (!copy.ptr)
        return error_nomem(err);
    list->names.at[list->names.count++] = copy;
    return DM_OK;
}

/* A host without a port. */
static bool is_name(struct dm_str text, char *name)
{
    size_t colons = 0;
    for (size_t i = 0; i < text.len; i++)
        colons += text.ptr[i] == ':';
    bool is_ipv6 = str_starts(text, STR("[")) && str_ends(text, STR("]"));
    return text.len && (is_ipv6 || !colons) && host_normalize(text, name);
}

static enum dm_code read_name(struct settings *file, struct settings_node *node,
                              struct host_list *list, struct dm_error *err)
{
    char name[HOST_NAME_MAX_LEN + 1];
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (str_equal(text, STR("*"))) {
        list->any = true;
        return DM_OK;
    }
    if (!is_name(text, name))
        return settings_expected(file, node, err,
                                 "a host without a port, \"api.example\" or \"[::1]\", "
                                 "or \"*\"");
    return add(settings_arena(file), name, list, err);
}

/* Room for `more` names than there are. */
static enum dm_code make_room(struct arena *arena, struct host_list *list, size_t more,
                              struct dm_error *err)
{
    struct dm_str *at =
        arena_new(arena, (list->names.count + more) * sizeof(struct dm_str));
    if (!at)
        return error_nomem(err);
    if (list->names.count)
        memcpy(at, list->names.at, list->names.count * sizeof(struct dm_str));
    list->names.at = at;
    return DM_OK;
}

enum dm_code host_list_read(struct settings *file, struct settings_node *node,
                            void *value, struct dm_error *err)
{
    struct host_list *list = value;
    if (!settings_is_list(node))
        return settings_expected(file, node, err, "a list of hosts, without ports");
    DM_TRY(make_room(settings_arena(file), list, settings_count(node), err));
    for (size_t i = 0; i < settings_count(node); i++)
        DM_TRY(read_name(file, settings_at(node, i), list, err));
    list->is_set = true;
    return DM_OK;
}

/* localhost is no name of anybody else, and some ask by it whatever it says elsewhere. */
static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};

/* The host of an address, as a request for it has it; "" and unix sockets have none. */
static enum dm_code add_address(struct config *config, const struct address *address,
                                struct dm_error *err)
{
    char text[ADDRESS_HOST_MAX + 3], name[HOST_NAME_MAX_LEN + 1];
    bool is_ipv6 = strchr(address->host, ':') != NULL;
    snprintf(text, sizeof text, is_ipv6 ? "[%s]" : "%s", address->host);
    if (address->is_unix || !*address->host || !host_normalize(dm_str(text), name))
        return DM_OK;
    return add(&config->arena, name, &config->allowed_hosts, err);
}

enum dm_code host_list_complete(struct config *config, struct dm_error *err)
{
    struct host_list *list = &config->allowed_hosts;
    size_t more = DM_COUNT(always) + config->listen_count + 1;
    DM_TRY(make_room(&config->arena, list, more, err));
    for (size_t i = 0; i < DM_COUNT(always); i++)
        DM_TRY(add(&config->arena, always[i], list, err));
    for (size_t i = 0; i < config->listen_count; i++)
        DM_TRY(add_address(config, &config->listen[i].address, err));
    return config->has_admin ? add_address(config, &config->admin.address, err) : DM_OK;
}

/* --- judging --- */

static bool is_listed(const struct host_list *list, struct dm_str name)
{
    for (size_t i = 0; i < list->names.count; i++)
        if (str_equal(name, list->names.at[i]))
            return true;
    return list->any;
}

static void remember(struct host_memory *memory, struct dm_str authority)
{
    if (!authority.len || authority.len > sizeof memory->text)
        return;
    memcpy(memory->text, authority.ptr, authority.len);
    memory->len = authority.len;
}

enum host_verdict host_judge(const struct host_list *list, struct host_memory *memory,
                             struct dm_str authority)
{
    char name[HOST_NAME_MAX_LEN + 1];
    struct dm_str known = {memory->text, memory->len};
    if (known.len && str_equal(authority, known))
        return HOST_KNOWN;
    if (!host_normalize(authority, name))
        return HOST_MALFORMED;
    if (list && !is_listed(list, dm_str(name)))
        return HOST_FOREIGN;
    remember(memory, authority);
    return HOST_KNOWN;
}
