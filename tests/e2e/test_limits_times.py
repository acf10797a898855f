"""Clients that take their time: a head, a body, and an answer that is not read."""
import contextlib
import socket
import time

import pytest

import apps
from client import parse
from upstream import item

LARGE = "x" * 300_000
KIND = "HTTP: clients that are slow"
HEAD = b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n"


def connect(daemon):
    return socket.create_connection(("127.0.0.1", daemon.port), timeout=60)


def drip(connection, byte, seconds):
    """A byte every now and then, until the other side has had enough; all that it said."""
    received = b""
    connection.settimeout(0.05)
    ends = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < ends:
            connection.sendall(byte)
            with contextlib.suppress(TimeoutError):
                chunk = connection.recv(1 << 16)
                if not chunk:
                    return received
                received += chunk
        pytest.fail(f"open after {seconds} s: {received}")
    return received


def assert_timed_out(received, what):
    assert parse(received).assert_problem(408, "request-timeout")["detail"] == (
        f"the request's {what} took too long")
    assert parse(received).headers["connection"] == "close"


def test_a_connection_that_says_nothing_is_closed(start, upstream, survived):
    daemon = start({"app": apps.todo_app(upstream.url)}, header_timeout_seconds=0.3)
    with connect(daemon) as silent:
        assert silent.recv(100) == b""
    survived(KIND)


def test_a_request_line_that_drips_is_cut_off(start, upstream, survived):
    daemon = start({"app": apps.todo_app(upstream.url)}, header_timeout_seconds=0.5)
    with connect(daemon) as slow:
        slow.sendall(b"GET /")
        assert drip(slow, b"x", 30) == b""
    survived(KIND)


def test_header_fields_that_drip_are_408(start, upstream, survived):
    daemon = start({"app": apps.todo_app(upstream.url)}, header_timeout_seconds=0.5,
                   admin="127.0.0.1:0")
    with connect(daemon) as slow:
        slow.sendall(HEAD + b"X: ")
        assert_timed_out(drip(slow, b"x", 30), "head")
    survived(KIND)


def test_a_head_that_drips_after_a_request_is_cut_off(start, upstream, survived):
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, header_timeout_seconds=0.5,
                   idle_timeout_seconds=1)
    with connect(daemon) as slow:
        slow.sendall(HEAD + b"\r\n")
        assert slow.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        slow.sendall(b"GET /")
        assert drip(slow, b"x", 30) == b""
    survived(KIND)


@pytest.mark.parametrize("length", [b"Content-Length: 4000", b"Transfer-Encoding: chunked"])
def test_a_body_that_drips_is_408(start, survived, length):
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"])},
                   body_timeout_seconds=0.5)
    with connect(daemon) as slow:
        slow.sendall(b"POST /models/todo HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Type: application/json\r\n" + length + b"\r\n\r\n")
        byte = b" " if b"Length" in length else b"1\r\n \r\n"
        assert_timed_out(drip(slow, byte, 30), "body")
    survived(KIND)


def test_waiting_for_dynamodb_is_not_the_client_s_time(start, upstream):
    upstream.script = lambda _: time.sleep(1.5) or item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, header_timeout_seconds=0.2,
                   body_timeout_seconds=0.2, send_timeout_seconds=0.2)
    with connect(daemon) as patient:
        patient.sendall(HEAD + b"\r\n")
        assert patient.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def read_nothing(address, family=socket.AF_INET):
    """Asks for much and reads none of it, with little room on its side."""
    connection = socket.socket(family)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(address)
    connection.sendall((HEAD + b"\r\n") * 60)
    return connection


def wait_for_reset(daemon, connection):
    daemon.wait_for_log("limit=send_timeout_seconds")
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(1 << 20):
            pass


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_who_reads_nothing_is_reset(start, upstream, tmp_path, survived, kind):
    upstream.script = lambda _: item(id={"S": "1"}, text={"S": LARGE})
    path = str(tmp_path / "socket")
    daemon = start({"app": apps.todo_app(upstream.url)}, send_timeout_seconds=1,
                   listen=["127.0.0.1:0", f"unix:{path}"])
    address = ("127.0.0.1", daemon.port) if kind == "tcp" else path
    with read_nothing(address, socket.AF_INET if kind == "tcp" else socket.AF_UNIX) as stuck:
        wait_for_reset(daemon, stuck)
    survived(KIND)


def test_who_reads_slowly_is_served(start, upstream):
    upstream.script = lambda _: item(id={"S": "1"}, text={"S": LARGE})
    daemon = start({"app": apps.todo_app(upstream.url)}, send_timeout_seconds=0.5)
    received = b""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.settimeout(60)
        slow.connect(("127.0.0.1", daemon.port))
        slow.sendall(HEAD + b"Connection: close\r\n\r\n")
        while chunk := slow.recv(1 << 16):
            received += chunk
            time.sleep(0.2)
    assert len(parse(received).body) > len(LARGE)
