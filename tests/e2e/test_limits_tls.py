"""The limits of what comes over TLS: the same as without."""
import contextlib
import socket
import ssl

import pytest

import apps
from certificates import Certificates
from client import parse
from test_limits_times import HEAD, assert_timed_out, drip
from test_tls import connect, of, secure

KIND = "TLS: requests over a limit"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Certificates(tmp_path_factory.mktemp("limits"))
    made.issue("ec")
    return made


@pytest.fixture
def limited(start, authority):
    """A daemon of one thread behind TLS, with those limits."""
    def start_one(**limits):
        app = apps.embedded_app("sqlite::memory:", allow=["read", "write"])
        return start({"app": app}, listen=[secure(of(authority))], threads=1, **limits)
    return start_one


def received_to_the_end(connection):
    received = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received


def test_a_head_that_drips(limited, authority, survived):
    daemon = limited(header_timeout_seconds=0.5)
    with connect(daemon, authority) as slow:
        slow.sendall(HEAD + b"X: ")
        assert_timed_out(drip(slow, b"x", 30), "head")
    survived(KIND)


def test_a_body_that_drips(limited, authority, survived):
    daemon = limited(body_timeout_seconds=0.5)
    with connect(daemon, authority) as slow:
        slow.sendall(b"POST /models/todo HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n")
        assert_timed_out(drip(slow, b" ", 30), "body")
    survived(KIND)


@pytest.mark.parametrize("status, limit, request_", [
    (414, {"max_target_bytes": 300}, b"GET /models/todo/%s HTTP/1.1\r\nHost: localhost\r\n"
                                     b"Connection: close\r\n\r\n" % (b"k" * 300)),
    (431, {"max_header_bytes": 4096}, HEAD + b"X: %s\r\n\r\n" % (b"x" * 5000)),
    (413, {"max_body_bytes": 1024}, b"PUT /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n"
                                    b"Content-Type: application/json\r\nConnection: close\r\n"
                                    b"Content-Length: 1025\r\n\r\n" + b" " * 1025),
])
def test_what_is_too_long(limited, authority, survived, status, limit, request_):
    daemon = limited(**limit)
    with connect(daemon, authority) as connection:
        connection.sendall(request_)
        assert received_to_the_end(connection).startswith(b"HTTP/1.1 %d " % status)
    survived(KIND)


def test_requests_that_do_not_wait_for_answers(limited, authority):
    """In the order of their sending, though several came in one record."""
    daemon = limited()
    with connect(daemon, authority) as connection:
        connection.sendall(b"".join(
            b"GET /models/todo/%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
            % (number, b"Connection: close\r\n" if number == 20 else b"")
            for number in range(1, 21)))
        answers = received_to_the_end(connection).split(b"HTTP/1.1 404 ")[1:]
    instances = [b'"instance":"/models/todo/%d"' % number for number in range(1, 21)]
    assert [instance in answer for instance, answer in zip(instances, answers)] == [True] * 20


def test_who_reads_nothing_is_reset(limited, authority, survived):
    daemon = limited(send_timeout_seconds=0.5)
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(daemon, authority) as deaf:
        deaf.settimeout(60)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            while True:
                deaf.sendall(ask * 20)
    with connect(daemon, authority) as good:
        good.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert parse(received_to_the_end(good)).status == 404
    survived(KIND)


def test_handshakes_that_stall_make_room(limited, authority):
    daemon = limited(max_connections=4, header_timeout_seconds=1)
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port)))
        with connect(daemon, authority) as good:
            assert good.version()
