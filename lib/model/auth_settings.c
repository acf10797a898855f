/* The settings of an `auth` group. */
#include "model/auth_reading.h"

#define NAME_ROW                                                                         \
    {                                                                                    \
        .name = "name",                                                                  \
        .doc = "What logs, limits and /status call it: 1 to 64 of a-z, A-Z, 0-9, ., _, " \
               "@ and -. No two of the group have the same.",                            \
        .type = SETTING_STRING, .offset = offsetof(struct auth_member, name), .min = 1   \
    }
#define SCOPE_ROWS                                                                       \
    {.name = "allow",                                                                    \
     .doc = "What it may do, as far as a model allows it: \"read\", \"write\" or both.", \
     .type = SETTING_STRINGS,                                                            \
     .offset = offsetof(struct auth_member, allow),                                      \
     .preset = "[ \"read\", \"write\" ]"},                                               \
        {.name = "models",                                                               \
         .doc = "The models that it may use, by name. Without it: all.",                 \
         .type = SETTING_STRINGS,                                                        \
         .offset = offsetof(struct auth_member, models)},                                \
    {                                                                                    \
        .name = "limits",                                                                \
        .doc = "What it may ask for, within what the app's limits "                      \
               "leave.",                                                                 \
        .type = SETTING_READ, .offset = offsetof(struct auth_member, limits),            \
        .read = limits_config_read, .group = &limits_settings, .preset = "{}"            \
    }
#define TOKEN_ROWS                                                                       \
    NAME_ROW,                                                                            \
        {.name = "sha256",                                                               \
         .doc = "The SHA-256 of the token in hexadecimal digits, or several while one "  \
                "takes the place of another. `dynamod --new-token` makes both.",         \
         .type = SETTING_STRINGS,                                                        \
         .offset = offsetof(struct auth_member, sha256),                                 \
         .is_secret = true},                                                             \
        {.name = "file",                                                                 \
         .doc = "A file of them, one a line, # for comments; relative to this file. It " \
                "is read at start and at each reload.",                                  \
         .type = SETTING_STRING,                                                         \
         .offset = offsetof(struct auth_member, file),                                   \
         .min = 1},                                                                      \
    {                                                                                    \
        .name = "credential",                                                            \
        .doc = "The same, handed over by systemd (LoadCredential=): the file of that "   \
               "name in $CREDENTIALS_DIRECTORY.",                                        \
        .type = SETTING_STRING, .offset = offsetof(struct auth_member, credential),      \
        .min = 1                                                                         \
    }
#define CERTIFICATE_ROWS                                                                 \
    NAME_ROW,                                                                            \
        {.name = "subject",                                                              \
         .doc = "The whole subject of its certificate, \"CN=web,O=Acme\" (RFC 4514).",   \
         .type = SETTING_STRING,                                                         \
         .offset = offsetof(struct auth_member, subject),                                \
         .min = 1},                                                                      \
    {                                                                                    \
        .name = "san",                                                                   \
        .doc = "Or one of its alternative names: \"DNS:web.internal\", "                 \
               "\"URI:spiffe://…\" or \"EMAIL:…\".",                                     \
        .type = SETTING_STRING, .offset = offsetof(struct auth_member, san), .min = 1    \
    }
#define PEER_ROWS                                                                        \
    NAME_ROW,                                                                            \
        {.name = "uid",                                                                  \
         .doc = "The user that its process runs as, by number.",                         \
         .type = SETTING_COUNT,                                                          \
         .offset = offsetof(struct auth_member, uid),                                    \
         .max = AUTH_NO_ID - 1},                                                         \
        {.name = "user",                                                                 \
         .doc = "Or by name, looked up at start and at each reload.",                    \
         .type = SETTING_STRING,                                                         \
         .offset = offsetof(struct auth_member, user),                                   \
         .min = 1},                                                                      \
        {.name = "gid",                                                                  \
         .doc = "Or the group that it runs as, by number: its own, not others that its " \
                "user is in.",                                                           \
         .type = SETTING_COUNT,                                                          \
         .offset = offsetof(struct auth_member, gid),                                    \
         .max = AUTH_NO_ID - 1},                                                         \
    {                                                                                    \
        .name = "group", .doc = "Or that by name.", .type = SETTING_STRING,              \
        .offset = offsetof(struct auth_member, group), .min = 1                          \
    }

static const struct setting token_rows[] = {TOKEN_ROWS, SCOPE_ROWS};
static const struct setting certificate_rows[] = {CERTIFICATE_ROWS, SCOPE_ROWS};
static const struct setting peer_rows[] = {PEER_ROWS, SCOPE_ROWS};
static const struct setting admin_token_rows[] = {TOKEN_ROWS};
static const struct setting admin_certificate_rows[] = {CERTIFICATE_ROWS};
static const struct setting admin_peer_rows[] = {PEER_ROWS};

static const struct setting_table tokens = {token_rows, DM_COUNT(token_rows)};
static const struct setting_table certificates = {certificate_rows,
                                                  DM_COUNT(certificate_rows)};
static const struct setting_table peers = {peer_rows, DM_COUNT(peer_rows)};
static const struct setting_table admin_tokens = {admin_token_rows,
                                                  DM_COUNT(admin_token_rows)};
static const struct setting_table admin_certificates = {admin_certificate_rows,
                                                        DM_COUNT(admin_certificate_rows)};
static const struct setting_table admin_peers = {admin_peer_rows,
                                                 DM_COUNT(admin_peer_rows)};

#define LIST_ROWS(token_table, certificate_table, peer_table)                            \
    {.name = "tokens",                                                                   \
     .doc = "Bearer tokens, in a list of groups. Only their SHA-256 is kept, which is "  \
            "enough for tokens that are random: nobody guesses 256 bits.",               \
     .type = SETTING_NODE,                                                               \
     .offset = offsetof(struct auth_lists, at[AUTH_TOKENS]),                             \
     .group = (token_table),                                                             \
     .many = true},                                                                      \
        {.name = "certificates",                                                         \
         .doc = "Certificates of clients, where a listener asks for them "               \
                "(client_certificate), in a list of groups.",                            \
         .type = SETTING_NODE,                                                           \
         .offset = offsetof(struct auth_lists, at[AUTH_CERTIFICATES]),                   \
         .group = (certificate_table),                                                   \
         .many = true},                                                                  \
    {                                                                                    \
        .name = "peers",                                                                 \
        .doc = "Users and groups of the system, where a listener is a unix socket, in "  \
               "a list of groups.",                                                      \
        .type = SETTING_NODE, .offset = offsetof(struct auth_lists, at[AUTH_PEERS]),     \
        .group = (peer_table), .many = true                                              \
    }

static const struct setting list_rows[] = {LIST_ROWS(&tokens, &certificates, &peers)};
static const struct setting admin_list_rows[] = {
    LIST_ROWS(&admin_tokens, &admin_certificates, &admin_peers)};

const struct setting_table auth_settings = {list_rows, DM_COUNT(list_rows)};
const struct setting_table auth_admin_settings = {admin_list_rows,
                                                  DM_COUNT(admin_list_rows)};
