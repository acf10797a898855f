/* TLS of one connection. */
#include "daemon/http/tls.h"

#include <gnutls/x509.h>
#include <netdb.h>
#include <netinet/in.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/http/client_certificate.h"
#include "daemon/listen/tls_credentials.h"
#include "daemon/log/log.h"

enum { NAMES_MAX = 64 * 1024 };

struct tls {
    gnutls_session_t session;            /* lent */
    struct tls_credentials *credentials; /* a reference */
    const char *listener;                /* lent */
    struct tls_handshakes *handshakes;   /* lent */
    bool is_done;                        /* its own */
    struct sockaddr_storage client;
    struct arena arena;             /* of the names */
    struct certificate_names names; /* subject.ptr NULL: none are shown */
    unsigned char protocol[sizeof "http/1.1"];
};

/* --- verifying --- */

static struct dm_str client_of(const struct tls *tls, char *host, size_t size)
{
    if (getnameinfo((const struct sockaddr *)&tls->client, sizeof tls->client, host,
                    (socklen_t)size, NULL, 0, NI_NUMERICHOST))
        return STR("");
    return dm_str(host);
}

/* libmicrohttpd would close without a word. A client that does not hear it is no worse
 * off than without. */
static int refuse(gnutls_session_t session, const struct tls *tls,
                  gnutls_alert_description_t alert, struct dm_str reason)
{
    gnutls_alert_send(session, GNUTLS_AL_FATAL, alert);
    char host[64];
    const struct log_field fields[] = {
        {"listener", dm_str(tls->listener)},
        {"client", client_of(tls, host, sizeof host)},
        {"reason", reason},
    };
    const struct log_kind kind = {.type = gnutls_alert_get_strname(alert)};
    log_folded(LOG_WARNING, "a client's certificate is refused", &kind, fields,
               DM_COUNT(fields));
    return GNUTLS_E_CERTIFICATE_ERROR;
}

static gnutls_alert_description_t alert_of(unsigned status)
{
    if (status & GNUTLS_CERT_EXPIRED)
        return GNUTLS_A_CERTIFICATE_EXPIRED;
    if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
        return GNUTLS_A_UNKNOWN_CA;
    return GNUTLS_A_BAD_CERTIFICATE;
}

static int refuse_status(gnutls_session_t session, const struct tls *tls, unsigned status)
{
    gnutls_datum_t text = {.data = NULL};
    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
    struct dm_str reason =
        text.data ? str_trim(dm_str((const char *)text.data)) : STR("it does not verify");
    int failure = refuse(session, tls, alert_of(status), reason);
    gnutls_free(text.data);
    return failure;
}

static int verify_shown(gnutls_session_t session, struct tls *tls,
                        const gnutls_datum_t *certificate)
{
    unsigned char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st demands = {GNUTLS_DT_KEY_PURPOSE_OID, purpose, 0};
    unsigned status = 0;
    struct dm_error err;
    int failure = gnutls_certificate_verify_peers(session, &demands, 1, &status);
    if (failure < 0)
        return refuse(session, tls, GNUTLS_A_BAD_CERTIFICATE,
                      dm_str(gnutls_strerror(failure)));
    if (status)
        return refuse_status(session, tls, status);
    if (client_certificate_read(certificate, &tls->arena, &tls->names, &err))
        return refuse(session, tls, GNUTLS_A_BAD_CERTIFICATE, dm_str(err.message));
    return 0;
}

/* In the handshake, after the client has shown what it has, or nothing. */
static int verify(gnutls_session_t session)
{
    struct tls *tls = gnutls_session_get_ptr(session);
    unsigned count = 0;
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
    if (shown && count)
        return verify_shown(session, tls, shown);
    if (tls_credentials_mode(tls->credentials) != CLIENT_CERTIFICATE_REQUIRED)
        return 0;
    return refuse(session, tls, GNUTLS_A_CERTIFICATE_REQUIRED, STR("there is none"));
}

/* The client's Finished is the last that a full handshake needs. */
static int on_finished(gnutls_session_t session, unsigned type, unsigned when,
                       unsigned is_incoming, const gnutls_datum_t *message)
{
    struct tls *tls = gnutls_session_get_ptr(session);
    (void)type, (void)when, (void)message;
    if (is_incoming && !tls->is_done) {
        tls->is_done = true;
        tls->handshakes->done++;
    }
    return 0;
}

/* --- life --- */

/* The credentials last: until they are there, the handshake fails. A client that offers
 * protocols, but not ours, is refused (RFC 7301, section 3.2). One without a certificate
 * where it is required is refused by verify, which has a word for it. */
static bool set_up(gnutls_session_t session, struct tls *tls)
{
    memcpy(tls->protocol, "http/1.1", sizeof tls->protocol);
    const gnutls_datum_t protocol = {tls->protocol, sizeof tls->protocol - 1};
    bool asks = tls_credentials_mode(tls->credentials) != CLIENT_CERTIFICATE_NONE;
    gnutls_session_set_ptr(session, tls);
    gnutls_session_set_verify_function(session, verify);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED,
                                       GNUTLS_HOOK_POST, on_finished);
    gnutls_certificate_server_set_request(session, asks ? GNUTLS_CERT_REQUEST
                                                        : GNUTLS_CERT_IGNORE);
    return gnutls_alpn_set_protocols(session, &protocol, 1, GNUTLS_ALPN_MANDATORY) >= 0 &&
           gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
                                  tls_credentials_gnutls(tls->credentials)) >= 0;
}

static void remember_client(struct tls *tls, const struct sockaddr *client)
{
    if (client->sa_family == AF_INET)
        memcpy(&tls->client, client, sizeof(struct sockaddr_in));
    if (client->sa_family == AF_INET6)
        memcpy(&tls->client, client, sizeof(struct sockaddr_in6));
}

struct tls *tls_new(gnutls_session_t session, const struct entrance *entrance,
                    const struct sockaddr *client, struct tls_handshakes *handshakes)
{
    DM_AUTO(tls) *tls = mem_new(sizeof *tls);
    if (!tls)
        return NULL;
    tls->session = session;
    tls->handshakes = handshakes;
    tls->credentials = tls_credentials_ref(entrance->credentials);
    tls->listener = entrance->socket->url;
    arena_init(&tls->arena, NAMES_MAX);
    remember_client(tls, client);
    return set_up(session, tls) ? DM_TAKE(tls) : NULL;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    tls->handshakes->failed += !tls->is_done;
    arena_done(&tls->arena);
    tls_credentials_unref(tls->credentials);
    mem_free(tls);
}

void tls_send(gnutls_session_t session, struct dm_str text)
{
    gnutls_record_send(session, text.ptr, text.len);
}

bool tls_is_done(const struct tls *tls)
{
    return tls->is_done;
}

bool tls_waits_for_client(const struct tls *tls)
{
    return !tls->is_done && gnutls_record_get_direction(tls->session) == 0;
}

const struct certificate_names *tls_names(const struct tls *tls)
{
    return tls->names.subject.ptr ? &tls->names : NULL;
}

bool tls_is_good(const struct tls *tls)
{
    return tls_names(tls) ||
           tls_credentials_mode(tls->credentials) != CLIENT_CERTIFICATE_REQUIRED;
}
