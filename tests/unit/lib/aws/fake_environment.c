/* An environment of the test's own. */
#include "fake_environment.h"

const char *fake_get(const struct environment *environment, const char *name)
{
    const struct fake_environment *fake = (const void *)environment;
    if (fake->reads_of_key && strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
        ++*fake->reads_of_key;
    for (size_t i = 0; i < FAKE_VARIABLES && fake->variables[i].name; i++)
        if (strcmp(fake->variables[i].name, name) == 0)
            return fake->variables[i].value;
    return NULL;
}
