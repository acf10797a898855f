/* Preloaded into a daemon: dynamodb.example is the loopback, but not to be found while
 * there is a file $NAMES_FAIL. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*getaddrinfo_fn)(const char *, const char *, const struct addrinfo *,
                              struct addrinfo **);

__attribute__((visibility("default"))) int getaddrinfo(const char *name,
                                                       const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **found)
{
    getaddrinfo_fn real = (getaddrinfo_fn)dlsym(RTLD_NEXT, "getaddrinfo");
    const char *file = getenv("NAMES_FAIL");
    if (!name || strcmp(name, "dynamodb.example") != 0)
        return real(name, service, hints, found);
    if (file && access(file, F_OK) == 0)
        return EAI_AGAIN;
    return real("127.0.0.1", service, hints, found);
}
