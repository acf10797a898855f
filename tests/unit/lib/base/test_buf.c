/* The byte buffer. */
#include "base/buf.h"
#include "base/mem.h"
#include "support/test.h"

TEST(buf, keeps_what_was_added_in_order)
{
    DM_AUTO_DONE(dm_buf) buf;
    buf_init(&buf, 1000);
    buf_add_str(&buf, STR("one "));
    buf_printf(&buf, "%d", 2);
    buf_add_char(&buf, '!');
    assert_str(buf_str(&buf), "one 2!");
}

TEST(buf, fails_past_its_ceiling_and_stays_failed)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) buf;
    buf_init(&buf, 8);
    buf_add_str(&buf, STR("12345678"));
    cr_assert_eq(buf_check(&buf, "text", &err), DM_OK);
    buf_add_char(&buf, '9');
    buf_add_str(&buf, STR(""));
    cr_assert_eq(buf_check(&buf, "text", &err), DM_E_NOMEM);
    cr_assert_eq(buf.len, 8);
}

TEST(buf, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(dm_buf) buf;
        buf_init(&buf, 10000);
        for (int i = 0; i < 300; i++)
            buf_printf(&buf, "line %d\n", i);
        size_t len = 0;
        char *text = buf_take(&buf, &len);
        cr_assert_eq(text == NULL, mem_failed());
        mem_free(text);
    }
}
