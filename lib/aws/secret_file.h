/* Files that hold secrets: read whole, and wiped. */
#ifndef DYNAMOD_AWS_SECRET_FILE_H
#define DYNAMOD_AWS_SECRET_FILE_H

#include <stdint.h>

#include "base/macros.h"

/* A file's text; ptr NULL: there is no such file. */
struct secret_text {
    char *ptr;
    size_t len, cap;
};

void secret_text_done(struct secret_text *text);
DM_AUTO_DONE_DEFINE(secret_text, secret_text_done)

/* What tells one state of a file from another; all zero: there is no such file. */
struct file_stamp {
    int64_t modified_ns;
    int64_t size;
    uint64_t inode, device;
};

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Of the file there is now. */
struct file_stamp file_stamp_now(const char *path);

/* A device or a folder is no such file: /dev/null turns it off. DM_E_CREDENTIALS,
 * "SOURCE: larger than …", without the path: past max bytes, not readable, or changing
 * while it is read. ret_stamp may be NULL. */
DM_MUST_USE enum dm_code secret_file_read(const char *source, const char *path,
                                          size_t max, struct secret_text *ret_text,
                                          struct file_stamp *ret_stamp,
                                          struct dm_error *err);

#endif
