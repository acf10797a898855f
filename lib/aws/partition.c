/* The table of partitions, as the SDKs' partitions.json has it. */
#include "aws/partition.h"

#include "base/str.h"

struct row {
    struct partition partition;
    const char *prefix; /* regions are it, letters or digits, a dash, digits */
    const char *global; /* its region that is none */
};

/* Where no form fits it is the first, whose regions so need no form. */
static const struct row rows[] = {
    {{"aws", "amazonaws.com", "api.aws"}, NULL, "aws-global"},
    {{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
     "cn-",
     "aws-cn-global"},
    {{"aws-us-gov", "amazonaws.com", "api.aws"}, "us-gov-", "aws-us-gov-global"},
    {{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"}, "eusc-de-", NULL},
    {{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"}, "us-iso-", "aws-iso-global"},
    {{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"}, "us-isob-", "aws-iso-b-global"},
    {{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
     "eu-isoe-",
     "aws-iso-e-global"},
    {{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
     "us-isof-",
     "aws-iso-f-global"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct dm_str skip(struct dm_str text, bool (*is)(char c))
{
    size_t n = 0;
    while (n < text.len && is(text.ptr[n]))
        n++;
    return (struct dm_str){text.ptr + n, text.len - n};
}

/* ^prefix\w+-\d+$ */
static bool has_form(struct dm_str region, struct dm_str prefix)
{
    if (!str_starts(region, prefix))
        return false;
    struct dm_str word = {region.ptr + prefix.len, region.len - prefix.len};
    struct dm_str dash = skip(word, is_word);
    if (dash.len == word.len || !str_starts(dash, STR("-")))
        return false;
    struct dm_str number = {dash.ptr + 1, dash.len - 1};
    return number.len && !skip(number, is_digit).len;
}

const struct partition *partition_of(struct dm_str region)
{
    for (size_t i = 1; i < DM_COUNT(rows); i++) {
        bool global = rows[i].global && str_equal(region, dm_str(rows[i].global));
        if (global || has_form(region, dm_str(rows[i].prefix)))
            return &rows[i].partition;
    }
    return &rows[0].partition;
}
