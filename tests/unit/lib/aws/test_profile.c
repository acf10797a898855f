/* The view of both shared files. */
#include "aws/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake_environment.h"
#include "support/test.h"

/* Both files, in a folder of the test's own. */
struct files {
    char folder[32], config[64], credentials[64];
    struct fake_environment fake;
    struct profiles *profiles;
    struct dm_error err;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void files_init(struct files *f)
{
    *f = (struct files){.folder = "/tmp/dynamod-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(f->folder));
    snprintf(f->config, sizeof f->config, "%s/config", f->folder);
    snprintf(f->credentials, sizeof f->credentials, "%s/credentials", f->folder);
    f->fake = FAKE({"AWS_CONFIG_FILE", f->config},
                   {"AWS_SHARED_CREDENTIALS_FILE", f->credentials});
    assert_ok(profiles_new(&f->fake.environment, &f->profiles, &f->err), f->err);
}

static void files_done(struct files *f)
{
    profiles_free(f->profiles);
    unlink(f->config);
    unlink(f->credentials);
    rmdir(f->folder);
}
DM_AUTO_DONE_DEFINE(files, files_done)

static void refresh(struct files *f, const char *config, const char *credentials)
{
    write_file(f->config, config);
    write_file(f->credentials, credentials);
    assert_ok(profiles_refresh(f->profiles, &f->err), f->err);
}

/* NULL: it is not there. */
static void assert_property(const struct files *f, const char *profile, const char *name,
                            const char *expected)
{
    struct dm_str value = profile_property(f->profiles, dm_str(profile), name);
    cr_assert_eq(value.ptr == NULL, expected == NULL, "%s.%s", profile, name);
    if (expected)
        assert_str(value, expected);
}

TEST(profile, is_read_from_both_files_and_credentials_win)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    cr_assert_not(profiles_have(f.profiles, STR("work")));
    refresh(&f, "[profile work]\nregion = a\noutput = json\n", "[work]\nregion = b\n");
    cr_assert(profiles_have(f.profiles, STR("work")));
    assert_property(&f, "work", "region", "b");
    assert_property(&f, "work", "REGION", "b");
    assert_property(&f, "work", "output", "json");
    assert_property(&f, "work", "nothing", NULL);
    assert_str(profile_property_in(f.profiles, PROFILES_CONFIG, STR("work"), "region"),
               "a");
    cr_assert_null(
        profile_property_in(f.profiles, PROFILES_CREDENTIALS, STR("work"), "output").ptr);
}

TEST(profile, has_another_name_in_each_file)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f,
            "[work]\nk = 1\n[profile  \"my own\"]\nk = 2\n[profile a b]\nk = 3\n"
            "[profile]\n[profile 'open]\n[preview]\n",
            "[profile play]\nk = 4\n");
    cr_assert_not(profiles_have(f.profiles, STR("work")));
    cr_assert_not(profiles_have(f.profiles, STR("a")));
    cr_assert_not(profiles_have(f.profiles, STR("play")));
    cr_assert_not(profiles_have(f.profiles, STR("preview")));
    assert_property(&f, "my own", "k", "2");
    assert_property(&f, "profile play", "k", "4");
}

TEST(profile, default_is_better_called_a_profile)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f, "[default]\na = 1\nb = 1\n", "");
    assert_property(&f, "default", "a", "1");
    refresh(&f, "[profile default]\na = 2\n[default]\na = 1\nb = 1\n", "");
    assert_property(&f, "default", "a", "2");
    assert_property(&f, "default", "b", NULL);
}

TEST(profile, merges_sections_and_inherits_from_the_one_in_capitals)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f,
            "[DEFAULT]\nz = 0\na = 0\n[profile p]\na = 1\nb = 1\n"
            "[profile q]\n[profile p]\nb = 2\n",
            "");
    assert_property(&f, "p", "a", "1");
    assert_property(&f, "p", "b", "2");
    assert_property(&f, "p", "z", "0");
    assert_property(&f, "q", "a", "0");
    assert_property(&f, "r", "a", NULL);
    cr_assert_not(profiles_have(f.profiles, STR("DEFAULT")));
}

TEST(profile, has_lines_below_a_service)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f,
            "[profile p]\nservices = s\n"
            "[services s]\nnames =\n  max = 1\n  max = 2\n  x\nflat = max = 3\ndynamodb "
            "=\n  endpoint_url = http://a\n\nsts =\n  a = b\n"
            "[services other]\ndynamodb = endpoint_url\n[profile q]\nservices = none\n",
            "");
    assert_str(profile_service_property(f.profiles, STR("p"), "names", "max"), "2");
    cr_assert_null(profile_service_property(f.profiles, STR("p"), "names", "x").ptr);
    cr_assert_null(profile_service_property(f.profiles, STR("p"), "flat", "max").ptr);
    assert_str(profile_service_property(f.profiles, STR("p"), "dynamodb", "endpoint_url"),
               "http://a");
    cr_assert_null(profile_service_property(f.profiles, STR("p"), "s3", "a").ptr);
    cr_assert_null(profile_service_property(f.profiles, STR("q"), "sts", "a").ptr);
    cr_assert_null(profile_service_property(f.profiles, STR("r"), "sts", "a").ptr);
}

TEST(profile, stays_as_it_was_when_a_file_is_spoilt)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f, "[profile p]\na = 1\n", "[p]\nb = 1\n");
    write_file(f.config, "[profile p]\na = 2\n");
    write_file(f.credentials, "[p]\nb");
    cr_assert_eq(profiles_refresh(f.profiles, &f.err), DM_E_CREDENTIALS);
    assert_str(dm_str(f.err.message), "shared credentials file: line 2: expected "
                                      "[section] or name = value");
    assert_property(&f, "p", "a", "1");
    assert_property(&f, "p", "b", "1");
    write_file(f.config, "k");
    cr_assert_eq(profiles_refresh(f.profiles, &f.err), DM_E_CREDENTIALS);
    assert_str(dm_str(f.err.message), "shared config file: line 1: expected [section] or "
                                      "name = value");
}

TEST(profile, is_gone_with_its_files)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f, "[profile p]\na = 1\n", "[p]\nb = 1\n");
    unlink(f.config);
    unlink(f.credentials);
    assert_ok(profiles_refresh(f.profiles, &f.err), f.err);
    cr_assert_not(profiles_have(f.profiles, STR("p")));
}

TEST(profile, has_changed_once_its_file_is_at_rest)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f, "[profile p]\n", "");
    cr_assert_not(profiles_changed(f.profiles));
    write_file(f.config, "[profile p]\na = 1\n");
    cr_assert_not(profiles_changed(f.profiles));
    write_file(f.config, "[profile p]\na = 1\nb = 2\n");
    cr_assert_not(profiles_changed(f.profiles));
    cr_assert(profiles_changed(f.profiles));
    assert_ok(profiles_refresh(f.profiles, &f.err), f.err);
    cr_assert_not(profiles_changed(f.profiles));
    unlink(f.credentials);
    cr_assert_not(profiles_changed(f.profiles));
    cr_assert(profiles_changed(f.profiles));
}

TEST(profile, that_was_spoilt_is_not_looked_at_again_until_it_changes)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    write_file(f.credentials, "k");
    cr_assert_eq(profiles_refresh(f.profiles, &f.err), DM_E_CREDENTIALS);
    cr_assert_not(profiles_changed(f.profiles));
    cr_assert_not(profiles_changed(f.profiles));
    write_file(f.credentials, "[p]\nk = 1\n");
    cr_assert_not(profiles_changed(f.profiles));
    cr_assert(profiles_changed(f.profiles));
}

TEST(profile, is_named_by_the_configuration_before_the_environment)
{
    struct fake_environment both =
        FAKE({"AWS_DEFAULT_PROFILE", "second"}, {"AWS_PROFILE", "first"});
    struct fake_environment one = FAKE({"AWS_DEFAULT_PROFILE", "second"});
    struct fake_environment none = {.environment = {fake_get}};
    struct dm_str nothing = {NULL, 0};
    assert_str(profile_named(&both.environment, STR("ours")), "ours");
    assert_str(profile_named(&both.environment, nothing), "first");
    assert_str(profile_named(&one.environment, nothing), "second");
    cr_assert(str_empty(profile_named(&none.environment, nothing)));
    assert_str(profile_or_default(nothing), "default");
    assert_str(profile_or_default(STR("ours")), "ours");
}

static enum dm_code read_all(const struct files *f, struct dm_error *err)
{
    DM_AUTO(profiles) *profiles = NULL;
    DM_TRY(profiles_new(&f->fake.environment, &profiles, err));
    DM_TRY(profiles_refresh(profiles, err));
    cr_assert(profiles_have(profiles, STR("my own")));
    return DM_OK;
}

TEST(profile, survives_each_allocation_failing)
{
    DM_AUTO_DONE(files) f;
    files_init(&f);
    refresh(&f, "[profile 'my own']\nregion = a\n", "[work]\nregion = b\n");
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        cr_assert_eq(read_all(&f, &err), mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
