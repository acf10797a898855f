/*
 * DynamoDB's number: up to 38 significant digits, magnitude 1E-130 … 9.99…E+125, and
 * zero. Never a double.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
#ifndef DYNAMOD_VALUE_NUMBER_H
#define DYNAMOD_VALUE_NUMBER_H

#include "base/macros.h"

/*
 * Canonical text: what DynamoDB itself returns for the number, so that equal numbers have
 * equal text: no sign on zero, no leading or trailing zeros, plain digits ("-12.5",
 * "0.001"). The longest is a sign, "0.", 129 zeros and 38 digits.
 */
enum { NUMBER_TEXT_MAX = 176, NUMBER_MAX_DIGITS = 38 };

struct number {
    char text[NUMBER_TEXT_MAX];
    size_t len;
};

/* Reads any spelling DynamoDB takes ("1.0", "+1e3", ".5", "5.", "007"). DM_E_INVALID for
 * all else; the message is the rule that was broken. */
DM_MUST_USE enum dm_code number_parse(struct dm_str text, struct number *ret_number,
                                      struct dm_error *err);

/* As number_parse, for who wants to know only whether it is one. */
DM_MUST_USE enum dm_code number_check(struct dm_str text, struct dm_error *err);

#endif
