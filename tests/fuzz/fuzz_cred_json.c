/* The JSON of credentials: whatever the text is, it is read, or refused without its
 * words; and it is answered once. */
#include "aws/cred_json.h"
#include "fuzz.h"

struct answer {
    struct cred_load load;
    unsigned times;
};

static void note_answer(struct cred_load *load, enum load_end end,
                        struct credentials *found, const struct dm_error *err)
{
    struct answer *answer = DM_CONTAINER(load, struct answer, load);
    answer->times++;
    fuzz_check((end == LOAD_DONE) == (found != NULL));
    fuzz_check((end == LOAD_FAILED) == (err != NULL));
    fuzz_check(end != LOAD_ABSENT);
    if (found)
        credentials_done(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_error err = {0};
    struct cred_json json;
    struct answer answer = {.load = {note_answer}};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (cred_json_read("fuzz", fuzz_text(bytes, len), &arena, &json, &err)) {
        fuzz_check(err.code == DM_E_CREDENTIALS);
        return 0;
    }
    fuzz_check(json.keys.expires_ms >= 0);
    cred_json_answer(&json, "fuzz", &answer.load);
    fuzz_check(answer.times == 1);
    return 0;
}
