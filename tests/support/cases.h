/* Cases that are data: a file of lines "input<TAB>expected"; `#` begins a comment. */
#ifndef DYNAMOD_TESTS_CASES_H
#define DYNAMOD_TESTS_CASES_H

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

struct cases {
    FILE *file;
    char *line;
    size_t cap, count;
    struct dm_str input, expected;
};

static inline struct cases cases_open(const char *path)
{
    struct cases cases = {.file = fopen(path, "re")};
    cr_assert(cases.file, "%s cannot be read", path);
    return cases;
}

/* True while there is one; at the end the file is closed. */
static inline bool cases_next(struct cases *cases)
{
    ssize_t len;
    while ((len = getline(&cases->line, &cases->cap, cases->file)) > 0) {
        struct dm_str line = {cases->line, (size_t)len - (cases->line[len - 1] == '\n')};
        if (str_empty(line) || line.ptr[0] == '#')
            continue;
        cases->input = str_split(&line, '\t');
        cases->expected = line;
        cases->count++;
        return true;
    }
    cr_assert_gt(cases->count, 0, "no case at all");
    free(cases->line);
    fclose(cases->file);
    return false;
}

#endif
