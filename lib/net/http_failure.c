/* The table of libcurl's codes. */
#include "net/http_failure.h"

#include "base/error.h"

struct meaning {
    CURLcode code;
    enum dm_code error;
    bool bad_reply; /* when the request had been sent */
    const char *text;
};

static const struct meaning meanings[] = {
    {CURLE_URL_MALFORMAT, DM_E_INVALID, false, "not a URL"},
    {CURLE_COULDNT_RESOLVE_HOST, DM_E_UPSTREAM, false, "cannot resolve the name"},
    {CURLE_COULDNT_CONNECT, DM_E_UPSTREAM, false, "connection refused"},
    {CURLE_OPERATION_TIMEDOUT, DM_E_TIMEOUT, false, "no answer in time"},
    {CURLE_SSL_CONNECT_ERROR, DM_E_UPSTREAM, false, "TLS handshake failed"},
    {CURLE_PEER_FAILED_VERIFICATION, DM_E_UPSTREAM, false, "certificate not trusted"},
    {CURLE_SSL_CACERT_BADFILE, DM_E_UPSTREAM, false,
     "cannot read the authorities to trust"},
    {CURLE_SEND_ERROR, DM_E_UPSTREAM, false,
     "connection lost before the request was sent"},
    {CURLE_RECV_ERROR, DM_E_UPSTREAM, false, "connection lost before the reply's end"},
    {CURLE_GOT_NOTHING, DM_E_UPSTREAM, false, "connection closed without a reply"},
    {CURLE_PARTIAL_FILE, DM_E_UPSTREAM, false,
     "connection closed before the reply's end"},
    {CURLE_UNSUPPORTED_PROTOCOL, DM_E_UPSTREAM, true, "the reply is not HTTP/1.1"},
    {CURLE_WEIRD_SERVER_REPLY, DM_E_UPSTREAM, true, "the reply is not HTTP/1.1"},
    {CURLE_BAD_CONTENT_ENCODING, DM_E_UPSTREAM, true,
     "the reply's encoding is not known"},
    {CURLE_OUT_OF_MEMORY, DM_E_NOMEM, false, "out of memory"},
    {CURLE_ABORTED_BY_CALLBACK, DM_E_NOMEM, false, "out of memory"},
    {CURLE_WRITE_ERROR, DM_E_NOMEM, false, "out of memory"},
};

static struct meaning meaning_of(CURLcode code)
{
    for (size_t i = 0; i < DM_COUNT(meanings); i++)
        if (meanings[i].code == code)
            return meanings[i];
    return (struct meaning){code, DM_E_UPSTREAM, false, curl_easy_strerror(code)};
}

enum http_failure http_failure_of(CURLcode code, bool began, struct dm_error *err)
{
    struct meaning meaning = meaning_of(code);
    error_set(err, meaning.error, "%s", meaning.text);
    if (!began)
        return HTTP_NOT_SENT;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return HTTP_TIMED_OUT;
    return meaning.bad_reply ? HTTP_BAD_REPLY : HTTP_LOST;
}
