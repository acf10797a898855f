/* The view of the shared files: both are the same text, and whatever it is, what is found
 * in one is found in both, or was refused. */
#include <sys/mman.h>
#include <unistd.h>

#include "aws/profile.h"
#include "fuzz.h"

/* A file without a name that both variables point at. */
struct shared_file {
    struct environment environment;
    int fd;
    char path[32];
};

static const char *get(const struct environment *environment, const char *name)
{
    const struct shared_file *file = (const void *)environment;
    return strcmp(name, "HOME") == 0 ? NULL : file->path;
}

static void ask(const struct profiles *profiles, struct dm_str profile)
{
    static const char *const names[] = {"region", "services", "s3", "a"};
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        struct dm_str value = profile_property(profiles, profile, names[i]);
        struct dm_str service =
            profile_service_property(profiles, profile, names[i], "a");
        fuzz_check(!value.ptr || profiles_have(profiles, profile));
        fuzz_check(!service.ptr || profiles_have(profiles, profile));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_error err = {0};
    struct shared_file file = {{get}, memfd_create("profile", 0), ""};
    DM_AUTO(profiles) *profiles = NULL;
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    fuzz_check(write(file.fd, bytes, len) == (ssize_t)len);
    fuzz_check(!profiles_new(&file.environment, &profiles, &err));
    if (profiles_refresh(profiles, &err))
        fuzz_check(err.code == DM_E_CREDENTIALS && err.message[0]);
    ask(profiles, dm_str("default"));
    ask(profiles, dm_str("a"));
    close(file.fd);
    return 0;
}
