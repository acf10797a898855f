/* Lines "<mode> <text>" in, a line out each: the text once through the codec, or "error:
 * …". */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "value/number.h"

enum { MEMORY_MAX = 64 * 1024 * 1024 };

/* What a mode works with. */
struct input {
    struct dm_str text;
    struct arena *arena;
    struct dm_buf *out;
};

static enum dm_code read_item(const struct input *input, struct dm_value *ret_item,
                              struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, input->text, DDB_JSON_DEPTH, input->arena);
    DM_TRY(ddb_json_read_item(&reader, input->arena, ret_item, err));
    return reader_end(&reader, err);
}

static enum dm_code read_plain(const struct input *input, struct dm_value *ret_value,
                               struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, input->text, VALUE_MAX_DEPTH, input->arena);
    DM_TRY(plain_json_read(&reader, input->arena, ret_value, err));
    return reader_end(&reader, err);
}

static enum dm_code ddb_to_ddb(const struct input *input, struct dm_error *err)
{
    struct dm_value item;
    DM_TRY(read_item(input, &item, err));
    ddb_json_write_item(&item, input->out);
    return DM_OK;
}

static enum dm_code ddb_to_plain(const struct input *input, struct dm_error *err)
{
    struct dm_value item;
    DM_TRY(read_item(input, &item, err));
    plain_json_write(&item, input->out);
    return DM_OK;
}

static enum dm_code plain_to_plain(const struct input *input, struct dm_error *err)
{
    struct dm_value value;
    DM_TRY(read_plain(input, &value, err));
    plain_json_write(&value, input->out);
    return DM_OK;
}

static enum dm_code plain_to_ddb(const struct input *input, struct dm_error *err)
{
    struct dm_value value;
    DM_TRY(read_plain(input, &value, err));
    ddb_json_write_value(&value, input->out);
    return DM_OK;
}

static enum dm_code skip(const struct input *input, struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, input->text, DDB_JSON_DEPTH, input->arena);
    DM_TRY(reader_skip(&reader, err));
    DM_TRY(reader_end(&reader, err));
    buf_add_str(input->out, STR("ok"));
    return DM_OK;
}

static enum dm_code number(const struct input *input, struct dm_error *err)
{
    struct number canonical;
    DM_TRY(number_parse(input->text, &canonical, err));
    buf_add(input->out, canonical.text, canonical.len);
    return DM_OK;
}

static const struct mode {
    const char *name;
    enum dm_code (*run)(const struct input *, struct dm_error *);
} modes[] = {
    {"ddb-ddb", ddb_to_ddb},
    {"ddb-plain", ddb_to_plain},
    {"plain-plain", plain_to_plain},
    {"plain-ddb", plain_to_ddb},
    {"skip", skip},
    {"number", number},
};

static enum dm_code run(struct dm_str name, const struct input *input,
                        struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(modes); i++)
        if (str_equal(name, dm_str(modes[i].name)))
            return modes[i].run(input, err);
    return error_set(err, DM_E_INVALID, "no such mode");
}

static void answer(struct dm_str line)
{
    struct dm_error err = {0};
    struct dm_str name = str_split(&line, ' ');
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    arena_init(&arena, MEMORY_MAX);
    buf_init(&out, MEMORY_MAX);
    struct input input = {line, &arena, &out};
    enum dm_code code = run(name, &input, &err);
    if (code == DM_OK)
        code = buf_check(&out, "answer", &err);
    if (code)
        printf("error: %s: %s\n", dm_code_name(code), err.message);
    else
        printf("%.*s\n", STR_ARG(buf_str(&out)));
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    for (;;) {
        ssize_t len = getline(&line, &cap, stdin);
        if (len <= 0)
            break;
        answer((struct dm_str){line, (size_t)len - (line[len - 1] == '\n')});
        fflush(stdout);
    }
    free(line);
    return 0;
}
