/* Mutations of the daemon's inputs by whole lines: most of what libFuzzer does to bytes
 * would make no step of a step. */
#include "../fuzz.h"

enum { LINES_MAX = 64, LINE_MAX = 4096 };

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t len, size_t max);

static const char *const steps[] = {
    "c 0",
    "c 1",
    "c 2",
    "o 0",
    "o 1",
    "o 2",
    "d",
    "w",
    "g",
    "G",
    "/ 1",
    "/ 7",
    "t 20",
    "t 1000",
    "t 5000",
    "t 20000",
    "t 60000",
    "0/ 1",
    "1/ 9",
    "0h",
    "1h",
    "0x",
    "1x",
    "2x",
    "0p",
    "0r",
    "1p",
    "0= GET /models/todo/1",
    "1= GET /models/todo/1",
    "2= GET /models/todo/2?consistent_read=true",
    "3= GET /models/todo/3?attributes_to_get=a,b",
    "0= HEAD /models/todo/1",
    "0= GET /models/note/1/1",
    "0= GET /models/note/1",
    "1= GET /models/todo?limit=2",
    "1= GET /models/todo?count=true",
    "1= GET /models/todo:first?a=eq.1",
    "1= GET /models",
    "2= GET /apps",
    "2= GET /apps/far/models/todo/1",
    "2= GET /apps/locked/models/todo/1|Authorization: Bearer secret-token",
    "2= PUT /apps/locked/models/todo/1|Authorization: Bearer wrong||{\"secret\":1}",
    "3= GET /apps/locked/models/todo?secret=eq.1|Authorization: Bearer secret-token",
    "2= GET /models/todo@by_state/x",
    "3= GET /models/bare/1",
    "3= GET /models/todo/1|If-None-Match: \"x\"",
    "0= PUT /models/todo/1|Content-Type: application/json||{\"id\":\"1\",\"a\":1}",
    "0= POST /models/todo|Content-Type: application/json||{\"id\":\"2\"}",
    "1= PATCH /models/todo/1|Content-Type: application/merge-patch+json||{\"a\":null}",
    "1= PATCH /models/todo/1|Content-Type: application/json-patch+json||"
    "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]",
    "1= PATCH /models/todo/1|Content-Type: application/vnd.dynamod.update+json||"
    "{\"add\":{\"n\":1}}",
    "2= DELETE /models/todo/1|Prefer: return=representation",
    "2= POST /models/todo:batchGet|Content-Type: application/json||"
    "{\"keys\":[{\"id\":\"1\"},{\"id\":\"2\"}]}",
    "2= POST /models/todo:batchWrite|Content-Type: application/json||"
    "{\"put\":[{\"id\":\"1\"}],\"delete\":[{\"id\":\"2\"}]}",
    "3= POST /transactions|Content-Type: application/json|Idempotency-Key: abc||"
    "{\"write\":[{\"model\":\"todo\",\"put\":{\"id\":\"1\"}}]}",
    "3= POST /models/todo:query|Content-Type: application/json||{\"limit\":1}",
    "3= OPTIONS /models/todo/1|Origin: https://a.example",
    "0> GET /models/todo/1 HTTP/1.1\\r\\nHost: x\\r\\n",
    "0> \\r\\n",
    "1> POST /models/todo HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: "
    "chunked\\r\\n\\r\\n"
    "3\\r\\n{\"i\\r\\n0\\r\\n\\r\\n",
    "1> PUT /models/todo/1 HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 9\\r\\n"
    "Expect: 100-continue\\r\\n\\r\\n",
    "2> GET / HTTP/1.0\\r\\n\\r\\n",
    "2> GET /apps HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5\\r\\nContent-Length: "
    "6\\r\\n"
    "\\r\\nabcdef",
    "j 200 {}",
    "j 200 {\"Item\":{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"}}}",
    "j 200 {\"Items\":[],\"Count\":0,\"LastEvaluatedKey\":{\"id\":{\"S\":\"1\"}}}",
    "j 200 {\"UnprocessedKeys\":{\"todo\":{\"Keys\":[{\"id\":{\"S\":\"1\"}}]}}}",
    "j 400 {\"__type\":\"x#ThrottlingException\"}",
    "j 400 {\"__type\":\"x#ConditionalCheckFailedException\",\"Item\":{}}",
    "j 400 {\"__type\":\"x#ResourceNotFoundException\"}",
    "j 400 {\"__type\":\"x#ExpiredTokenException\"}",
    "j 400 {\"__type\":\"x#TransactionCanceledException\",\"CancellationReasons\":"
    "[{\"Code\":\"None\"}]}",
    "j 500 {}",
    "u HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n{}",
    "u HTTP/1.1 200 OK\\r\\nTransfer-Encoding: "
    "chunked\\r\\n\\r\\n2\\r\\n{}\\r\\n0\\r\\n\\r\\n",
    "u HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\nContent-Length: 2\\r\\n\\r\\n{}",
    "u HTTP/1.1 100 Continue\\r\\n\\r\\n",
    "U HTTP/1.1 200 OK\\r\\n\\r\\n{}",
    "U HTTP/1.1 2",
    "U ",
};

struct line {
    const uint8_t *ptr;
    size_t len;
};

static size_t split(const uint8_t *bytes, size_t len, struct line lines[LINES_MAX])
{
    size_t count = 0;
    while (len && count < LINES_MAX) {
        const uint8_t *end = memchr(bytes, '\n', len);
        size_t size = end ? (size_t)(end - bytes) : len;
        lines[count++] = (struct line){bytes, size};
        bytes += size + (end != NULL);
        len -= size + (end != NULL);
    }
    return count;
}

static size_t join(const struct line *lines, size_t count, uint8_t *bytes, size_t max)
{
    size_t len = 0;
    for (size_t i = 0; i < count && len + lines[i].len + 1 <= max; i++) {
        memcpy(bytes + len, lines[i].ptr, lines[i].len);
        len += lines[i].len;
        bytes[len++] = '\n';
    }
    return len;
}

static void insert(struct line lines[LINES_MAX], size_t *count, size_t at,
                   struct line line)
{
    if (*count == LINES_MAX)
        return;
    memmove(lines + at + 1, lines + at, (*count - at) * sizeof *lines);
    lines[at] = line;
    ++*count;
}

static void drop(struct line lines[LINES_MAX], size_t *count, size_t at)
{
    memmove(lines + at, lines + at + 1, (*count - at - 1) * sizeof *lines);
    --*count;
}

static struct line random_step(unsigned random)
{
    const char *step = steps[random % DM_COUNT(steps)];
    return (struct line){(const uint8_t *)step, strlen(step)};
}

/* Its bytes as libFuzzer likes them, in the room. */
static struct line mutate_line(struct line line, uint8_t room[LINE_MAX])
{
    if (line.len > LINE_MAX / 2)
        line.len = LINE_MAX / 2;
    memcpy(room, line.ptr, line.len);
    return (struct line){room, LLVMFuzzerMutate(room, line.len, LINE_MAX)};
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max, unsigned seed)
{
    static uint8_t copy[1024 * 1024], room[LINE_MAX];
    struct line lines[LINES_MAX];
    size_t kept = len < sizeof copy ? len : sizeof copy;
    memcpy(copy, bytes, kept);
    size_t count = split(copy, kept, lines);
    unsigned what = seed % 8, first = seed / 8, second = seed / 512;
    if (!count || what < 3) {
        insert(lines, &count, count ? first % (count + 1) : 0, random_step(second));
        return join(lines, count, bytes, max);
    }
    size_t at = first % count, other = second % count;
    struct line line = lines[at];
    if (what == 3) {
        drop(lines, &count, at);
    } else if (what == 4) {
        lines[at] = lines[other];
        lines[other] = line;
    } else if (what == 5) {
        insert(lines, &count, other, line);
    } else {
        lines[at] = mutate_line(line, room);
    }
    return join(lines, count, bytes, max);
}
