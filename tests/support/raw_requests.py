"""Requests as nobody should send them: a table of raw bytes, and mutations of good ones.

A request says which it is in its X-Request-Id. What is hidden where it should not be taken for a
request calls itself `smuggled`.
"""
import random

ITEM = b'{"text":"raw"}'
SMUGGLED = b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\n\r\n"
HOST = b"Host: localhost\r\n"
OWN = b"X-Request-Id: own\r\n"
CHUNKS = b"5\r\n{\"tex\r\n9\r\nt\":\"raw\"}\r\n0\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"
PATH = b"/models/todo/raw"


def get(fields=b"", target=b"/models/todo/1", method=b"GET", version=b"HTTP/1.1", host=HOST,
        end=b"\r\n", name=OWN):
    return method + b" " + target + b" " + version + b"\r\n" + host + name + fields + end


def put(fields, body=ITEM, **options):
    return get(JSON + fields, PATH, b"PUT", **options) + body


def length(body=ITEM):
    return b"Content-Length: %d\r\n" % len(body)


def chunked(body=CHUNKS, fields=b"Transfer-Encoding: chunked\r\n"):
    return put(fields, body)


def with_both():
    """Framed in two ways, or in none that is plain."""
    te, hidden = b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED
    odd = [b"xchunked", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip", b"identity",
           b"chunked, identity", b"Chunked", b"CHUNKED", b"\tchunked", b"chunked\t", b"chunked ",
           b" chunked", b"\"chunked\"", b"chunked;q=1", b"chunked,", b",chunked", b"", b"chunke",
           b"\x0bchunked", b"chunked\x0b", b"\x00chunked", b"chunked\x00", b"chun\rked",
           b"c\xc3\xa8unked", b"chunked\r", b"\rchunked", b"identity, chunked", b"deflate", b"0"]
    for value in odd:
        field = b"Transfer-Encoding: " + value + b"\r\n"
        yield b"te " + value, put(field, hidden)
        yield b"cl and te " + value, put(length(hidden) + field, hidden)
    for name in (b"Transfer-Encoding ", b"Transfer-Encoding\t", b" Transfer-Encoding",
                 b"Transfer_Encoding", b"Transfer-Encoding\x00", b"Transfer-Encoding\x0b",
                 b"X\r\n Transfer-Encoding", b"X: y\nTransfer-Encoding", b"transfer-ENCODING",
                 b"X: y\rTransfer-Encoding", b"Transfer-Encoding:",
                 b"X: y\x00\r\nTransfer-Encoding"):
        field = name + b": chunked\r\n"
        yield b"te as " + name, put(length(hidden) + field, hidden)
        yield b"te alone as " + name, put(field, hidden)
    yield b"te cl", put(te + length(hidden), hidden)
    yield b"te cl te", put(te + length(hidden) + te, hidden)
    yield b"te twice", put(te + te, hidden)
    yield b"te twice, odd first", put(b"Transfer-Encoding: x\r\n" + te, hidden)
    yield b"te twice, odd last", put(te + b"Transfer-Encoding: x\r\n", hidden)
    yield b"te of HTTP/1.0", put(te, CHUNKS, version=b"HTTP/1.0")


def with_lengths():
    odd = [b"5, 5", b"5,6", b"-1", b"+5", b"0x5", b"5.0", b"5e0", b" 5", b"5 ", b"\t5", b"5\t", b"",
           b"05", b"0000000000000000000000000000005", b"99999999999999999999",
           b"18446744073709551616", b"18446744073709551621", b"9223372036854775808", b"five",
           b"5;", b"5\x00", b"\x005", b"5\x0b", b"5 5", b"'5'", b"\xb2", b"1_0", b"4294967296"]
    for value in odd:
        yield b"cl " + value, put(b"Content-Length: " + value + b"\r\n", SMUGGLED)
    body = length(SMUGGLED)
    for name in (b"Content-Length ", b" Content-Length", b"Content-Length\t", b"Content_Length",
                 b"Content-Length\x00", b"X: y\nContent-Length", b"X: y\rContent-Length",
                 b"X:\r\n Content-Length", b"content-LENGTH", b"Content-\r\n Length"):
        yield b"cl as " + name, put(name + body[14:], SMUGGLED)
    yield b"cl twice", put(length() + length())
    yield b"cl twice, 0 first", put(b"Content-Length: 0\r\n" + body, SMUGGLED)
    yield b"cl twice, 0 last", put(body + b"Content-Length: 0\r\n", SMUGGLED)
    yield b"cl on get", get(body) + SMUGGLED
    yield b"cl on get, folded away", get(b"Content-Length: %d\r\n x\r\n" % len(SMUGGLED)) + SMUGGLED
    yield b"cl on head", get(body, method=b"HEAD") + SMUGGLED
    yield b"cl on options", get(body, method=b"OPTIONS") + SMUGGLED
    yield b"cl on delete", get(body, method=b"DELETE") + SMUGGLED
    yield b"body without cl", get(method=b"POST") + b"xx" + SMUGGLED


def with_chunks():
    hidden = b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n"
    last = b"\r\n0\r\n\r\n"
    for size in (b"0e", b"E", b"000000e", b"0" * 40 + b"e", b"+e", b"-e", b" e", b"e ", b"e\t",
                 b"0xe", b"\\xe", b"e;", b"e;a", b"e;a=b", b"e; a=\"b\"", b"e;a\x00b", b"e;\x7f",
                 b"e;a\r", b"e;a\nb", b"e;\n", b"e;a\rb", b"e\n", b"e\r", b"e\x00", b"", b";",
                 b"e,",
                 b"1000000000000000e", b"10000000000000000e", b"ffffffffffffffff", b"g", b"e g",
                 b"e;" + b"a" * 200, b"7fffffffffffffff", b"fffffffffffffff"):
        yield b"chunk " + size, chunked(size + b"\r\n" + ITEM + last)
        yield b"chunk then smuggled " + size, chunked(size + b"\r\n" + ITEM + last + SMUGGLED)
    yield b"chunks", chunked()
    yield b"chunk with a request", chunked(hidden)
    yield b"chunk LF", chunked(b"e\n" + ITEM + b"\n0\n\n")
    yield b"chunk CR", chunked(b"e\r" + ITEM + b"\r0\r\r")
    yield b"chunk longer", chunked(b"e\r\n" + ITEM + b"xx" + last)
    yield b"chunk shorter", chunked(b"f\r\n" + ITEM + last)
    yield b"chunk end LF", chunked(b"e\r\n" + ITEM + b"\n0\r\n\r\n")
    yield b"chunk end LFLF", chunked(b"e\r\n" + ITEM + b"\n\n0\r\n\r\n")
    yield b"chunk empty line is the last", chunked(b"e\r\n" + ITEM + b"\r\n\r\n\r\n" + SMUGGLED)
    yield b"chunk ext hides a chunk", chunked(
        b"3;\n\x7b\x7d\r\n" + b"%x\r\n" % len(SMUGGLED) + SMUGGLED + last)
    yield b"chunk last with spaces", chunked(b"e\r\n" + ITEM + b"\r\n0  \r\n\r\n")
    yield b"chunk last LF", chunked(b"e\r\n" + ITEM + b"\r\n0\n\n" + SMUGGLED)
    for trailer in (b"X: y", b"Host: evil", b"Content-Length: 500", b"Transfer-Encoding: chunked",
                    b"X-Request-Id: smuggled", b"Content-Type: text/plain", b"If-None-Match: *",
                    b"Authorization: Bearer x", b"X : y", b" folded", b"no colon", b": empty",
                    b"X: a\x00b", b"GET /models/todo/1 HTTP/1.1: y", b"X: y\n" + SMUGGLED[:-4]):
        yield b"trailer " + trailer, chunked(CHUNKS[:-2] + trailer + b"\r\n\r\n")
    yield b"trailers LF", chunked(CHUNKS[:-2] + b"X: y\n\n" + SMUGGLED)


def with_lines():
    for end in (b"\n", b"\r", b"\r\r\n", b"\n\r", b"\n\n", b"\r\n\n", b"\r\n\r", b"\0\n", b"\0\r\n",
                b"\x0b\r\n", b"\x0c\r\n", b"\x85", b"\xe2\x80\xa8", b" \r\n", b"\t\r\n",
                b"\r\n \r\n",
                b"\r\n\t\r\n", b"\r \n"):
        if end != b"\0\n":  # cannot be told from CR LF: head_lines.h
            yield b"field ends " + end, get(b"X: y" + end + b"Z: a\r\n")
            yield b"head ends " + end, get(b"X: y", end=end) + SMUGGLED
            yield b"request line ends " + end, get().replace(b"1.1\r\n", b"1.1" + end)
        yield b"before the request line " + end, end + get()
    for line in (b"X y", b"no colon", b": empty name", b" : blank name", b"X : y", b"X\t: y", b"X:",
                 b"X: \x01", b"X: \x1b[31m", b"X: \x7f", b"X: \x00", b"\x00X: y", b"X\x00: y",
                 b"(X): y",
                 b"X,Y: z", b"X/Y: z", b"X[0]: z", b"X{}: z", b"X\"Y\": z", b"X\\: z", b"X=: y",
                 b"X\xc3\xa9: y", b"X\x80: y", b"X@: y", b"X: \xc3\xa9", b"X: \x80\xff", b"X: a\rb",
                 b"X: a\r\n b", b"X: a\r\n\tb", b"X: a\r\n b: c", b"\x01X: y",
                 b"X: y\x00\r\nHost: z",
                 b"Host", b"X:y", b"X:\ty", b"X: y ", b"X" * 300 + b": y", b"X: " + b"y" * 12000,
                 b"X: " + b"y" * 40000, b"Y: z\r\n" * 200 + b"X: y", b"Y: z\r\n" * 9000 + b"X: y",
                 b"Connection: close", b"Connection: keep-alive, Host", b"Connection: x, close",
                 b"Proxy-Connection: close", b"Keep-Alive: timeout=1", b"TE: trailers",
                 b"Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                 b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
                 b"Upgrade: TLS/1.2", b"Expect: 100-continue", b"Expect: 200-ok", b"Expect:",
                 b"Expect: 100-Continue, x", b"Cookie: a=b; c", b"Cookie: \"", b"Cookie: =;,=",
                 b"Range: bytes=0-1", b"X-HTTP-Method-Override: DELETE", b"X-Forwarded-Host: evil",
                 b"X-Original-URL: /models", b"Forwarded: for=x", b"Max-Forwards: 0"):
        yield b"line " + line[:40], get(line + b"\r\n")
        yield b"first line " + line[:40], get(line + b"\r\n", host=b"", name=b"").replace(
            b"\r\n\r\n", b"\r\n" + HOST + OWN + b"\r\n")


def with_hosts():
    for host in (b"", b"Host: a\r\nHost: b\r\n", HOST + HOST, b"Host:\r\n", b"Host: \r\n",
                 b"Host : localhost\r\n", b"Host: localhost, evil\r\n", b"Host: local host\r\n",
                 b"Host: localhost evil\r\n", b"Host: user@localhost\r\n", b"Host: localhost/x\r\n",
                 b"Host: localhost:80:80\r\n", b"Host: localhost:x\r\n", b"Host: localhost:-1\r\n",
                 b"Host: localhost:\r\n", b"Host: localhost:8\r\n", b"Host: localhost:99999\r\n",
                 b"Host: http://localhost\r\n", b"Host: localhost?x\r\n", b"Host: localhost#x\r\n",
                 b"Host: [::1]\r\n", b"Host: [::1]:80\r\n", b"Host: [::1\r\n", b"Host: ::1\r\n",
                 b"Host: []\r\n", b"Host: [v1.x]\r\n", b"Host: [::1]x\r\n", b"Host: [::g]\r\n",
                 b"Host: \xc3\xa9\r\n", b"Host: a\"b\r\n", b"Host: a<b\r\n", b"Host: a|b\r\n",
                 b"Host: a\\b\r\n", b"Host: a^b\r\n", b"Host: a`b\r\n", b"Host: a{b\r\n",
                 b"host: localhost\r\nHOST: localhost\r\n", b"Host: " + b"a" * 300 + b"\r\n",
                 b"X: y\r\n Host: localhost\r\n", b"Host: local\r\n host\r\n"):
        yield b"host " + host[:40], get(host=host)
    yield b"HTTP/1.0 without host", get(host=b"", version=b"HTTP/1.0")
    yield b"HTTP/1.0 with two hosts", get(host=HOST + HOST, version=b"HTTP/1.0")


def with_targets():
    for target in (b"http://localhost/models/todo/1", b"http://localhost:80/models/todo/1",
                   b"https://localhost/models/todo/1", b"HTTP://localhost/models/todo/1",
                   b"http://evil/models/todo/1", b"http:///models/todo/1", b"http://localhost",
                   b"http://localhost?x=y", b"http://u:p@localhost/models/todo/1", b"http:/models",
                   b"ftp://localhost/models", b"//localhost/models/todo/1", b"localhost:80", b"*",
                   b"models/todo/1", b"?x", b"", b"/", b"//", b"/.", b"/..", b"/models/../models",
                   b"/models/./todo/1", b"/models//todo/1", b"/models/todo/..",
                   b"/%2e%2e/etc/passwd",
                   b"/models/todo/%2e%2e", b"/models/todo/..%2f..%2fx", b"/models/todo/%00",
                   b"/models/todo/a\0b", b"/models/todo/%", b"/models/todo/%zz",
                   b"/models/todo/1#x",
                   b"/models/todo/1 x", b"/models/todo/1\tx", b"/models/todo/\x01",
                   b"/models/todo/\x7f",
                   b"/models/todo/\xc3\xa9", b"/models/todo/\xff", b"/models\\todo\\1",
                   b"/models/todo/1?#",
                   b"/models/todo/1?a\0b", b"/models/todo/1?a b", b"/models/todo/1?a=\x01",
                   b"/models/todo/1;x",
                   b"/models/todo/1?x=y&" * 20, b"/models/todo/1 HTTP/1.1 x", b"/models/todo/\r1",
                   b"/models/todo/\n1", b"/" + b"a" * 9000, b"/" + b"a" * 20000,
                   b"/" + b"a" * 70000,
                   b"/" + b"a/" * 3000, b"/models/todo/1?" + b"a" * 9000, b"/models/todo/%u0031"):
        yield b"target " + target[:40], get(target=target)
    yield b"absolute, no host", get(target=b"http://localhost/models/todo/1", host=b"")
    yield b"connect", get(target=b"localhost:443", method=b"CONNECT")
    yield b"connect path", get(method=b"CONNECT")
    yield b"options *", get(target=b"*", method=b"OPTIONS")


def with_starts():
    for method in (b"get", b"Get", b"TRACE", b"TRACK", b"BREW", b"G", b"GET\0", b"GE\0T", b"GET\t",
                   b"",
                   b"GE(T", b"\x80", b"G" * 300, b"G" * 20000, b"PRI", b"PURGE", b" GET", b"GET "):
        yield b"method " + method[:20], get(method=method)
    for version in (b"HTTP/1.0", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/1.10", b"HTTP/1.01", b"HTTP/01.1",
                    b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3", b"HTTP/1", b"HTTP/1.", b"http/1.1",
                    b"Http/1.1",
                    b"HTTP/1.1 ", b" HTTP/1.1", b"\tHTTP/1.1", b"HTTP/1.1\t", b"HTTP/1,1",
                    b"HTP/1.1",
                    b"HTTP /1.1", b"HTTP/ 1.1", b"HTTPS/1.1", b"ICY", b"", b"HTTP/-1.1",
                    b"HTTP/1.1\0"):
        yield b"version " + version, get(version=version)
    yield b"HTTP/0.9", b"GET /models\r\n"
    yield b"HTTP/0.9 and more", b"GET /models\r\n\r\n" + SMUGGLED
    yield b"nothing but a method", b"GET\r\n\r\n"
    yield b"a method and a space", b"GET \r\n\r\n"
    yield b"spaces", b"   \r\n\r\n"
    yield b"preface of HTTP/2", (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
    yield b"hello of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)
    yield b"all bytes", bytes(range(256)) * 4
    yield b"PROXY protocol", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get()
    yield b"SMTP", b"EHLO x\r\nMAIL FROM:<a@b>\r\n"
    yield b"empty lines", b"\r\n" * 1000 + get()


def corpus():
    """Name → bytes."""
    table = {}
    for family in (with_both, with_lengths, with_chunks, with_lines, with_hosts, with_targets,
                   with_starts):
        for name, data in family():
            table[f"{family.__name__}: {name!r}"] = data
    return table


PIECES = [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b"\t", b" ", b":", b";", b",", b"\x0b",
          b"\x7f",
          b"\x80", b"#", b"%00", b"0", b"1", b"f", b"-", b"+", b"x", b"\"", b"/", b"//", b"..",
          b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n",
          b"Host: evil\r\n", b"HTTP/1.1", b"0\r\n\r\n", b"chunked", b"\r\n ",
          b"Expect: 100-continue\r\n"]
GOOD = [get(), put(length()), chunked(), get(method=b"HEAD"), get(b"Content-Length: 0\r\n"),
        get(target=b"http://localhost/models/todo/1"), get(version=b"HTTP/1.0"),
        chunked(b"4;a=b\r\n{\"te\r\na\r\nxt\":\"raw\"}\r\n0\r\nX: y\r\n\r\n"),
        get(method=b"OPTIONS"), get(b"Connection: keep-alive\r\nAccept: */*\r\n")]


def mutate(chance, data):
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at = chance.randrange(len(data) + 1)
        piece = chance.choice(PIECES)
        cut = chance.choice([0, 0, len(piece), 1, 2])
        data = data[:at] + (piece if chance.random() < 0.85 else b"") + data[at + cut:]
    return data


def mutations(seed, count):
    chance = random.Random(seed)
    return [mutate(chance, chance.choice(GOOD)) for _ in range(count)]
