/* The names in a client's certificate, and those that a configuration expects. */
#ifndef DYNAMOD_DAEMON_AUTH_CERTIFICATE_NAME_H
#define DYNAMOD_DAEMON_AUTH_CERTIFICATE_NAME_H

#include "base/macros.h"

struct auth_certificate;

/* Of a certificate that is verified. Texts are whoever fills it in's. */
struct certificate_names {
    struct dm_str subject;     /* RFC 4514: "CN=web,O=Acme"; special characters escaped */
    const struct dm_str *sans; /* "DNS:web.internal", "URI:spiffe://a/b", "EMAIL:a@b" */
    size_t san_count;
};

/* Subjects, URIs and addresses as they are; the names of hosts in either case. */
bool certificate_name_fits(const struct certificate_names *names,
                           const struct auth_certificate *expected);

#endif
