/*
 * What the judges' tests drive; an answer is a line of JSON, {"error": "…"} for a
 * failure.
 *
 * sign_tool sign: requests on stdin, one a line; {"authorization": "…"} each
 *
 * sign_tool ini FILE…: [["section", "name" or null, "value" or null], …]
 *
 * sign_tool profiles: questions on stdin, one a line; {"profile": {"property": "…"}} each
 *
 * sign_tool credentials: what the chain finds with the environment that it is given
 */
#include <jansson.h>
#include <stdio.h>

#include "aws/cred_chain.h"
#include "aws/ini.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "base/base64.h"
#include "base/error.h"

enum { MEMORY_MAX = 64 * 1024 * 1024 };

static void print(json_t *answer)
{
    json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(answer);
}

static void print_error(const struct dm_error *err)
{
    print(json_pack("{s:s}", "error", err->message));
}

static json_t *text_json(struct dm_str text)
{
    return text.ptr ? json_stringn(text.ptr, text.len) : json_null();
}

/* --- sign --- */

static struct dm_str text_of(const json_t *json)
{
    return (struct dm_str){json_string_value(json), json_string_length(json)};
}

static struct dm_str member(const json_t *json, const char *name)
{
    return text_of(json_object_get(json, name));
}

static struct http_header *read_headers(const json_t *list, struct arena *arena)
{
    size_t count = json_array_size(list);
    struct http_header *headers = arena_new(arena, (count + 1) * sizeof *headers);
    for (size_t i = 0; headers && i < count; i++) {
        const json_t *pair = json_array_get(list, i);
        headers[i].name = text_of(json_array_get(pair, 0));
        headers[i].value = text_of(json_array_get(pair, 1));
    }
    return headers;
}

static enum dm_code sign_json(struct sigv4 *signer, const json_t *json,
                              struct arena *arena, struct sigv4_headers *ret_headers,
                              struct dm_error *err)
{
    struct cred_keys keys = {.access_key_id = member(json, "access_key_id"),
                             .secret_access_key = member(json, "secret_access_key"),
                             .session_token = member(json, "session_token")};
    struct sigv4_request request = {
        .method = member(json, "method"),
        .path = member(json, "path"),
        .query = member(json, "query"),
        .region = member(json, "region"),
        .service = member(json, "service"),
        .headers = read_headers(json_object_get(json, "headers"), arena),
        .header_count = json_array_size(json_object_get(json, "headers")),
        .wall_ms = json_integer_value(json_object_get(json, "wall_ms"))};
    DM_AUTO_DONE(credentials) credentials = {0};
    DM_TRY(credentials_make("request", &keys, &credentials, err));
    DM_TRY(base64_read(member(json, "body"), arena, &request.body, err));
    if (!request.headers)
        return error_nomem(err);
    return sigv4_sign(signer, &credentials, &request, arena, ret_headers, err);
}

static void sign_line(struct sigv4 *signer, const char *line)
{
    json_t *json = json_loads(line, 0, NULL);
    struct dm_error err = {0};
    struct sigv4_headers headers;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY_MAX);
    if (sign_json(signer, json, &arena, &headers, &err))
        print_error(&err);
    else
        print(
            json_pack("{s:o}", "authorization", text_json(headers.authorization.value)));
    json_decref(json);
}

static int sign(void)
{
    static char line[MEMORY_MAX];
    struct dm_error err = {0};
    DM_AUTO(sigv4) *signer = NULL;
    if (sigv4_new(&signer, &err))
        return 1;
    while (fgets(line, sizeof line, stdin))
        sign_line(signer, line);
    return 0;
}

/* --- ini --- */

static void append_entry(struct dm_str section, struct dm_str name, struct dm_str value,
                         void *ctx)
{
    json_array_append_new(
        ctx, json_pack("[o,o,o]", text_json(section), text_json(name), text_json(value)));
}

static bool print_ini(const char *path)
{
    static char text[INI_MAX + 1];
    struct dm_error err = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);

    json_t *entries = json_array();
    if (ini_parse(text, len, append_entry, entries, &err))
        print_error(&err);
    else
        print(json_incref(entries));
    json_decref(entries);
    return true;
}

static int ini(char **paths)
{
    for (; *paths; paths++)
        if (!print_ini(*paths))
            return 1;
    return 0;
}

/* --- profiles --- */

/* One question on a line: ["CONFIG", "CREDENTIALS", ["profile", …], ["property", …]]. */
struct question {
    struct environment environment;
    json_t *json;
};

static const char *file_of(const struct environment *environment, const char *name)
{
    const struct question *question = (const void *)environment;
    size_t at = strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0;
    if (!at && strcmp(name, "AWS_CONFIG_FILE") != 0)
        return NULL;
    return json_string_value(json_array_get(question->json, at));
}

/* "s3.max" is the line max = … under s3 = in the profile's services. */
static struct dm_str find_property(const struct profiles *profiles, struct dm_str profile,
                                   const char *name)
{
    char service[64];
    const char *dot = strchr(name, '.');
    if (!dot || (size_t)(dot - name) >= sizeof service)
        return profile_property(profiles, profile, name);
    snprintf(service, sizeof service, "%.*s", (int)(dot - name), name);
    return profile_service_property(profiles, profile, service, dot + 1);
}

static json_t *profile_json(const struct profiles *profiles, struct dm_str profile,
                            const json_t *names)
{
    json_t *found = json_object();
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        struct dm_str value = find_property(profiles, profile, name);
        if (value.ptr)
            json_object_set_new(found, name, text_json(value));
    }
    return found;
}

static void answer_profiles(const struct question *question)
{
    struct dm_error err = {0};
    DM_AUTO(profiles) *profiles = NULL;
    const json_t *asked = json_array_get(question->json, 2);
    if (profiles_new(&question->environment, &profiles, &err) ||
        profiles_refresh(profiles, &err)) {
        print_error(&err);
        return;
    }
    json_t *found = json_object();
    for (size_t i = 0; i < json_array_size(asked); i++) {
        struct dm_str profile = text_of(json_array_get(asked, i));
        if (profiles_have(profiles, profile))
            json_object_set_new(
                found, profile.ptr,
                profile_json(profiles, profile, json_array_get(question->json, 3)));
    }
    print(found);
}

static int profiles(void)
{
    static char line[64 * 1024];
    while (fgets(line, sizeof line, stdin)) {
        struct question question = {{file_of}, json_loads(line, 0, NULL)};
        answer_profiles(&question);
        json_decref(question.json);
    }
    return 0;
}

/* --- credentials --- */

static void note_end(enum dm_code code, const struct dm_error *err, void *ctx)
{
    if (code)
        print_error(err);
    *(bool *)ctx = true;
}

static enum dm_code load(struct dm_loop *loop, struct cred_chain *chain,
                         struct dm_error *err)
{
    bool ended = false;
    struct cred_waiter waiter = {.done = note_end, .ctx = &ended};
    cred_chain_wait(chain, &waiter);
    while (!ended)
        DM_TRY(dm_loop_turn(loop, -1, err));
    return DM_OK;
}

static enum dm_code credentials(struct dm_error *err)
{
    const struct dm_str none = {NULL, 0};
    struct cred_sources sources = {.environment = environment_process(),
                                   .profile = profile_named(environment_process(), none)};
    DM_AUTO(dm_loop) *loop = NULL;
    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO(cred_chain) *chain = NULL;
    DM_TRY(dm_loop_new(&loop, err));
    DM_TRY(profiles_new(sources.environment, &profiles, err));
    sources.loop = loop;
    sources.profiles = profiles;
    DM_TRY(cred_chain_new(&sources, &chain, err));
    DM_TRY(load(loop, chain, err));
    const struct credentials *found = cred_chain_current(chain);
    if (found)
        print(json_pack("[s,s,s?]", found->access_key_id, found->secret_access_key,
                        found->session_token));
    return DM_OK;
}

int main(int argc, char **argv)
{
    struct dm_error err = {0};
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "sign") == 0)
        return sign();
    if (strcmp(mode, "ini") == 0)
        return ini(argv + 2);
    if (strcmp(mode, "profiles") == 0)
        return profiles();
    if (strcmp(mode, "credentials") == 0)
        return credentials(&err) ? 1 : 0;
    fputs("usage: sign_tool sign | ini FILE… | profiles | credentials\n", stderr);
    return 2;
}
