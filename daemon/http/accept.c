/* Content negotiation. */
#include "daemon/http/accept.h"

#include "base/str.h"
#include "daemon/http/problem.h"

static const char *const types[REPRESENT_COUNT] = {
    [REPRESENT_PLAIN] = "application/json",
    [REPRESENT_TYPED] = "application/x-amz-json-1.0",
    [REPRESENT_HTML] = "text/html",
};

const char *representation_type(enum representation representation)
{
    return types[representation];
}

/* How well a range fits a type: not at all, by all types, by the main type, by name. */
enum fit { FIT_NONE, FIT_ANY, FIT_MAIN, FIT_EXACT };

/* Whether the range is all of the type's main type, as text is of text/html. */
static bool is_main_type(struct dm_str range, const char *type)
{
    struct dm_str main_type = str_split(&range, '/'), rest = dm_str(type);
    return str_equal(range, STR("*")) &&
           str_equal_nocase(main_type, str_split(&rest, '/'));
}

static enum fit range_fit(struct dm_str range, const char *type)
{
    if (str_equal_nocase(range, dm_str(type)))
        return FIT_EXACT;
    if (is_main_type(range, type))
        return FIT_MAIN;
    return str_equal(range, STR("*/*")) ? FIT_ANY : FIT_NONE;
}

/* A qvalue in thousandths: 0 to 1 with at most three decimals (RFC 9110 section 12.4.2).
 */
static bool read_quality(struct dm_str text, unsigned *ret_quality)
{
    struct dm_str fraction = text;
    struct dm_str whole = str_split(&fraction, '.');
    size_t ones = 0, thousandths = 0;
    if (fraction.len > 3 || !str_to_size(whole, 1, &ones))
        return false;
    if (fraction.len && !str_to_size(fraction, 999, &thousandths))
        return false;
    for (size_t digits = fraction.len; digits < 3; digits++)
        thousandths *= 10;

    size_t quality = ones * 1000 + thousandths;
    if (quality > 1000)
        return false;
    *ret_quality = (unsigned)quality;
    return true;
}

/* The `q` among a range's parameters; 1 without one. False when it cannot be read. */
static bool find_quality(struct dm_str parameters, unsigned *ret_quality)
{
    *ret_quality = 1000;
    while (parameters.ptr) {
        struct dm_str value = str_trim(str_split(&parameters, ';'));
        struct dm_str name = str_trim(str_split(&value, '='));
        if (str_equal_nocase(name, STR("q")))
            return read_quality(str_trim(value), ret_quality);
    }
    return true;
}

/* What the whole header says about one type: the most exact range counts. */
static enum fit type_quality(struct dm_str accept, const char *type,
                             unsigned *ret_quality)
{
    enum fit best = FIT_NONE;
    *ret_quality = 0;
    while (accept.ptr) {
        struct dm_str parameters = str_split(&accept, ',');
        struct dm_str range = str_trim(str_split(&parameters, ';'));
        enum fit fit = range_fit(range, type);
        unsigned quality = 0;
        if (fit <= best || !find_quality(parameters, &quality))
            continue;
        best = fit;
        *ret_quality = quality;
    }
    return best;
}

enum dm_code accept_choose(struct dm_str accept, unsigned offered,
                           enum representation *ret_representation, struct dm_error *err)
{
    if (str_empty(str_trim(accept)))
        accept = STR("*/*");

    /* The one preferred here first. */
    static const enum representation order[REPRESENT_COUNT] = {
        REPRESENT_HTML, REPRESENT_PLAIN, REPRESENT_TYPED};
    int chosen = -1;
    unsigned best_quality = 0;
    enum fit best_fit = FIT_NONE;
    for (int j = 0; j < REPRESENT_COUNT; j++) {
        enum representation i = order[j];
        unsigned quality = 0;
        enum fit fit = type_quality(accept, types[i], &quality);
        bool better = quality > best_quality ||
                      (quality && quality == best_quality && fit > best_fit);
        if (!(offered & 1U << i) || !better)
            continue;
        chosen = (int)i;
        best_quality = quality;
        best_fit = fit;
    }
    if (chosen < 0)
        return problem_set(err, PROBLEM_NOT_ACCEPTABLE,
                           "nothing that Accept names is offered here");

    *ret_representation = (enum representation)chosen;
    return DM_OK;
}
