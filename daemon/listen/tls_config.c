/* Reading the group `tls` of a listener. */
#include "daemon/listen/tls_config.h"

#include "base/error.h"
#include "base/str.h"

static enum dm_code read_file(struct settings *file, struct settings_node *node,
                              void *target, struct dm_error *err)
{
    struct tls_file *pem = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (!text.len)
        return settings_expected(file, node, err, "a file in PEM");
    DM_TRY(settings_path(file, text, &pem->path, err));
    return settings_where(file, node, settings_name(node).ptr, &pem->place, err);
}

static enum dm_code read_mode(struct settings *file, struct settings_node *node,
                              void *target, struct dm_error *err)
{
    static const char *const names[] = {"none", "optional", "required"};
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        if (!str_equal(text, dm_str(names[i])))
            continue;
        *(enum client_certificate_mode *)target = (enum client_certificate_mode)i;
        return DM_OK;
    }
    return settings_expected(file, node, err, "\"none\", \"optional\" or \"required\"");
}

static const struct setting table[] = {
    {.name = "certificate",
     .doc = "The certificate in PEM, and after it those that it takes to get to its "
            "authority. A file, relative to this one; read anew at every reload, and "
            "what connects from then on gets it.",
     .type = SETTING_READ,
     .read = read_file,
     .offset = offsetof(struct tls_config, certificate)},
    {.name = "key",
     .doc = "Its private key in PEM, not encrypted: RSA, ECDSA or Ed25519. Nobody else "
            "should be able to read the file.",
     .type = SETTING_READ,
     .read = read_file,
     .offset = offsetof(struct tls_config, key)},
    {.name = "client_ca",
     .doc = "The authorities that clients' certificates are to come from, in PEM.",
     .type = SETTING_READ,
     .read = read_file,
     .offset = offsetof(struct tls_config, client_ca)},
    {.name = "client_certificate",
     .doc = "Whether a client has to show a certificate: \"none\" asks for none, with "
            "\"optional\" one that is shown is checked, with \"required\" nobody is "
            "served without. One that is wrong is refused in the handshake.",
     .type = SETTING_READ,
     .read = read_mode,
     .offset = offsetof(struct tls_config, client_certificate),
     .preset = "\"none\""},
};

const struct setting_table tls_config_settings = {table, DM_COUNT(table)};

enum dm_code tls_config_read(struct settings *file, struct settings_node *node,
                             struct tls_config *ret_tls, struct dm_error *err)
{
    struct tls_config tls = {.client_certificate = CLIENT_CERTIFICATE_NONE};
    DM_TRY(settings_read(file, node, table, DM_COUNT(table), &tls, err));
    if (!tls.certificate.path.len || !tls.key.path.len)
        return settings_expected(file, node, err, "a certificate and a key in the group");
    if ((tls.client_certificate == CLIENT_CERTIFICATE_NONE) ==
        (tls.client_ca.path.len > 0))
        return settings_expected(file, node, err,
                                 "client_ca together with client_certificate = "
                                 "\"optional\" or \"required\"");
    *ret_tls = tls;
    return DM_OK;
}
