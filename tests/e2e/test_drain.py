"""The end: answers under way are given in full, a second signal stops at once."""
import os
import re
import signal
import socket
import threading
import time

import pytest

import apps
from client import curl, parse
from daemon import settings
from upstream import item
from waiting import WAIT_S

LARGE = "x" * 300_000


@pytest.fixture
def gated(upstream):
    """The upstream answers nobody until the gate is opened."""
    gate = threading.Event()

    def script(_):
        gate.wait(120)
        return item(id={"S": "1"}, text={"S": LARGE})

    upstream.script = script
    yield gate
    gate.set()


def app(upstream):
    return {"app": apps.todo_app(upstream.url, read_timeout_seconds=60.0,
                                 max_pool_connections=20, batch_width=0)}


def ask(daemon, path="/models/todo/1"):
    """A connection with a request on its way, to be kept alive."""
    connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=WAIT_S)
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
    return connection


def read_all(connection):
    received = b""
    with connection:
        while chunk := connection.recv(1 << 20):
            received += chunk
    return received


def wait_until_refusing(daemon):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", daemon.port), timeout=5).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # it was being set up when the socket closed
        time.sleep(0.02)
    raise AssertionError("still accepts connections")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_answers_under_way_are_given_in_full(start, each_binary, upstream, gated, number):
    daemon = start(app(upstream), use=each_binary, threads=4, request_timeout_seconds=60)
    connections = [ask(daemon) for _ in range(12)]
    upstream.wait_for_requests(12)

    daemon.signal(number)
    wait_until_refusing(daemon)
    assert daemon.process.poll() is None
    gated.set()

    for connection in connections:
        response = parse(read_all(connection))
        assert response.status == 200
        assert response.json == {"id": "1", "text": LARGE}
        assert response.headers["connection"].lower() == "close"
    daemon.assert_ended_well()


def test_a_second_signal_stops_at_once(start, each_binary, upstream, gated):
    daemon = start(app(upstream), use=each_binary, threads=4, request_timeout_seconds=300,
                   drain_timeout_seconds=600)
    with ask(daemon):
        upstream.wait_for_requests(1)
        daemon.signal()
        wait_until_refusing(daemon)
        assert daemon.process.poll() is None
        daemon.signal()
        daemon.wait()
    assert not gated.is_set()


def test_both_signals_at_once_while_requests_wait_in_line(start, each_binary, upstream, gated):
    daemon = start(app(upstream), use=each_binary, threads=2, request_timeout_seconds=300,
                   drain_timeout_seconds=600)
    connections = [ask(daemon) for _ in range(8)]
    upstream.wait_for_requests(8)
    for connection in connections:  # each behind the one that is being answered
        connection.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGINT)
    daemon.assert_ended_well()
    assert not gated.is_set()


def test_draining_has_an_end(start, upstream, gated):
    daemon = start(app(upstream), request_timeout_seconds=300, drain_timeout_seconds=1)
    with ask(daemon):
        upstream.wait_for_requests(1)
        daemon.signal()
        daemon.wait()
    assert not gated.is_set()


def test_who_waits_to_be_accepted_is_served_after_a_storm_too(start, upstream, gated):
    daemon = start(app(upstream), threads=1, max_exchanges=1)
    first = ask(daemon)
    upstream.wait_for_requests(1)
    daemon.signal(signal.SIGSTOP)  # it finds all at once
    refused = [ask(daemon) for _ in range(100)]
    others = [ask(daemon, "/none") for _ in range(10)]
    daemon.signal()
    daemon.signal(signal.SIGCONT)
    assert [parse(read_all(connection)).status for connection in refused] == [503] * 100
    assert [parse(read_all(connection)).status for connection in others] == [404] * 10
    gated.set()
    assert parse(read_all(first)).status == 200
    assert daemon.wait() == 0


def test_idle_connections_do_not_hold_it_up(start, each_binary, upstream, gated):
    gated.set()
    daemon = start(app(upstream), use=each_binary, threads=2, drain_timeout_seconds=600,
                   idle_timeout_seconds=600)
    idle = [ask(daemon) for _ in range(4)]
    for connection in idle:
        while not connection.recv(1 << 20).rstrip().endswith(b"}"):
            pass
    with socket.create_connection(("127.0.0.1", daemon.port)):
        daemon.signal()
        daemon.assert_ended_well()
    for connection in idle:
        assert read_all(connection) == b""


def test_a_signal_before_the_first_request(start, each_binary, upstream):
    start(app(upstream), use=each_binary, threads=4).stop()


def test_it_is_ready_again_on_the_same_port(start, upstream):
    upstream.script = lambda _: item(id={"S": "1"})
    first = start(app(upstream))
    assert curl(f"{first.url}/models/todo/1").status == 200
    first.stop()
    start(app(upstream), listen=[f"127.0.0.1:{first.port}"])
    assert curl(f"{first.url}/models/todo/1").status == 200


# --- drain_delay_seconds: /ready fails first

def ready(daemon):
    response = curl(f"{daemon.admin_url}/ready")
    return response.status, [reason["reason"] for reason in response.json["reasons"]]


def test_it_says_that_it_is_not_ready_and_serves_on(start, each_binary):
    daemon = start({"app": apps.embedded_app("sqlite::memory:")}, use=each_binary, threads=2,
                   admin="127.0.0.1:0", drain_delay_seconds=600)
    assert ready(daemon) == (200, [])
    daemon.signal()
    daemon.wait_for_log("not ready any more")
    assert ready(daemon) == (503, ["draining"])
    for _ in range(5):
        response = curl(f"{daemon.url}/models/todo")
        assert response.json == []
        assert "connection" not in response.headers
    daemon.signal(signal.SIGHUP)  # nothing is read any more
    daemon.signal()
    daemon.assert_ended_well()
    assert "reloaded" not in daemon.log
    assert "stopping at once" not in daemon.log


def test_the_delay_has_an_end(start, each_binary, upstream):
    daemon = start(app(upstream), use=each_binary, drain_delay_seconds=0.3)
    begin = time.monotonic()
    daemon.signal()
    daemon.assert_ended_well()
    assert time.monotonic() - begin >= 0.3
    assert re.search("not ready any more.*\n.*draining", daemon.log)


def test_signals_go_from_delay_to_drain_to_stop(start, upstream, gated):
    daemon = start(app(upstream), request_timeout_seconds=300, drain_delay_seconds=600,
                   drain_timeout_seconds=600)
    with ask(daemon):
        upstream.wait_for_requests(1)
        daemon.signal()
        daemon.wait_for_log("not ready any more")
        daemon.signal()
        wait_until_refusing(daemon)
        assert daemon.process.poll() is None
        daemon.signal()
        daemon.assert_ended_well()
    assert not gated.is_set()


# --- signals before anything is served

def test_a_start_that_makes_tables_ends_after_the_one_under_way(start, each_binary, upstream,
                                                                gated):
    table = apps.todo_app(upstream.url, read_timeout_seconds=60.0)
    table["models"] = {"todo": {**apps.TASK, "create_table": True}}
    daemon = start({"one": table, "two": table}, use=each_binary, ready=False)
    upstream.wait_for_requests(1)
    daemon.signal()
    gated.set()
    daemon.assert_ended_well()
    assert "draining" in daemon.log
    assert len(upstream.requests) == 1


def test_signals_wait_while_the_configuration_is_read(start, tmp_path):
    folder = tmp_path / "waits"
    folder.mkdir()
    os.mkfifo(folder / "included.conf")
    daemon = start({"app": '@include "%s"' % (folder / "included.conf")}, ready=False)
    with open(folder / "included.conf", "w") as pipe:  # both are open: it is being read
        (folder / "included.conf").unlink()
        (folder / "included.conf").write_text(settings(apps.embedded_app("sqlite::memory:")))
        for number in (signal.SIGUSR1, signal.SIGHUP):
            daemon.signal(number)
        pipe.write((folder / "included.conf").read_text())
    daemon.wait_ready()
    daemon.wait_for_log("reloaded: 1 app$")
