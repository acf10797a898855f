/*
 * The names that this server answers to (RFC 9110 section 7.2). A page whose own name was
 * made to lead here, DNS rebinding, is of the same origin as what it asks for: only Host
 * tells.
 */
#ifndef DYNAMOD_DAEMON_HTTP_HOST_LIST_H
#define DYNAMOD_DAEMON_HTTP_HOST_LIST_H

#include "model/settings.h"

struct config;

/* A configuration's: what it says, with localhost and the hosts of its addresses. */
struct host_list {
    struct setting_strings names; /* each as host_normalize makes it */
    bool is_set;                  /* by allowed_hosts: every TCP listener keeps to it */
    bool any;                     /* "*" */
};

/* For `read`: the value is the struct host_list. */
DM_MUST_USE enum dm_code host_list_read(struct settings *file, struct settings_node *node,
                                        void *value, struct dm_error *err);

/* Adds the names that are always there, once all settings are read. */
DM_MUST_USE enum dm_code host_list_complete(struct config *config, struct dm_error *err);

/* Where a request came in. */
enum host_policy {
    HOSTS_OF_LOOPBACK, /* keeps to the list even where nothing is set */
    HOSTS_OF_NETWORK,  /* keeps to it where it is set */
    HOSTS_OF_UNIX      /* takes any name */
};

/* The last name that was known, so that most requests are compared with it alone. Zero
 * it. */
enum { HOST_MEMORY = 80 };
struct host_memory {
    char text[HOST_MEMORY];
    size_t len; /* 0: none */
};

enum host_verdict {
    HOST_KNOWN,
    HOST_FOREIGN,  /* 421 */
    HOST_MALFORMED /* neither a host nor a host and a port */
};

/* Of a Host field, or a target's authority. list NULL: any name is known. */
enum host_verdict host_judge(const struct host_list *list, struct host_memory *memory,
                             struct dm_str authority);

/* "NAME", "NAME:PORT": the name in lower case and without the dot at its end, an IPv6
 * address in brackets and as short as it gets; terminated. False when it is neither. */
enum { HOST_NAME_MAX_LEN = 255 };
bool host_normalize(struct dm_str authority, char *name);

#endif
