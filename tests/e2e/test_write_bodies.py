"""Bodies as no text file has them: framed oddly, cut off, too large, not UTF-8. What is
refused or cut off is not written, and the next request is served."""
import json
import socket

import pytest

import apps
from client import Connection, curl, parse, raw_exchange
from daemon import Daemon
from kept import place

MODEL = {**apps.TASK, "table_name": "bodies", "allow": ["read", "write"], "create_table": True}
JSON = b"Content-Type: application/json\r\n"
TYPE = ("Content-Type", "application/json")


class Desk:
    def __init__(self, binary, folder, store, request):
        connection, self.tables = place(store, folder, request)
        app = {"dynamodb": connection, "models": {"bodies": MODEL}}
        self.daemon = Daemon(binary, folder, {"app": app}, threads=1, idle_timeout_seconds=2)
        self.daemon.wait_ready()
        self.port, self.url = self.daemon.port, self.daemon.url

    def stored(self, key):
        return self.tables.get("bodies", {"id": {"S": key}})

    def assert_serves(self):
        assert curl(f"{self.url}/models").status == 200


@pytest.fixture(scope="module")
def desk(binary, store, request, tmp_path_factory):
    one = Desk(binary, tmp_path_factory.mktemp("bodies"), store, request)
    try:
        yield one
        one.daemon.stop()
    finally:
        one.daemon.kill()


def head(key, *fields, method=b"PUT"):
    return method + b" /models/bodies/" + key.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + \
        b"".join(fields) + b"\r\n"


def length(body):
    return b"Content-Length: %d\r\n" % len(body)


def put(desk, key, body):
    return Connection(desk.port).ask("PUT", f"/models/bodies/{key}", [TYPE], body)


def read_until(connection, end):
    received = b""
    while not received.endswith(end):
        chunk = connection.recv(1)
        assert chunk, received
        received += chunk
    return received


# --- Expect: 100-continue


def test_expect_100_continue(desk):
    body = b'{"n": 1}'
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as connection:
        connection.sendall(head("expect", JSON, length(body), b"Expect: 100-continue\r\n"))
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 201 ")
    assert desk.stored("expect") == {"id": {"S": "expect"}, "n": {"N": "1"}}


def test_expect_without_waiting(desk):
    body = b'{"n": 1}'
    received = raw_exchange(desk.port, head("eager", JSON, length(body), b"Connection: close\r\n",
                                            b"Expect: 100-continue\r\n") + body)
    assert b"HTTP/1.1 201 " in received
    assert desk.stored("eager")


@pytest.mark.survives("HTTP: bodies that are refused")
@pytest.mark.parametrize("announced", [100_000_000, 99_999_999_999])
def test_expect_of_what_is_too_long_is_refused_at_once(desk, announced):
    received = raw_exchange(desk.port, head("long", JSON, b"Content-Length: %d\r\n" % announced,
                                            b"Expect: 100-continue\r\n"))
    parse(received).assert_problem(413, "body-too-large")


def test_expect_of_a_model_that_is_none(desk):
    request = head("x", JSON, length(b"{}"), b"Expect: 100-continue\r\nConnection: close\r\n")
    received = raw_exchange(desk.port, request.replace(b"bodies", b"others") + b"{}")
    assert b"HTTP/1.1 404 " in received


# --- chunked


def chunked(*chunks):
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked\r\nConnection: close\r\n"


WAYS = {
    "one": chunked(b'{"n": 12}'),
    "bytes": chunked(*(bytes([byte]) for byte in b'{"n": 12}')),
    "extension": b'9;name=value\r\n{"n": 12}\r\n0\r\n\r\n',
    "trailer": b'9\r\n{"n": 12}\r\n0\r\nX-After: all\r\n\r\n',
    "zeros": b'0009\r\n{"n": 12}\r\n000\r\n\r\n',
}


@pytest.mark.parametrize("name", WAYS)
def test_chunked(desk, name):
    received = raw_exchange(desk.port, head(f"chunked-{name}", JSON, CHUNKED) + WAYS[name])
    assert parse(received).status == 201
    assert desk.stored(f"chunked-{name}")["n"] == {"N": "12"}


def test_chunked_without_a_chunk(desk):
    received = raw_exchange(desk.port, head("no-chunk", JSON, CHUNKED) + b"0\r\n\r\n")
    assert parse(received).status == 400
    assert desk.stored("no-chunk") is None


@pytest.mark.survives("HTTP: bodies that are refused")
def test_a_chunk_that_is_none(desk):
    received = raw_exchange(desk.port, head("bad-chunk", JSON, CHUNKED) + b"zz\r\n{}\r\n0\r\n\r\n")
    assert b"HTTP/1.1 2" not in received
    assert desk.stored("bad-chunk") is None


@pytest.mark.survives("HTTP: bodies that are refused")
def test_chunks_without_end(desk):
    """They are cut off, whether the refusal is still read or not."""
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as connection:
        try:
            connection.sendall(head("endless", JSON, CHUNKED))
            for _ in range(64):
                connection.sendall(chunk)
            raise AssertionError("64 MB were taken")
        except OSError:
            pass
        try:
            while more := connection.recv(65536):
                received += more
        except OSError:
            pass
    assert not received or received.startswith(b"HTTP/1.1 413 "), received
    assert desk.stored("endless") is None
    desk.assert_serves()


# --- cut off


@pytest.mark.survives("HTTP: bodies that are refused")
@pytest.mark.parametrize("whole", [True, False], ids=["closed", "half closed"])
@pytest.mark.parametrize("framing", [b"Content-Length: 100\r\n",
                                     b"Transfer-Encoding: chunked\r\n"],
                         ids=["length", "chunked"])
def test_a_body_that_ends_too_early_is_not_written(desk, framing, whole):
    sent = b'{"n": 1}' if b"Length" in framing else b'8\r\n{"n": 1}\r\n'
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as connection:
        connection.sendall(head("cut", JSON, framing) + sent)
        if not whole:
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while more := connection.recv(65536):
                received += more
            assert b" 20" not in received[:13], received
    desk.assert_serves()
    assert desk.stored("cut") is None


def test_a_body_that_stops_halfway_keeps_nobody_waiting_and_is_closed(desk):
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as silent:
        silent.sendall(head("silent", JSON, b"Content-Length: 100\r\n") + b'{"n": ')
        assert put(desk, "beside", b'{"n": 1}').status in (201, 204)
        received = b""
        while more := silent.recv(65536):
            received += more
        assert b" 20" not in received[:13], received
    assert desk.stored("silent") is None


def test_more_than_was_announced_is_the_next_request(desk):
    body = b'{"n": 1}'
    received = raw_exchange(
        desk.port, head("two-a", JSON, length(body)) + body +
        head("two-b", JSON, length(body), b"Connection: close\r\n") + body)
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"201", b"201"]
    assert desk.stored("two-a") and desk.stored("two-b")


def test_pipelined_writes_are_made_in_order(desk):
    requests = b""
    for number in range(20):
        body = b'{"n": %d}' % number
        last = b"Connection: close\r\n" if number == 19 else b""
        requests += head("pipeline", JSON, length(body), last) + body
    received = raw_exchange(desk.port, requests)
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"201"] + [b"204"] * 19
    assert desk.stored("pipeline")["n"] == {"N": "19"}


def test_byte_by_byte(desk):
    body = b'{"n": 1}'
    request = head("bytes", JSON, length(body), b"Connection: close\r\n") + body
    received = raw_exchange(desk.port, *(bytes([byte]) for byte in request))
    assert parse(received).status == 201


# --- too large, and large


@pytest.mark.survives("HTTP: bodies that are refused")
def test_an_announced_body_that_is_too_large(desk):
    received = raw_exchange(desk.port, head("large", JSON, b"Content-Length: 100000000\r\n"))
    parse(received).assert_problem(413, "body-too-large")
    assert desk.stored("large") is None


def test_an_item_of_400_kb_in_escapes(desk):
    """As json.dumps writes it: six characters for each of two bytes."""
    text = "я" * 200_000
    assert put(desk, "escapes", json.dumps({"text": text}).encode()).status == 201
    assert desk.stored("escapes")["text"] == {"S": text}


def test_items_of_400_kb_one_after_the_other(desk):
    connection = Connection(desk.port)
    for number in range(20):
        text = chr(ord("a") + number) * 400_000
        answer = connection.ask("PUT", "/models/bodies/often", [TYPE],
                                json.dumps({"text": text}).encode())
        assert answer.status in (201, 204)
    assert desk.stored("often")["text"] == {"S": text}


# --- no text


NO_JSON = {
    "no utf-8": b'{"s": "\xff"}',
    "no utf-8 in a name": b'{"\xc3": 1}',
    "an overlong slash": b'{"s": "\xc0\xaf"}',
    "a surrogate in utf-8": b'{"s": "\xed\xa0\x80"}',
    "past unicode": b'{"s": "\xf4\x90\x80\x80"}',
    "nul": b'{"s": 1}\0',
    "nul in a string": b'{"s": "\0"}',
    "a line break in a string": b'{"s": "\n"}',
    "utf-16": '{"s": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"s": 1}',
    "binary": bytes(range(256)),
    "a megabyte of brackets": b"[" * 1_000_000,
    "a number of a megabyte": b'{"n": ' + b"9" * 1_000_000 + b"}",
}


@pytest.mark.survives("HTTP: bodies that are refused")
@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_is_refused(desk, name):
    put(desk, "garbage", NO_JSON[name]).assert_problem(400, "invalid-item")
    assert desk.stored("garbage") is None
    desk.assert_serves()


def test_an_encoding_of_the_content(desk):
    """Not understood: 415, or no JSON."""
    body = b'{"n": 1}'
    received = raw_exchange(desk.port, head("gzip", JSON, length(body), b"Connection: close\r\n",
                                            b"Content-Encoding: gzip\r\n") + body)
    assert parse(received).status == 415
    assert desk.stored("gzip") is None


def test_a_wide_item(desk):
    attributes = {f"a{number}": number for number in range(5000)}
    assert put(desk, "wide", json.dumps(attributes).encode()).status == 201
    assert len(desk.stored("wide")) == 5001


def test_an_entity_tag_of_a_wide_item(desk):
    """It would take a condition on each attribute, of more than 4 KB: refused, not shortened."""
    attributes = {f"attribute{number}": number for number in range(400)}
    tag = put(desk, "wide-tag", json.dumps(attributes).encode()).headers["etag"]
    for method, body in (("PUT", b'{"n": 1}'), ("PATCH", b'{"n": 1}'), ("DELETE", None)):
        fields = [("If-Match", tag), *([TYPE] if body else [])]
        answer = Connection(desk.port).ask(method, "/models/bodies/wide-tag", fields, body)
        assert answer.status == 400, answer
        assert len(desk.stored("wide-tag")) == 401
