/* A client of TLS: one request, one connection. */
#include "daemon/admin/ask_tls.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>

#include "base/error.h"

/* What a connection needs; it waits for itself. */
struct client {
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
};

static enum dm_code failed(ssize_t failure, struct dm_error *err)
{
    return error_set(err, DM_E_UNAVAILABLE, "TLS: %s", gnutls_strerror((int)failure));
}

static int shake_hands(struct client *client, int fd, unsigned patience_ms)
{
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    gnutls_transport_set_int(client->session, fd);
    gnutls_handshake_set_timeout(client->session, patience_ms);
    gnutls_record_set_timeout(client->session, patience_ms);
    int failure;
    do
        failure = gnutls_handshake(client->session);
    while (failure < 0 && !gnutls_error_is_fatal(failure) &&
           failure != GNUTLS_E_TIMEDOUT);
    return failure;
}

static enum dm_code exchange(struct client *client, struct dm_str request,
                             struct dm_buf *answer, struct dm_error *err)
{
    ssize_t moved = gnutls_record_send(client->session, request.ptr, request.len);
    while (moved > 0) {
        char *room = buf_room(answer, 4096);
        moved = room ? gnutls_record_recv(client->session, room, 4096) : 0;
        if (moved == GNUTLS_E_INTERRUPTED || moved == GNUTLS_E_AGAIN)
            moved = 1;
        else if (moved > 0)
            answer->len += (size_t)moved;
    }
    return moved < 0 ? failed(moved, err) : buf_check(answer, "answer", err);
}

static enum dm_code set_up(struct client *client, struct dm_error *err)
{
    int failure = gnutls_certificate_allocate_credentials(&client->credentials);
    if (failure >= 0)
        failure = gnutls_init(&client->session, GNUTLS_CLIENT);
    if (failure >= 0)
        failure = gnutls_set_default_priority(client->session);
    if (failure >= 0)
        failure = gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE,
                                         client->credentials);
    return failure < 0 ? failed(failure, err) : DM_OK;
}

static enum dm_code ask(struct client *client, int fd, struct dm_str request,
                        unsigned patience_ms, struct dm_buf *answer, struct dm_error *err)
{
    DM_TRY(set_up(client, err));
    int failure = shake_hands(client, fd, patience_ms);
    return failure < 0 ? failed(failure, err) : exchange(client, request, answer, err);
}

enum dm_code ask_tls(int fd, struct dm_str request, unsigned patience_ms,
                     struct dm_buf *answer, struct dm_error *err)
{
    struct client client = {.session = NULL};
    enum dm_code code = ask(&client, fd, request, patience_ms, answer, err);
    if (client.session)
        gnutls_deinit(client.session);
    if (client.credentials)
        gnutls_certificate_free_credentials(client.credentials);
    return code;
}
