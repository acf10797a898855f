/* Names of tables and indexes. */
#ifndef DYNAMOD_VALUE_TABLE_NAME_H
#define DYNAMOD_VALUE_TABLE_NAME_H

#include "base/macros.h"

/* 3 to 255 of a-z, A-Z, 0-9, _, -, .
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
bool table_name_valid(struct dm_str name);

#endif
