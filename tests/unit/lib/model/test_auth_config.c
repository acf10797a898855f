/* An app's `auth` group: who may use it, and which of it is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/app_config.h"
#include "model/settings_show.h"
#include "support/test.h"

#define APP                                                                              \
    "dynamodb = { region = \"eu-west-1\"; };\nmodels = { todo = { }; other = { }; };\n"
#define A "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""
#define B "\"0000000000000000000000000000000000000000000000000000000000000000\""

static char folder[] = "/tmp/dynamod-auth-XXXXXX";

static const char *of_test(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "CREDENTIALS_DIRECTORY") == 0 ? folder : NULL;
}

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment service = {of_test}, no_service = {nothing};

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/dynamod-auth-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    cr_assert_eq(chmod(path, mode), 0);
}

static void remove_folder(void)
{
    static const char *const names[] = {"todo.conf", "tokens"};
    char path[100];
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static enum dm_code load_here(const char *text, const struct environment *environment,
                              struct app_config **ret_config, struct dm_error *err)
{
    char path[100];
    write_file("todo.conf", text, 0600);
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    return app_config_load(path, environment, ret_config, err);
}

static enum dm_code load(const char *text, struct app_config **ret_config,
                         struct dm_error *err)
{
    make_folder();
    enum dm_code code = load_here(text, &service, ret_config, err);
    remove_folder();
    return code;
}

static void assert_refused(const char *auth, const char *expected)
{
    char text[2000];
    struct dm_error err = {0};
    struct app_config *config = NULL;
    snprintf(text, sizeof text, APP "%s", auth);
    cr_assert_eq(load(text, &config, &err), DM_E_CONFIG, "%s", auth);
    cr_assert_null(config);
    cr_assert(strstr(err.message, expected), "%s: \"%s\" lacks \"%s\"", auth, err.message,
              expected);
    cr_assert(strstr(err.message, ": expected ") ||
                  strstr(err.message, "expected one of"),
              "%s", err.message);
}

TEST(auth_config, is_nothing_where_there_is_no_group)
{
    DM_AUTO(app_config) *config = NULL;
    struct dm_error err = {0};
    assert_ok(load(APP, &config, &err), err);
    cr_assert_not(auth_config_asks(&config->auth));
}

TEST(auth_config, reads_all_of_it)
{
    DM_AUTO(app_config) *config = NULL;
    struct dm_error err = {0};
    assert_ok(load(APP "auth = { tokens = ( { name = \"a\"; sha256 = [ " A ", " B
                       " ]; allow = [ \"read\" ]; models = [ \"todo\" ]; limits = { "
                       "requests_per_second = 5; }; } );"
                       "certificates = ( { name = \"b\"; subject = \"CN=b,O=Acme\"; }, "
                       "{ name = \"c\"; san = \"DNS:c.example\"; allow = \"write\"; } );"
                       "peers = ( { name = \"d\"; uid = 4294967294L; }, { name = \"e\"; "
                       "user = \"root\"; }, { name = \"f\"; gid = 7; }, { name = \"g\"; "
                       "group = \"root\"; } ); };",
                   &config, &err),
              err);
    const struct auth_config *auth = &config->auth;
    const struct principal *a = &auth->principals[0], *c = &auth->principals[2];
    cr_assert_eq(auth->principal_count, 7);
    cr_assert_eq(auth->token_count, 2);
    assert_str(a->name, "a");
    cr_assert(auth->tokens[0].principal == a && auth->tokens[1].principal == a);
    cr_assert(a->scope.read && !a->scope.write);
    cr_assert(scope_has_model(&a->scope, STR("todo")));
    cr_assert_not(scope_has_model(&a->scope, STR("other")));
    cr_assert_eq(a->limits.requests, 5);
    cr_assert(!c->scope.read && c->scope.write);
    cr_assert(scope_has_model(&c->scope, STR("other")));
    assert_str(auth->certificates[0].subject, "CN=b,O=Acme");
    assert_str(auth->certificates[1].san, "DNS:c.example");
    cr_assert_eq(auth->peers[0].id, 4294967294U);
    cr_assert(auth->peers[1].id == 0 && !auth->peers[1].is_group);
    cr_assert(auth->peers[2].id == 7 && auth->peers[2].is_group);
    cr_assert(auth->peers[3].id == 0 && auth->peers[3].is_group);
}

#define TOKENS(text) "auth = { tokens = ( " text " ); };"
#define NAMED(text) TOKENS("{ name = \"a\"; " text " }")
#define CERTIFICATES(text) "auth = { certificates = ( { name = \"a\"; " text " } ); };"
#define PEERS(text) "auth = { peers = ( { name = \"a\"; " text " } ); };"

static const struct {
    const char *auth, *expected;
} wrong[] = {
    {"auth = 5;", "todo.conf:3: auth: expected"},
    {"auth = { };", "todo.conf:3: auth: expected tokens, certificates or peers"},
    {"auth = { users = ( ); };", "users: expected one of tokens"},
    {"auth = { tokens = ( ); };", "tokens: expected a list of groups"},
    {"auth = { tokens = { a = 1; }; };", "tokens: expected a list of groups"},
    {TOKENS("\"a\""), "tokens: expected groups"},
    {TOKENS("{ sha256 = " A "; }"), "expected a name"},
    {TOKENS("{ name = \"\"; sha256 = " A "; }"), "name: expected"},
    {TOKENS("{ name = \"a b\"; sha256 = " A "; }"), "name: expected a name"},
    {TOKENS("{ name = \"ü\"; sha256 = " A "; }"), "name: expected a name"},
    {TOKENS("{ name = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaa\"; sha256 = " A "; }"),
     "name: expected a name"},
    {TOKENS("{ name = \"a\"; sha256 = " A "; }, { name = \"a\"; sha256 = " B "; }"),
     "name: expected a name that no other has; \"a\" is there already"},
    {TOKENS("{ name = \"a\"; sha256 = " A "; } ); peers = ( { name = \"a\"; uid = 1; }"),
     "\"a\" is there already"},
    {NAMED(""), "expected sha256, file or credential"},
    {NAMED("sha256 = \"\";"), "sha256: expected a SHA-256"},
    {NAMED("sha256 = [ ];"), "sha256: expected a SHA-256"},
    {NAMED("sha256 = \"hunter2\";"), "sha256: expected a SHA-256"},
    {NAMED("sha256 = [ " A ", \"hunter2\" ];"), "sha256: expected a SHA-256"},
    {NAMED("sha256 = [ " A ", " A " ];"), "sha256: expected each token once"},
    {TOKENS("{ name = \"a\"; sha256 = " A "; }, { name = \"b\"; sha256 = " A "; }"),
     "sha256: expected each token once"},
    {NAMED("sha256 = 5;"), "sha256: expected"},
    {NAMED("token = \"hunter2\";"), "token: expected one of name"},
    {NAMED("file = \"none\";"), "file: expected a file of digests; there is no "},
    {NAMED("file = \"\";"), "file: expected"},
    {NAMED("file = \"/\";"), "file: expected a file of digests"},
    {NAMED("credential = \"none\";"), "credential: expected a file of digests"},
    {NAMED("credential = \"../a\";"), "credential: expected the name"},
    {NAMED("credential = \"..\";"), "credential: expected the name"},
    {NAMED("sha256 = " A "; allow = [ ];"), "allow: expected \"read\""},
    {NAMED("sha256 = " A "; allow = \"all\";"), "allow: expected \"read\""},
    {NAMED("sha256 = " A "; models = [ ];"), "models: expected at least one"},
    {NAMED("sha256 = " A "; models = [ \"todo\", \"none\" ];"),
     "models: expected models of this app; \"none\" is none"},
    {NAMED("sha256 = " A "; limits = { requests = 5; };"), "requests: expected one of"},
    {NAMED("sha256 = " A "; limits = { requests_per_second = -1; };"), "expected"},
    {CERTIFICATES(""), "expected subject or san"},
    {CERTIFICATES("subject = \"CN=a\"; san = \"DNS:a\";"), "expected subject or san"},
    {CERTIFICATES("subject = \"web\";"), "subject: expected"},
    {CERTIFICATES("san = \"web.internal\";"), "san: expected"},
    {CERTIFICATES("san = \"DNS:\";"), "san: expected"},
    {CERTIFICATES("san = \"IP:127.0.0.1\";"), "san: expected"},
    {PEERS(""), "expected uid, user, gid or group"},
    {PEERS("uid = 1; gid = 1;"), "expected uid, user, gid or group"},
    {PEERS("uid = -1;"), "uid: expected"},
    {PEERS("uid = 4294967295L;"), "uid: expected"},
    {PEERS("uid = \"root\";"), "uid: expected"},
    {PEERS("user = \"nobody-of-that-name\";"), "user: expected a user of this system"},
    {PEERS("group = \"nobody-of-that-name\";"), "group: expected a group of this"},
};

TEST(auth_config, says_what_is_wrong_and_where)
{
    for (size_t i = 0; i < DM_COUNT(wrong); i++)
        assert_refused(wrong[i].auth, wrong[i].expected);
}

/* --- files --- */

static void assert_file(const char *content, mode_t mode, const char *expected)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    make_folder();
    write_file("tokens", content, mode);
    enum dm_code code =
        load_here(APP NAMED("file = \"tokens\";"), &no_service, &config, &err);
    remove_folder();
    cr_assert_eq(code, expected ? DM_E_CONFIG : DM_OK, "%s", err.message);
    if (expected)
        cr_assert(strstr(err.message, expected), "%s", err.message);
    else
        cr_assert_eq(config->auth.warning.len > 0, (mode & 4) != 0);
    app_config_unref(config);
}

#define HEX_A "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TEST(auth_config, reads_files_of_digests)
{
    assert_file(HEX_A "\n", 0640, NULL);
    assert_file(HEX_A, 0600, NULL);
    assert_file("# those of now\n\n  " HEX_A "  # until May\r\n", 0644, NULL);
    assert_file("", 0600, "/tokens:1: expected a SHA-256");
    assert_file("# none\n", 0600, "/tokens:1: expected a SHA-256");
    assert_file("\n\nhunter2\n", 0600, "/tokens:3: expected a SHA-256");
    assert_file(HEX_A " " HEX_A, 0600, "/tokens:1: expected a SHA-256");
    assert_file(HEX_A "\n" HEX_A, 0600, "/tokens:2: expected each token once");
}

TEST(auth_config, needs_a_service_for_credentials)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    make_folder();
    cr_assert_eq(
        load_here(APP NAMED("credential = \"tokens\";"), &no_service, &config, &err),
        DM_E_CONFIG);
    cr_assert(strstr(err.message, "$CREDENTIALS_DIRECTORY is not set"), "%s",
              err.message);
    write_file("tokens", HEX_A, 0400);
    assert_ok(load_here(APP NAMED("credential = \"tokens\";"), &service, &config, &err),
              err);
    cr_assert_eq(config->auth.token_count, 1);
    app_config_unref(config);
    remove_folder();
}

TEST(auth_config, is_another_where_a_file_says_something_else)
{
    static const char text[] = APP NAMED("file = \"tokens\";");
    struct dm_error err = {0};
    struct app_config *first = NULL, *same = NULL, *other = NULL;
    make_folder();
    write_file("tokens", HEX_A, 0600);
    assert_ok(load_here(text, &service, &first, &err), err);
    write_file("tokens", "# the same\n" HEX_A, 0600);
    assert_ok(load_here(text, &service, &same, &err), err);
    write_file("tokens", HEX_A "\n" B + 0, 0600);
    cr_assert_eq(load_here(text, &service, &other, &err), DM_E_CONFIG,
                 "quotes are no digits");
    write_file("tokens",
               "0000000000000000000000000000000000000000000000000000000000000000", 0600);
    assert_ok(load_here(text, &service, &other, &err), err);
    cr_assert(app_config_same(first, same));
    cr_assert_not(app_config_same(first, other));
    app_config_unref(first);
    app_config_unref(same);
    app_config_unref(other);
    remove_folder();
}

TEST(auth_config, shows_names_and_no_digests)
{
    DM_AUTO(app_config) *config = NULL;
    DM_AUTO_DONE(dm_buf) text;
    struct dm_error err = {0};
    buf_init(&text, 100000);
    assert_ok(load(APP NAMED("sha256 = [ " A " ];"), &config, &err), err);
    settings_show_write(&config->shown, &text);
    buf_add_char(&text, '\0');
    cr_assert(strstr(text.ptr, "name = \"a\"") &&
              strstr(text.ptr, "sha256 = \"(secret)\""));
    cr_assert_null(strstr(text.ptr, "ba7816bf"));
}

TEST(auth_config, survives_the_failure_of_each_allocation)
{
    make_folder();
    write_file("tokens", HEX_A, 0600);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct app_config *config = NULL;
        enum dm_code code = load_here(
            APP "auth = { tokens = ( { name = \"a\"; file = \"tokens\"; limits = { "
                "requests_per_second = 5; }; } ); peers = ( { name = \"d\"; user = "
                "\"root\"; }, { name = \"g\"; group = \"root\"; } ); };",
            &service, &config, &err);
        cr_assert(code == DM_OK || code == DM_E_NOMEM, "%s", err.message);
        app_config_unref(config);
    }
    remove_folder();
}
