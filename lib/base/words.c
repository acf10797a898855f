/* Splitting a command line (POSIX.1-2017, Shell & Utilities, section 2.2: quoting). */
#include "base/words.h"

#include "base/error.h"
#include "base/str.h"

/* Where it reads, and where it writes: never ahead of the reading. */
struct splitter {
    const char *at, *end;
    char *out;
    const char *problem;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool over_blanks(struct splitter *splitter)
{
    while (splitter->at < splitter->end && is_blank(*splitter->at))
        splitter->at++;
    return splitter->at < splitter->end;
}

static void copy_one(struct splitter *splitter)
{
    *splitter->out++ = *splitter->at++;
}

static bool copy_hidden(struct splitter *splitter)
{
    splitter->at++;
    if (splitter->at == splitter->end) {
        splitter->problem = "nothing follows the last backslash";
        return false;
    }
    copy_one(splitter);
    return true;
}

/* Inside double quotes a backslash is one like any other, unless it hides a quote or
 * another. */
static bool hides(const struct splitter *splitter, char quote)
{
    const char *at = splitter->at;
    return quote == '"' && *at == '\\' &&
           (at + 1 == splitter->end || at[1] == '"' || at[1] == '\\');
}

static bool copy_quoted(struct splitter *splitter)
{
    char quote = *splitter->at++;
    while (splitter->at < splitter->end && *splitter->at != quote) {
        if (!hides(splitter, quote))
            copy_one(splitter);
        else if (!copy_hidden(splitter))
            return false;
    }
    if (splitter->at == splitter->end) {
        splitter->problem = "a quotation has no end";
        return false;
    }
    splitter->at++;
    return true;
}

static bool copy_part(struct splitter *splitter)
{
    char c = *splitter->at;
    if (c == '"' || c == '\'')
        return copy_quoted(splitter);
    if (c == '\\')
        return copy_hidden(splitter);
    copy_one(splitter);
    return true;
}

static bool copy_word(struct splitter *splitter)
{
    while (splitter->at < splitter->end && !is_blank(*splitter->at))
        if (!copy_part(splitter))
            return false;
    *splitter->out++ = '\0';
    return true;
}

enum dm_code words_split(struct dm_str text, struct arena *arena, char ***ret_words,
                         struct dm_error *err)
{
    if (!str_empty(text) && memchr(text.ptr, '\0', text.len))
        return error_set(err, DM_E_INVALID, "it holds a NUL");

    /* At most every second byte begins a word. */
    char **words = arena_alloc(arena, (text.len / 2 + 2) * sizeof *words);
    char *out = arena_alloc(arena, text.len + 1);
    if (!words || !out)
        return error_nomem(err);

    size_t count = 0;
    struct splitter splitter = {.at = text.ptr, .end = text.ptr + text.len, .out = out};
    while (over_blanks(&splitter)) {
        words[count++] = splitter.out;
        if (!copy_word(&splitter))
            return error_set(err, DM_E_INVALID, "%s", splitter.problem);
    }
    words[count] = NULL;
    *ret_words = words;
    return DM_OK;
}
