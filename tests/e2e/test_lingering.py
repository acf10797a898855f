"""Answers that are read slowly are had in full, whatever comes behind the request; and whoever
does not end is ended."""
import json
import re
import socket

import pytest

import apps
from client import curl
from upstream import reply
from waiting import WAIT_S

COUNT, SIZE = 30, 390_000  # more than sockets take
KEYS = json.dumps({"keys": [{"id": str(number)} for number in range(COUNT)]}).encode()
LARGE = (b"POST /models/todo:batchGet HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
         b"Content-Type: application/json\r\n%%s\r\n%s" % (len(KEYS), KEYS))
KEPT, CLOSED = LARGE % b"", LARGE % b"Connection: close\r\n"
MORE = b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def daemon(start, each_binary, upstream):
    text = {"S": "x" * SIZE}
    upstream.script = lambda _: reply({"Responses": {"todo": [
        {"id": {"S": str(number)}, "text": text} for number in range(COUNT)]}})
    return start({"app": apps.todo_app(upstream.url)}, use=each_binary, threads=1,
                 idle_timeout_seconds=3600, drain_timeout_seconds=3600)


def ask(daemon, request):
    """A connection on which the answer has begun, and most of it is to be read."""
    connection = socket.socket()
    connection.settimeout(WAIT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", daemon.port))
    connection.sendall(request)
    connection.recv(1, socket.MSG_PEEK)
    return connection


def read_all(connection):
    received = b""
    while piece := connection.recv(1 << 20):
        received += piece
    return received


def read_answer(connection):
    """That of LARGE, and what follows it."""
    received = read_all(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    size = int(re.search(rb"Content-Length: (\d+)", head)[1])
    assert len(json.loads(body[:size])) == COUNT
    return body[size:]


def test_what_comes_behind_the_last_request_does_not_cost_its_answer(daemon):
    with ask(daemon, CLOSED) as connection:
        connection.sendall(MORE)
        assert read_answer(connection) == b""


def test_nor_does_it_in_a_drain(daemon):
    with ask(daemon, KEPT) as connection:
        daemon.signal()
        daemon.wait_for_log("draining")
        connection.sendall(MORE)
        read_answer(connection)
    assert daemon.wait() == 0


def test_a_drain_ends_when_the_slowest_has_read(daemon):
    with ask(daemon, KEPT) as connection:
        daemon.signal()
        daemon.wait_for_log("draining")
        assert read_answer(connection) == b""
    assert daemon.wait() == 0


def test_a_client_that_does_not_close_is_closed(daemon):
    with ask(daemon, CLOSED) as connection:
        connection.sendall(MORE)
        read_answer(connection)
        daemon.signal()
        assert daemon.wait() == 0


def test_one_that_goes_on_and_on_is_reset(daemon):
    with ask(daemon, CLOSED) as connection:
        connection.sendall(MORE)
        read_answer(connection)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1000):
                connection.sendall(b"x" * 100_000)


def test_of_many_some_are_closed_as_ever_and_all_are_forgotten(daemon):
    connections = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(100)]
    for connection in connections:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 100_000)
    assert curl(f"{daemon.url}/apps").status == 200
    daemon.signal()
    assert daemon.wait() == 0
    for connection in connections:
        connection.close()
