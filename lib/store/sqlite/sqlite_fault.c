/* SQLite's failures as errors of ours. */
#include "store/sqlite/sqlite_fault.h"

#include <sqlite3.h>

#include "base/error.h"

struct fault {
    int result;
    enum dm_code code;
    unsigned retry_after_s;
    const char *message;
};

static const char damaged[] = "the database file is damaged";
static const char locked[] = "the database file is locked by another program";

/* https://www.sqlite.org/rescode.html */
static const struct fault faults[] = {
    {SQLITE_PERM, DM_E_REFUSED, 0, "the database file may not be used"},
    {SQLITE_BUSY, DM_E_OVERLOADED, 1, locked},
    {SQLITE_LOCKED, DM_E_OVERLOADED, 1, locked},
    {SQLITE_NOMEM, DM_E_NOMEM, 0, "out of memory"},
    {SQLITE_READONLY, DM_E_REFUSED, 0, "the database file cannot be written"},
    {SQLITE_INTERRUPT, DM_E_TIMEOUT, 0, "the database was interrupted"},
    {SQLITE_IOERR, DM_E_UPSTREAM, 0, "the database file cannot be read or written"},
    {SQLITE_CORRUPT, DM_E_UPSTREAM, 0, damaged},
    {SQLITE_FULL, DM_E_OVERLOADED, 5, "the disk of the database file is full"},
    {SQLITE_CANTOPEN, DM_E_UPSTREAM, 0, "the database file cannot be opened"},
    {SQLITE_PROTOCOL, DM_E_OVERLOADED, 1, locked},
    {SQLITE_AUTH, DM_E_REFUSED, 0, "the database file may not be used"},
    {SQLITE_NOTADB, DM_E_UPSTREAM, 0, "the file is no database"},
};

enum dm_code sqlite_fault(int result, struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(faults); i++) {
        if (faults[i].result != (result & 0xff))
            continue;
        error_set(err, faults[i].code, "%s", faults[i].message);
        if (err)
            err->retry_after_s = faults[i].retry_after_s;
        return faults[i].code;
    }
    return error_set(err, DM_E_INTERNAL, "SQLite: %s", sqlite3_errstr(result));
}

enum dm_code sqlite_fault_damaged(struct dm_error *err)
{
    return error_set(err, DM_E_UPSTREAM, "%s", damaged);
}
