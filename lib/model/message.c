/* The sentence of a 404. */
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "model/model.h"

/* A key may hold NUL, where a sentence would end. */
static void add_text(struct dm_buf *out, struct dm_str text)
{
    for (const char *nul; text.len && (nul = memchr(text.ptr, '\0', text.len));) {
        size_t before = (size_t)(nul - text.ptr);
        buf_add(out, text.ptr, before);
        buf_add_str(out, STR("\xEF\xBF\xBD")); /* U+FFFD */
        text.ptr += before + 1;
        text.len -= before + 1;
    }
    buf_add_str(out, text);
}

/* Puts the keys where the model's message has {hash} and {range}. */
static void expand(struct dm_str message, struct dm_str hash, struct dm_str range,
                   struct dm_buf *out)
{
    const struct {
        struct dm_str name, value;
    } places[] = {{STR("{hash}"), hash}, {STR("{range}"), range}};

    while (message.len) {
        size_t taken = 1;
        struct dm_str piece = {message.ptr, 1};
        for (size_t i = 0; i < DM_COUNT(places); i++) {
            if (str_starts(message, places[i].name)) {
                piece = places[i].value;
                taken = places[i].name.len;
            }
        }
        add_text(out, piece);
        message.ptr += taken;
        message.len -= taken;
    }
}

/* Such a message makes no sense where there was no key to look for. */
static bool names_keys(struct dm_str message)
{
    return strstr(message.ptr, "{hash}") || strstr(message.ptr, "{range}");
}

static struct dm_str plain_sentence(struct dm_str hash, struct dm_str range)
{
    if (!hash.len)
        return STR("no item in this model");
    return range.len ? STR("no such item: {hash}, {range}") : STR("no such item: {hash}");
}

enum dm_code model_not_found(const struct dm_model *model, struct dm_str hash,
                             struct dm_str range, struct dm_str message,
                             struct dm_error *err)
{
    /* The longest message, its {range} places filled with the longest keys. */
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 128 * 1024);
    if (message.len)
        add_text(&text, message);
    else if (model->config->message.len &&
             (hash.len || !names_keys(model->config->message)))
        expand(model->config->message, hash, range, &text);
    else
        expand(plain_sentence(hash, range), hash, range, &text);
    DM_TRY(buf_check(&text, "message", err));
    return error_set(err, DM_E_NOT_FOUND, "%.*s", STR_ARG(buf_str(&text)));
}
