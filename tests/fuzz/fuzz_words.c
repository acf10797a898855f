/* A command line: whatever the text is, its words are terminated, and no longer than it.
 */
#include "base/mem.h"
#include "base/words.h"
#include "fuzz.h"

static void check_words(char *const *words, size_t len)
{
    size_t total = 0, count = 0;
    for (; words[count]; count++)
        total += strlen(words[count]);
    fuzz_check(total <= len);
    fuzz_check(count <= len / 2 + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_error err = {0};
    char **words = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    enum dm_code code = words_split(fuzz_text(bytes, len), &arena, &words, &err);
    fuzz_check(code == DM_OK || code == DM_E_INVALID);
    if (!code)
        check_words(words, len);
    return 0;
}
