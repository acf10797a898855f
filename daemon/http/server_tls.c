/* libmicrohttpd's options of TLS. */
#include "daemon/http/server_tls.h"

#include <gnutls/abstract.h>

#include "daemon/listen/tls_credentials.h"

/* A connection that was given no credentials of its own ends here. */
static int no_certificate(gnutls_session_t session,
                          const struct gnutls_cert_retr_st *info,
                          gnutls_pcert_st **certificates, unsigned *count,
                          gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
                          gnutls_privkey_t *key, unsigned *flags)
{
    (void)session, (void)info, (void)certificates, (void)count;
    (void)ocsp, (void)ocsp_count, (void)key, (void)flags;
    return -1;
}

/* Functions and constants have to go as plain pointers. */
void server_tls_options(struct MHD_OptionItem options[SERVER_TLS_OPTIONS])
{
    const union {
        gnutls_certificate_retrieve_function3 *function;
        void *pointer;
    } retrieve = {.function = no_certificate};
    const union {
        const char *text;
        void *pointer;
    } priorities = {.text = tls_priorities};
    const struct MHD_OptionItem all[SERVER_TLS_OPTIONS] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, priorities.pointer},
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, retrieve.pointer},
        {MHD_OPTION_TLS_NO_ALPN, 1, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    for (size_t i = 0; i < SERVER_TLS_OPTIONS; i++)
        options[i] = all[i];
}
