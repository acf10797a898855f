/* Bodies that are parameters: the first byte says whether a form or JSON. What is taken
 * is the same when it is written as a form; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "daemon/http/percent.h"
#include "daemon/http/problem.h"
#include "daemon/http/query_body.h"
#include "fuzz.h"

static void write_form(const struct parameter_list *list, struct dm_buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            buf_add_char(out, '&');
        percent_encode(list->at[i].name, out);
        buf_add_char(out, '=');
        percent_encode(list->at[i].value, out);
    }
}

static void check_written_again(const struct parameter_list *list, struct arena *arena)
{
    DM_AUTO_DONE(dm_buf) out;
    struct parameter_list again = {.count = 0};
    buf_init(&out, FUZZ_MEMORY_MAX);
    write_form(list, &out);
    fuzz_check(!out.failed);
    fuzz_check(query_body_read(CONTENT_FORM, buf_str(&out), arena, &again, NULL) ==
               DM_OK);
    fuzz_check(again.count == list->count && list->count <= PARAMETERS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        fuzz_check(utf8_valid(list->at[i].name) && utf8_valid(list->at[i].value));
        fuzz_check(str_equal(list->at[i].name, again.at[i].name));
        fuzz_check(str_equal(list->at[i].value, again.at[i].value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    struct parameter_list list = {.count = 0};
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (!len)
        return 0;
    enum dm_code code =
        query_body_read(bytes[0] % 2 ? CONTENT_FORM : CONTENT_JSON,
                        fuzz_text(bytes + 1, len - 1), &arena, &list, &err);
    if (!code) {
        check_written_again(&list, &arena);
        return 0;
    }
    fuzz_check(err.code == code && problem_status(code) == 400);
    fuzz_check(utf8_valid(dm_str(err.message)) && utf8_valid(dm_str(err.hint)));
    return 0;
}
