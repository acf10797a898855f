/* Locations. */
#include "daemon/rest/location.h"

#include "base/str.h"
#include "daemon/http/percent.h"

/* RFC 3986 section 5.2.4 removes them, and clients their encoded forms too. */
static bool is_dots(struct dm_str text)
{
    return str_equal(text, STR(".")) || str_equal(text, STR(".."));
}

static void write_model(const struct location *location, struct dm_buf *out)
{
    if (!str_empty(location->app)) {
        buf_add_str(out, STR("/apps/"));
        percent_encode(location->app, out);
    }
    buf_add_str(out, STR("/models/"));
    percent_encode(location->model, out);
}

void location_write(const struct location *location, struct dm_buf *out)
{
    bool in_query = is_dots(location->hash) || is_dots(location->range);
    write_model(location, out);
    buf_add_str(out, in_query ? STR(":item?hash=") : STR("/"));
    percent_encode(location->hash, out);
    if (!location->range.ptr)
        return;
    buf_add_str(out, in_query ? STR("&range=") : STR("/"));
    percent_encode(location->range, out);
}
