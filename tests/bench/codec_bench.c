/* A page of DynamoDB JSON (an array of items) to plain JSON, over and over: MB/s of CPU
 * time, and those of copying it with memcpy. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/heap.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"

enum { PAGE_MAX = 16 * 1024 * 1024, MEMORY_MAX = 256 * 1024 * 1024 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "codec_bench: %s\n", what);
    exit(1);
}

static void read_file(const char *path, struct dm_buf *page)
{
    FILE *file = fopen(path, "rb");
    char *room = buf_room(page, PAGE_MAX);
    if (!file || !room)
        die(path);
    page->len = fread(room, 1, PAGE_MAX, file);
    fclose(file);
}

static enum dm_code convert(struct dm_str page, struct arena *arena, struct dm_buf *out,
                            struct dm_error *err)
{
    struct json_reader reader;
    bool more;
    reader_init(&reader, page, DDB_JSON_DEPTH + 1, arena);
    DM_TRY(reader_array_begin(&reader, err));
    for (;;) {
        struct dm_value item;
        DM_TRY(reader_array_next(&reader, &more, err));
        if (!more)
            return reader_end(&reader, err);
        DM_TRY(ddb_json_read_item(&reader, arena, &item, err));
        plain_json_write_item(NULL, &item, out);
    }
}

/* What each conversion of a page of the daemon's has to do: memory included. */
static double convert_rate(struct dm_str page, double seconds)
{
    double began = cpu_seconds(), now = began;
    size_t pages = 0;
    for (; now - began < seconds; now = cpu_seconds(), pages++) {
        struct dm_error err = {0};
        struct arena arena;
        struct dm_buf out;
        arena_init(&arena, MEMORY_MAX);
        buf_init(&out, MEMORY_MAX);
        if (convert(page, &arena, &out, &err))
            die(err.message);
        if (out.failed)
            die("out of memory");
        buf_done(&out);
        arena_done(&arena);
    }
    return (double)page.len * (double)pages / (now - began) / 1e6;
}

static double copy_rate(struct dm_str page, double seconds)
{
    char *volatile copy = mem_new(page.len);
    double began = cpu_seconds(), now = began;
    size_t pages = 0;
    if (!copy)
        die("out of memory");
    for (; now - began < seconds; now = cpu_seconds(), pages++)
        memcpy(copy, page.ptr, page.len);
    mem_free(copy);
    return (double)page.len * (double)pages / (now - began) / 1e6;
}

int main(int argc, char **argv)
{
    size_t duration_ms;
    heap_keep_freed();
    if (argc != 3 || !str_to_size(dm_str(argv[2]), 60000, &duration_ms)) {
        fprintf(stderr, "usage: codec_bench PAGE.json MILLISECONDS\n");
        return 2;
    }
    DM_AUTO_DONE(dm_buf) page;
    buf_init(&page, PAGE_MAX);
    read_file(argv[1], &page);
    double seconds = (double)duration_ms / 1000;
    double ours = convert_rate(buf_str(&page), seconds);
    printf("%.1f %.1f\n", ours, copy_rate(buf_str(&page), seconds));
    return 0;
}
