/* The configuration: dynamod.conf, a NUL, an app's file. What is taken can be shown, and
 * is the same when it is read again; what is refused names its file and line. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/utf8.h"
#include "codec/json_writer.h"
#include "codec/plain_json.h"
#include "daemon/config.h"
#include "fuzz.h"

/* libconfig loses the text of a string when a file ends in the middle of it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static char folder[] = "/dev/shm/dynamod-fuzz-XXXXXX";

static const char *no_variable(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_EC2_METADATA_DISABLED") ? NULL : "true";
}

static const struct environment no_environment = {no_variable};

/* --- files --- */

static const char *path_of(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    unlink(path_of("apps.d/app.conf"));
    unlink(path_of("dynamod.conf"));
    rmdir(path_of("apps.d"));
    rmdir(folder);
}

static void make_folder(void)
{
    static bool is_made;
    if (is_made)
        return;
    is_made = true;
    fuzz_check(mkdtemp(folder) && mkdir(path_of("apps.d"), 0700) == 0);
    atexit(remove_folder);
}

static void write_file(const char *name, struct dm_str text)
{
    FILE *file = fopen(path_of(name), "we");
    fuzz_check(file && fwrite(text.ptr, 1, text.len, file) == text.len);
    fuzz_check(fclose(file) == 0);
}

/* --- what is read --- */

static void check_shown(const struct dm_value *shown)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    plain_json_write(shown, &out);
    fuzz_check(shown->type == DM_M && !out.failed && utf8_valid(buf_str(&out)));
}

static void check_refusal(enum dm_code code, const struct dm_error *err)
{
    fuzz_check(code == DM_E_CONFIG || code == DM_E_NOMEM);
    fuzz_check(err->code == code && err->message[0] && utf8_valid(dm_str(err->message)));
}

/* What is the same is the very same app. */
static void check_again(const struct config *config)
{
    struct config *again = NULL;
    struct dm_error err = {0};
    fuzz_check(config_load_anew(path_of("dynamod.conf"), &no_environment, config, &again,
                                &err) == DM_OK);
    fuzz_check(again->app_count == config->app_count);
    fuzz_check(again->awaits_restart == config->awaits_restart);
    for (size_t i = 0; i < again->app_count; i++)
        fuzz_check(again->apps[i] == config->apps[i]);
    config_unref(again);
}

/* No folder but ours: what is read depends on the input alone. */
static bool leads_elsewhere(struct dm_str text)
{
    return text.len && (memmem(text.ptr, text.len, "@include", 8) ||
                        memmem(text.ptr, text.len, "apps", 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO(config) *config = NULL;
    struct dm_error err = {0};
    struct dm_str app = fuzz_text(bytes, len);
    if (!len || leads_elsewhere(app))
        return 0;
    struct dm_str daemon = str_split(&app, '\0');
    make_folder();
    write_file("dynamod.conf", daemon);
    write_file("apps.d/app.conf", app.ptr ? app : STR(""));
    enum dm_code code =
        config_load(path_of("dynamod.conf"), &no_environment, &config, &err);
    if (code) {
        check_refusal(code, &err);
        return 0;
    }
    check_shown(&config->shown);
    for (size_t i = 0; i < config->app_count; i++)
        check_shown(&config->apps[i]->shown);
    check_again(config);
    return 0;
}
