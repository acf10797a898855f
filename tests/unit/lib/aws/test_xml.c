/* XML as STS writes it. */
#include <stdio.h>

#include "aws/xml.h"
#include "base/buf.h"
#include "support/test.h"

struct found {
    char text[1024];
    size_t len;
};

static void note(struct dm_str path, struct dm_str text, void *ctx)
{
    struct found *found = ctx;
    found->len +=
        (size_t)snprintf(found->text + found->len, sizeof found->text - found->len,
                         "%.*s=%.*s;", STR_ARG(path), STR_ARG(text));
}

static enum dm_code read_into(struct found *found, struct dm_str text,
                              struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 64 * 1024);
    *found = (struct found){.len = 0};
    return xml_read(text, &arena, note, found, err);
}

static void assert_read(const char *text, const char *expected)
{
    struct found found;
    struct dm_error err = {0};
    assert_ok(read_into(&found, dm_str(text), &err), err);
    assert_str(dm_str(found.text), expected);
}

static void assert_refused(struct dm_str text, const char *message)
{
    struct found found;
    struct dm_error err = {0};
    cr_assert_eq(read_into(&found, text, &err), DM_E_UPSTREAM, "%.*s", STR_ARG(text));
    assert_str(dm_str(err.message), message);
}

TEST(xml, tells_the_text_of_the_innermost_elements)
{
    assert_read("<a/>", "a=;");
    assert_read("<a>x</a>", "a=x;");
    assert_read("<a><b>1</b><c>2</c></a>", "a/b=1;a/c=2;");
    assert_read("<a>\n  <b><c>1</c></b>\n  <b/>\n</a>\n", "a/b/c=1;a/b=;");
    assert_read("<?xml version=\"1.0\"?>\n<A xmlns=\"https://x/\" b = 'c>'><B>é</B></A >",
                "A/B=é;");
}

TEST(xml, resolves_references)
{
    assert_read("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#xe9;</a>",
                "a=<>&\"'A\xf0\x9f\x98\x80\xc3\xa9;");
}

TEST(xml, refuses_what_is_not_well_formed)
{
    const struct {
        const char *text, *message;
    } cases[] = {
        {"", "expected XML in UTF-8"},
        {"\xff", "expected XML in UTF-8"},
        {"<a>\x01</a>", "expected XML in UTF-8"},
        {"{}", "byte 0: expected an element"},
        {"<?xml", "byte 5: expected ?>"},
        {"<a>", "byte 3: expected the element's end"},
        {"<a", "byte 2: expected >"},
        {"<a></b>", "byte 6: expected the end of the element that was begun"},
        {"<a></a", "byte 6: expected >"},
        {"<a><b></a></b>", "byte 9: expected the end of the element that was begun"},
        {"<a/><b/>", "byte 4: expected nothing more"},
        {"<a/>x", "byte 4: expected nothing more"},
        {"<1/>", "byte 2: expected an element, not deeper than 16"},
        {"<!DOCTYPE a><a/>", "byte 1: expected an element, not deeper than 16"},
        {"<a><!-- x --></a>", "byte 4: expected an element, not deeper than 16"},
        {"<a><![CDATA[x]]></a>", "byte 4: expected an element, not deeper than 16"},
        {"<a b/>", "byte 4: expected ="},
        {"<a b=c/>", "byte 5: expected a quoted value"},
        {"<a b='c/>", "byte 9: expected the value's end"},
        {"<a b='<'/>", "byte 6: expected the value's end"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        assert_refused(dm_str(cases[i].text), cases[i].message);
    assert_refused(STR("<a>\0</a>"), "expected XML in UTF-8");
}

TEST(xml, refuses_references_to_nothing)
{
    static const char *const references[] = {
        "&",    "&amp",     "&;",         "&nbsp;",         "&#;",   "&#x;",  "&#0;",
        "&#8;", "&#xD800;", "&#x110000;", "&#99999999999;", "&#1a;", "&#xg;", "&#xFFFE;"};
    for (size_t i = 0; i < DM_COUNT(references); i++) {
        char text[64];
        struct found found;
        struct dm_error err = {0};
        snprintf(text, sizeof text, "<a>%s</a>", references[i]);
        cr_assert_eq(read_into(&found, dm_str(text), &err), DM_E_UPSTREAM, "%s", text);
    }
}

TEST(xml, goes_16_elements_deep)
{
    struct dm_error err = {0};
    struct found found;
    struct dm_buf text;
    for (int depth = 16; depth <= 17; depth++) {
        buf_init(&text, 4096);
        for (int i = 0; i < depth; i++)
            buf_add_str(&text, STR("<a>"));
        for (int i = 0; i < depth; i++)
            buf_add_str(&text, STR("</a>"));
        cr_assert_eq(read_into(&found, buf_str(&text), &err),
                     depth == 16 ? DM_OK : DM_E_UPSTREAM);
        buf_done(&text);
    }
}

static void note_length(struct dm_str path, struct dm_str text, void *ctx)
{
    size_t *path_len = ctx;
    cr_assert_eq(text.len, 0);
    *path_len = path.len;
}

/* Elements of that many bytes each, one in the other. */
static enum dm_code read_names(const int *lengths, int depth, size_t *ret_path_len,
                               struct dm_error *err)
{
    char text[2048], name[1024];
    size_t len = 0;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 64 * 1024);
    memset(name, 'n', sizeof name);
    for (int i = 0; i < depth; i++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "<%.*s>", lengths[i], name);
    for (int i = depth; i-- > 0;)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "</%.*s>", lengths[i], name);
    return xml_read((struct dm_str){text, len}, &arena, note_length, ret_path_len, err);
}

TEST(xml, tells_paths_of_up_to_512_bytes)
{
    const struct {
        int lengths[2], depth;
        size_t path_len; /* 0: refused */
    } cases[] = {
        {{511}, 1, 511},      {{512}, 1, 512},      {{513}, 1, 0},
        {{255, 255}, 2, 511}, {{255, 256}, 2, 512}, {{256, 256}, 2, 0},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        size_t path_len = 0;
        enum dm_code code = read_names(cases[i].lengths, cases[i].depth, &path_len, &err);
        cr_assert_eq(code, cases[i].path_len ? DM_OK : DM_E_UPSTREAM, "case %zu", i);
        cr_assert_eq(path_len, cases[i].path_len, "case %zu", i);
    }
}

TEST(xml, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct found found;
        struct dm_error err = {0};
        enum dm_code code = read_into(&found, STR("<a><b>x</b></a>"), &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
