/*
 * What the judge of endpoints drives: a line "REGION FIPS DUALSTACK [HOST]" on stdin, the
 * flags 0 or 1, is answered by a line "URL REGION", as signed, or "error: …". The
 * environment and its files count too.
 */
#include <stdio.h>

#include "aws/endpoint.h"
#include "aws/profile.h"

static enum endpoint_flag flag_of(int on)
{
    return on ? ENDPOINT_ON : ENDPOINT_UNSET;
}

static enum dm_code answer(const char *region, int fips, int dualstack, const char *host,
                           struct dm_error *err)
{
    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO_DONE(endpoint) endpoint = {0};
    DM_TRY(profiles_new(environment_process(), &profiles, err));
    struct endpoint_sources sources = {.environment = environment_process(),
                                       .profiles = profiles,
                                       .region = dm_str(region),
                                       .host = dm_str(host),
                                       .use_fips = flag_of(fips),
                                       .use_dualstack = flag_of(dualstack)};
    DM_TRY(endpoint_resolve(&sources, &endpoint, err));
    printf("%s %s\n", endpoint.url, endpoint.region);
    return DM_OK;
}

int main(void)
{
    char line[512], region[128], host[256];
    int fips = 0, dualstack = 0;
    while (fgets(line, sizeof line, stdin)) {
        struct dm_error err = {0};
        host[0] = '\0';
        if (sscanf(line, "%127s %d %d %255s", region, &fips, &dualstack, host) < 3)
            return 2;
        if (answer(region, fips, dualstack, host, &err))
            printf("error: %s\n", err.message);
    }
    return 0;
}
