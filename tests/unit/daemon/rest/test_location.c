/* Where a new item is. */
#include "daemon/rest/location.h"

#include "base/str.h"
#include "support/test.h"

static void expect(const char *app, const char *hash, const char *range, const char *text)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    location_write(
        &(struct location){dm_str(app), STR("todo"), dm_str(hash), dm_str(range)}, &out);
    cr_assert_not(out.failed);
    assert_str(buf_str(&out), text);
}

TEST(location, is_the_path_of_the_item)
{
    expect(NULL, "42", NULL, "/models/todo/42");
    expect(NULL, "42", "7", "/models/todo/42/7");
    expect("shop", "42", NULL, "/apps/shop/models/todo/42");
    expect("my shop", "a", "b", "/apps/my%20shop/models/todo/a/b");
}

TEST(location, is_percent_encoded)
{
    expect(NULL, "a/b?c#d%e f", "é+\"",
           "/models/todo/a%2Fb%3Fc%23d%25e%20f/%C3%A9%2B%22");
    expect(NULL, "A-z_0.9~", "2024-01-02T03:04:05Z",
           "/models/todo/A-z_0.9~/2024-01-02T03%3A04%3A05Z");
}

TEST(location, of_a_key_that_is_a_step_of_a_path_has_it_as_a_parameter)
{
    expect(NULL, "..", NULL, "/models/todo:item?hash=..");
    expect(NULL, "a&b", ".", "/models/todo:item?hash=a%26b&range=.");
    expect("shop", ".", "x", "/apps/shop/models/todo:item?hash=.&range=x");
    expect(NULL, "...", NULL, "/models/todo/...");
}

TEST(location, keeps_a_nul_in_a_key)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    location_write(
        &(struct location){.model = STR("todo"), .hash = STR("a\0b"), .range = {NULL, 0}},
        &out);
    assert_str(buf_str(&out), "/models/todo/a%00b");
}

TEST(location, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 4096);
        location_write(&(struct location){.model = STR("todo"), .hash = STR("1")}, &out);
        cr_assert_eq(out.failed, mem_failed());
    }
}
