/* AWS's shared files as one view of profiles. */
#include "aws/profile.h"

#include <stdio.h>

#include "aws/ini.h"
#include "aws/secret_file.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/words.h"

enum { ENTRIES_MAX = 64 * 1024 * 1024 }; /* bytes that 1 MB of the shortest lines take */

/* What a section is about. */
enum section_kind {
    SECTION_PROFILE,
    SECTION_SERVICES,
    SECTION_BARE_DEFAULT, /* config's [default], until it is known to be the profile */
    SECTION_INHERITED,    /* [DEFAULT] */
    SECTION_OTHER
};

struct section {
    enum section_kind kind;
    struct dm_str name;
};

/* name.ptr NULL: the section's own line. */
struct entry {
    struct entry *next;
    struct section section;
    struct dm_str name, value;
};

/* What was in a file; the entries' texts point into it. */
struct content {
    struct secret_text text;
    struct arena arena;
    struct entry *first, **end;
    bool profile_default; /* there is [profile default] */
};

struct file {
    char *path;                      /* NULL: there is none to look for */
    struct content *content;         /* NULL: nothing was read yet */
    struct file_stamp read_at, seen; /* at the last reading; at the last look */
};

struct profiles {
    struct file files[PROFILES_FILE_COUNT];
};

static const struct {
    const char *source, *variable, *usual;
} places[PROFILES_FILE_COUNT] = {
    [PROFILES_CONFIG] = {"shared config file", "AWS_CONFIG_FILE", "~/.aws/config"},
    [PROFILES_CREDENTIALS] = {"shared credentials file", "AWS_SHARED_CREDENTIALS_FILE",
                              "~/.aws/credentials"},
};

/* --- where they are --- */

static char *join(struct dm_str folder, struct dm_str rest)
{
    size_t size = folder.len + rest.len + 1;
    char *path = mem_new(size);
    if (path)
        snprintf(path, size, "%.*s%.*s", STR_ARG(folder), STR_ARG(rest));
    return path;
}

static enum dm_code find_path(const struct environment *environment,
                              enum profiles_file file, char **ret_path,
                              struct dm_error *err)
{
    struct dm_str home = environment_str(environment, "HOME");
    struct dm_str path = environment_str(environment, places[file].variable);
    if (str_empty(path))
        path = dm_str(places[file].usual);
    bool under_home = str_starts(path, STR("~/"));
    if (under_home && str_empty(home))
        return DM_OK;

    char *found = under_home ? join(home, (struct dm_str){path.ptr + 1, path.len - 1})
                             : str_dup(path);
    if (!found)
        return error_nomem(err);
    *ret_path = found;
    return DM_OK;
}

enum dm_code profiles_new(const struct environment *environment,
                          struct profiles **ret_profiles, struct dm_error *err)
{
    DM_AUTO(profiles) *profiles = mem_new(sizeof *profiles);
    if (!profiles)
        return error_nomem(err);
    for (size_t i = 0; i < PROFILES_FILE_COUNT; i++)
        DM_TRY(find_path(environment, i, &profiles->files[i].path, err));
    *ret_profiles = DM_TAKE(profiles);
    return DM_OK;
}

static void content_free(struct content *content)
{
    if (!content)
        return;
    secret_text_done(&content->text);
    arena_done(&content->arena);
    mem_free(content);
}
DM_AUTO_DEFINE(content, content_free)

void profiles_free(struct profiles *profiles)
{
    if (!profiles)
        return;
    for (size_t i = 0; i < PROFILES_FILE_COUNT; i++) {
        mem_free(profiles->files[i].path);
        content_free(profiles->files[i].content);
    }
    mem_free(profiles);
}

/* --- reading --- */

struct reading {
    struct content *content;
    enum profiles_file file;
    struct section section; /* of the lines that come */
    bool starved;           /* memory ran out */
};

/* Config's sections are a kind and a name, in a shell's words: [profile "my own"]. */
static bool name_section(struct reading *reading, struct dm_str text)
{
    static const struct section other = {.kind = SECTION_OTHER};
    struct dm_error err = {0};
    char **words = NULL;
    reading->section = other;
    if (words_split(text, &reading->content->arena, &words, &err))
        return err.code != DM_E_NOMEM;
    if (!words[0] || !words[1] || words[2])
        return true;
    if (strcmp(words[0], "profile") == 0)
        reading->section = (struct section){SECTION_PROFILE, dm_str(words[1])};
    if (strcmp(words[0], "services") == 0)
        reading->section = (struct section){SECTION_SERVICES, dm_str(words[1])};
    if (reading->section.kind == SECTION_PROFILE && strcmp(words[1], "default") == 0)
        reading->content->profile_default = true;
    return true;
}

static bool begin_section(struct reading *reading, struct dm_str text)
{
    enum section_kind kind = SECTION_PROFILE;
    if (str_equal(text, STR("DEFAULT")))
        kind = SECTION_INHERITED;
    else if (reading->file == PROFILES_CONFIG && str_equal(text, STR("default")))
        kind = SECTION_BARE_DEFAULT;
    else if (reading->file == PROFILES_CONFIG)
        return name_section(reading, text);
    reading->section = (struct section){kind, text};
    return true;
}

static void note_entry(struct dm_str section, struct dm_str name, struct dm_str value,
                       void *ctx)
{
    struct reading *reading = ctx;
    if (reading->starved)
        return;
    if (!name.ptr && !begin_section(reading, section)) {
        reading->starved = true;
        return;
    }
    if (reading->section.kind == SECTION_OTHER)
        return;
    struct entry *entry = arena_alloc(&reading->content->arena, sizeof *entry);
    if (!entry) {
        reading->starved = true;
        return;
    }
    *entry = (struct entry){NULL, reading->section, name, value};
    *reading->content->end = entry;
    reading->content->end = &entry->next;
}

/* [default] is the profile unless there is [profile default]. */
static void settle_default(struct content *content)
{
    enum section_kind kind = content->profile_default ? SECTION_OTHER : SECTION_PROFILE;
    for (struct entry *entry = content->first; entry; entry = entry->next)
        if (entry->section.kind == SECTION_BARE_DEFAULT)
            entry->section.kind = kind;
}

static enum dm_code parse(enum profiles_file file, struct content *content,
                          struct dm_error *err)
{
    struct dm_error problem = {0};
    struct reading reading = {.content = content, .file = file};
    if (ini_parse(content->text.ptr, content->text.len, note_entry, &reading, &problem))
        return error_set(err, DM_E_CREDENTIALS, "%s: %s", places[file].source,
                         problem.message);
    if (reading.starved)
        return error_nomem(err);
    settle_default(content);
    return DM_OK;
}

static enum dm_code read_file(enum profiles_file file, const char *path,
                              struct content **ret_content, struct file_stamp *ret_stamp,
                              struct dm_error *err)
{
    DM_AUTO(content) *content = mem_new(sizeof *content);
    if (!content)
        return error_nomem(err);
    arena_init_secret(&content->arena, ENTRIES_MAX);
    content->end = &content->first;
    if (path)
        DM_TRY(secret_file_read(places[file].source, path, INI_MAX, &content->text,
                                ret_stamp, err));
    DM_TRY(parse(file, content, err));
    *ret_content = DM_TAKE(content);
    return DM_OK;
}

static enum dm_code refresh_file(enum profiles_file place, struct file *file,
                                 struct content **ret_content, struct dm_error *err)
{
    struct file_stamp stamp = {0};
    enum dm_code code = read_file(place, file->path, ret_content, &stamp, err);
    file->read_at = file->seen = stamp;
    return code;
}

enum dm_code profiles_refresh(struct profiles *profiles, struct dm_error *err)
{
    struct file *config = &profiles->files[PROFILES_CONFIG];
    struct file *credentials = &profiles->files[PROFILES_CREDENTIALS];
    DM_AUTO(content) *first = NULL, *second = NULL;
    struct dm_error problem = {0}; /* both are looked at, even so */
    enum dm_code code = refresh_file(PROFILES_CONFIG, config, &first, err);
    DM_TRY(
        refresh_file(PROFILES_CREDENTIALS, credentials, &second, code ? &problem : err));
    DM_TRY(code);
    content_free(config->content);
    content_free(credentials->content);
    config->content = DM_TAKE(first);
    credentials->content = DM_TAKE(second);
    return DM_OK;
}

static bool file_changed(struct file *file)
{
    struct file_stamp before = file->seen;
    if (!file->path)
        return false;
    file->seen = file_stamp_now(file->path);
    return file_stamp_equal(&file->seen, &before) &&
           !file_stamp_equal(&file->seen, &file->read_at);
}

bool profiles_changed(struct profiles *profiles)
{
    bool config = file_changed(&profiles->files[PROFILES_CONFIG]);
    bool credentials = file_changed(&profiles->files[PROFILES_CREDENTIALS]);
    return config || credentials;
}

/* --- looking things up --- */

static bool is_section(const struct entry *entry, enum section_kind kind,
                       struct dm_str name)
{
    return entry->section.kind == kind && str_equal(entry->section.name, name);
}

static bool has_section(const struct content *content, enum section_kind kind,
                        struct dm_str name)
{
    const struct entry *entry = content ? content->first : NULL;
    while (entry && !is_section(entry, kind, name))
        entry = entry->next;
    return entry != NULL;
}

/* The last one counts; then the last of [DEFAULT]. */
static struct dm_str find(const struct content *content, enum section_kind kind,
                          struct dm_str section, struct dm_str name)
{
    struct dm_str own = {NULL, 0}, inherited = {NULL, 0};
    if (!has_section(content, kind, section))
        return own;
    for (const struct entry *entry = content->first; entry; entry = entry->next) {
        if (!entry->name.ptr || !str_equal_nocase(entry->name, name))
            continue;
        if (is_section(entry, kind, section))
            own = entry->value;
        if (entry->section.kind == SECTION_INHERITED)
            inherited = entry->value;
    }
    return own.ptr ? own : inherited;
}

bool profiles_have(const struct profiles *profiles, struct dm_str profile)
{
    for (size_t i = 0; i < PROFILES_FILE_COUNT; i++)
        if (has_section(profiles->files[i].content, SECTION_PROFILE, profile))
            return true;
    return false;
}

struct dm_str profile_property_in(const struct profiles *profiles,
                                  enum profiles_file file, struct dm_str profile,
                                  const char *name)
{
    return find(profiles->files[file].content, SECTION_PROFILE, profile, dm_str(name));
}

struct dm_str profile_property(const struct profiles *profiles, struct dm_str profile,
                               const char *name)
{
    struct dm_str value =
        profile_property_in(profiles, PROFILES_CREDENTIALS, profile, name);
    return value.ptr ? value
                     : profile_property_in(profiles, PROFILES_CONFIG, profile, name);
}

/* The line `sub = value` among those that continue an empty value. */
static struct dm_str find_sub(struct dm_str lines, struct dm_str sub)
{
    struct dm_str found = {NULL, 0};
    if (!str_starts(lines, STR("\n")))
        return found;
    while (lines.ptr) {
        struct dm_str value = str_split(&lines, '\n');
        struct dm_str name = str_trim(str_split(&value, '='));
        if (value.ptr && str_equal(name, sub))
            found = str_trim(value);
    }
    return found;
}

struct dm_str profile_service_property(const struct profiles *profiles,
                                       struct dm_str profile, const char *service,
                                       const char *sub)
{
    struct dm_str services = profile_property(profiles, profile, "services");
    struct dm_str lines = find(profiles->files[PROFILES_CONFIG].content, SECTION_SERVICES,
                               services, dm_str(service));
    return find_sub(lines, dm_str(sub));
}

struct dm_str profile_named(const struct environment *environment,
                            struct dm_str configured)
{
    struct dm_str profile = configured;
    if (str_empty(profile))
        profile = environment_str(environment, "AWS_PROFILE");
    return str_empty(profile) ? environment_str(environment, "AWS_DEFAULT_PROFILE")
                              : profile;
}
