"""Heads that nearly fill their room: whatever is done is answered, and what is not done is said."""
import contextlib
import os
import signal
import socket

import pytest

import apps
from client import curl, raw_exchange
from daemon import write_config
from waiting import WAIT_S

UPDATE = b'{"add":{"n":1}}'


def counting(start, **options):
    """A daemon with an item that counts; its address."""
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"],
                                             cache={"ttl": 60})}, threads=1, **options)
    address = f"{daemon.url}/models/todo/1"
    assert curl(address, "-X", "PUT", "--json", '{"n":0}').status == 201
    return daemon, address


def status_of(daemon, method, fields, target=b"/models/todo/1"):
    body = UPDATE if method == b"PATCH" else b""
    answer = raw_exchange(daemon.port, b"%s %s HTTP/1.1\r\nHost: localhost\r\n"
                          b"Connection: close\r\nContent-Type: application/vnd.dynamod.update"
                          b"+json\r\nContent-Length: %d\r\n%s\r\n%s" % (
                              method, target, len(body), fields, body))
    return int(answer.split()[1]) if answer else 0


def padded(size):
    return b"X-Pad: %s\r\n" % (b"x" * size)


def many(size):
    return b"a:b\r\n" * (size // 64)


def cookies(size):
    return b"Cookie: %s\r\n" % b"; ".join(b"c%d=v" % number for number in range(size // 80))


@pytest.mark.parametrize("fill", [padded, many, cookies])
@pytest.mark.parametrize("size", [4096, 16384])
def test_what_is_written_is_answered(start, survived, fill, size):
    daemon, address = counting(start, max_header_bytes=size)
    statuses = [status_of(daemon, b"PATCH", fill(length))
                for length in range(size // 4, size + 400, 25)]
    assert set(statuses) <= {204, 431, 0}
    assert statuses[0] == 204 and statuses[-1] in (431, 0)
    assert curl(address).json["n"] == statuses.count(204) < len(statuses)
    assert 431 in statuses[statuses.count(204):][:1]
    survived("HTTP: requests that are too long", len(statuses) - statuses.count(204))


@pytest.mark.parametrize("fill", [padded, many])
def test_the_longest_answers_have_room(start, fill):
    """An origin that may read, an id of the longest, a tag, a reply out of the cache."""
    origin = "https://" + "a" * 60 + ".example"
    daemon, _ = counting(start, max_header_bytes=4096, cors={"origins": [origin]})
    common = b"Origin: %s\r\nX-Request-Id: %s\r\nPrefer: return=representation\r\n" % (
        origin.encode(), b"i" * 128)
    for method in b"GET", b"PATCH", b"OPTIONS", b"DELETE":
        statuses = {status_of(daemon, method, common + fill(length))
                    for length in range(1000, 3400, 25)}
        assert 431 in statuses and len(statuses) > 1
        assert 0 not in statuses, method


@pytest.mark.parametrize("count", [200, 300, 1000, 4000])
def test_many_parameters_are_refused_at_once(start, survived, count):
    daemon, _ = counting(start, header_timeout_seconds=60)
    target = b"/models/todo/1?" + b"a&" * count
    assert status_of(daemon, b"GET", b"", target) == (400 if count == 200 else 431)
    survived("HTTP: requests that are too long")


def test_a_target_that_is_too_long_ends_the_connection(start, survived):
    """What stands in its tail is not looked at."""
    daemon, _ = counting(start)
    answer = raw_exchange(daemon.port, b"GET /%s b HTTP/1.1\r\nHost: localhost\r\n\r\n"
                          b"GET /apps HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"a" * 9000))
    assert answer.startswith(b"HTTP/1.1 414 ") and answer.count(b"HTTP/1.1 ") == 1
    survived("HTTP: requests that are too long")


# libmicrohttpd is not built with it: what is freed has to look like that.
FILLED = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
          ":max_free_fill_size=4096:free_fill_byte=254"}


def arguments(count):
    return b"GET /x?%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % b"&".join([b"a=1"] * count)


def test_arguments_without_room_in_a_drain(start, each_binary):
    daemon = start({"app": apps.embedded_app("sqlite::memory:")}, use=each_binary, threads=1,
                   environment=FILLED)
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port)))
                   for _ in range(20)]
        for connection in waiting:
            connection.settimeout(WAIT_S)
            connection.sendall(b"G")
        daemon.signal()
        daemon.wait_for_log("draining")
        for connection in waiting:
            connection.sendall(arguments(250)[1:])
        for connection in waiting:
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 431 ")
    assert daemon.wait() == 0


def test_arguments_without_room_once_the_idle_timeout_is_another(start, each_binary, survived):
    app = {"app": apps.embedded_app("sqlite::memory:")}
    daemon = start(app, use=each_binary, threads=1, idle_timeout_seconds=75,
                   environment=FILLED)
    write_config(daemon.config.parent, app, listen=daemon.listen, threads=1, idle_timeout_seconds=76)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reloaded")
    for _ in range(20):
        assert raw_exchange(daemon.port, arguments(250)).startswith(b"HTTP/1.1 431 ")
        assert curl(f"{daemon.url}/apps").status == 200
    survived("HTTP: requests that are too long", 20)


def test_arguments_without_room_behind_which_more_is_sent(start, each_binary, survived):
    """Who leaves while that is read: libmicrohttpd completes no such request. Leaks are seen as
    the daemon ends."""
    daemon = start({"app": apps.embedded_app("sqlite::memory:")}, use=each_binary, threads=1)
    behind = b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400
    for count in range(140, 210, 10):
        with (contextlib.suppress(ConnectionError),
              socket.create_connection(("127.0.0.1", daemon.port), WAIT_S) as connection):
            connection.sendall(arguments(count) + behind)
    assert curl(f"{daemon.url}/apps").status == 200
    daemon.stop()
    survived("HTTP: requests that are too long", 7)
