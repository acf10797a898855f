/* The shared credentials file as a provider: where it is, what is found, what is refused.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/providers.h"
#include "chain_fixture.h"
#include "support/test.h"

/* A file of the test's own, gone when the test ends. */
struct temporary {
    char path[64];
};

static void temporary_init(struct temporary *file, const char *text)
{
    *file = (struct temporary){"/tmp/dynamod-test-XXXXXX"};
    int fd = mkstemp(file->path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void temporary_done(struct temporary *file)
{
    unlink(file->path);
}
DM_AUTO_DONE_DEFINE(temporary, temporary_done)

static void assert_text_gives(const char *text, const char *id, const char *secret,
                              const char *token)
{
    DM_AUTO_DONE(temporary) file;
    DM_AUTO_DONE(fixture) fixture;
    temporary_init(&file, text);
    struct fake_environment fake = FAKE({"AWS_SHARED_CREDENTIALS_FILE", file.path});
    fixture_init(&fixture, &fake);
    assert_found(&fixture, id, secret, token);
}

static void assert_text_fails(const char *text, const char *message)
{
    DM_AUTO_DONE(temporary) file;
    DM_AUTO_DONE(fixture) fixture;
    temporary_init(&file, text);
    struct fake_environment fake = FAKE({"AWS_SHARED_CREDENTIALS_FILE", file.path});
    fixture_init(&fixture, &fake);
    assert_failed(&fixture, message);
}

static void assert_path_fails(const char *path, const char *message)
{
    DM_AUTO_DONE(fixture) fixture;
    struct fake_environment fake = FAKE({"AWS_SHARED_CREDENTIALS_FILE", path});
    fixture_init(&fixture, &fake);
    assert_failed(&fixture, message);
}

TEST(shared_file, names_count_in_any_case_and_the_last_one_wins)
{
    assert_text_gives("[default]\nAWS_ACCESS_KEY_ID = A\naws_secret_access_key: s1\n"
                      "[other]\naws_access_key_id = B\n"
                      "[default]\naws_secret_access_key = s2\n",
                      "A", "s2", NULL);
}

TEST(shared_file, inherits_from_the_section_in_capitals)
{
    assert_text_gives("[DEFAULT]\naws_access_key_id = A\naws_secret_access_key = s\n"
                      "[default]\naws_session_token = t\n",
                      "A", "s", "t");
    assert_text_fails("[DEFAULT]\naws_access_key_id = A\naws_secret_access_key = s\n",
                      NOBODY);
}

TEST(shared_file, without_the_profile_is_asked_no_further)
{
    assert_text_fails("", NOBODY);
    assert_text_fails("[default]\nregion = eu-west-1\n", NOBODY);
    assert_text_fails("[other]\naws_access_key_id = A\naws_secret_access_key = s\n",
                      NOBODY);
}

TEST(shared_file, with_half_a_pair_is_refused)
{
    assert_text_fails("[default]\naws_access_key_id = A\n",
                      "shared credentials file: there is an access key id, but no secret "
                      "access key");
    assert_text_fails("[default]\naws_secret_access_key = s\n",
                      "shared credentials file: the access key id is missing");
    assert_text_fails("[default]\naws_access_key_id = A\naws_secret_acc",
                      "shared credentials file: line 3: expected [section] or name = "
                      "value");
    assert_text_fails("[default]\naws_access_key_id = A\naws_secret_access_key =\n  s\n",
                      "shared credentials file: the secret access key holds a blank, a "
                      "line end or another character that no key has");
}

TEST(shared_file, that_is_not_there_is_absent)
{
    assert_path_fails("/nowhere/at/all", NOBODY);
    assert_path_fails("/dev/null/below", NOBODY);
    assert_path_fails("/dev/null", NOBODY);
    assert_path_fails("/tmp", NOBODY);
}

TEST(shared_file, that_is_a_fifo_holds_nobody_up)
{
    DM_AUTO_DONE(temporary) file;
    temporary_init(&file, "");
    unlink(file.path);
    cr_assert_eq(mkfifo(file.path, 0600), 0);
    assert_path_fails(file.path, NOBODY);
}

TEST(shared_file, that_cannot_be_opened_is_refused_without_its_path)
{
    DM_AUTO_DONE(temporary) file;
    temporary_init(&file, "");
    unlink(file.path);
    cr_assert_eq(symlink(strrchr(file.path, '/') + 1, file.path), 0);
    assert_path_fails(
        file.path,
        "shared credentials file: cannot be read: Too many levels of symbolic links");
}

TEST(shared_file, of_more_than_1_MB_is_refused)
{
    DM_AUTO_DONE(temporary) file;
    temporary_init(&file, "");
    cr_assert_eq(truncate(file.path, 1024 * 1024 + 1), 0);
    assert_path_fails(file.path, "shared credentials file: larger than 1048576 bytes");
}

TEST(shared_file, that_grows_while_it_is_read_is_refused)
{
    assert_path_fails("/proc/self/stat", /* says that it is empty */
                      "shared credentials file: changed while it was read");
}

static void assert_found_in(const struct fake_environment *fake)
{
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, fake);
    assert_found(&fixture, "FILEID", "filesecret", NULL);
}

TEST(shared_file, is_found_under_home)
{
    struct fake_environment home = FAKE({"HOME", TEST_DATA "/shared/home"});
    struct fake_environment tilde = FAKE(
        {"HOME", TEST_DATA}, {"AWS_SHARED_CREDENTIALS_FILE", "~/shared/credentials"});
    assert_found_in(&home);
    assert_found_in(&tilde);
}

TEST(shared_file, is_nowhere_without_home)
{
    assert_path_fails("", NOBODY);
    assert_path_fails("~/credentials", NOBODY);
}

TEST(shared_file, is_read_anew_at_each_load)
{
    DM_AUTO_DONE(temporary) file;
    DM_AUTO_DONE(fixture) fixture;
    temporary_init(&file, "[default]\naws_access_key_id=A\naws_secret_access_key=s\n");
    struct fake_environment fake = FAKE({"AWS_SHARED_CREDENTIALS_FILE", file.path});
    fixture_init(&fixture, &fake);
    assert_found(&fixture, "A", "s", NULL);

    FILE *again = fopen(file.path, "w");
    fputs("[default]\naws_access_key_id=B\naws_secret_access_key=t\n", again);
    fclose(again);
    cred_chain_reject(fixture.chain, cred_chain_current(fixture.chain)->generation);
    assert_found(&fixture, "B", "t", NULL);
}
