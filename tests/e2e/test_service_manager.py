"""Told by systemd and telling it: readiness, reload, the end, the watchdog, and sockets that
are inherited. The manager is the test's own."""
import http.client
import re
import select
import signal
import socket

import pytest

import apps
from client import Connection, curl
from service_manager import Notifications, Sockets
from stopped_thread import stopped, threads_named, wait_until_asleep
from waiting import WAIT_S

ADMIN = "127.0.0.1:0"
LIMIT_S = 2  # of the watchdog


@pytest.fixture
def notifications():
    heard = Notifications()
    yield heard
    heard.close()


@pytest.fixture
def sockets():
    held = Sockets()
    yield held
    held.close()


def some_app(folder):
    return {"app": apps.embedded_app(f"sqlite:{folder}/app.db")}


def unix_status(path):
    """Of /models asked over a unix socket."""
    connection = http.client.HTTPConnection("localhost", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", "/models")
    status = connection.getresponse().status
    connection.close()
    return status


# --- what is said


def test_a_start_is_told_once_all_is_served(start, notifications, tmp_path):
    start(some_app(tmp_path), environment=notifications.environment)
    said = notifications.wait_for("READY=1")
    assert said.splitlines() == ["READY=1", "STATUS=serving 1 app on 1 address"]


def test_a_reload_is_told_from_its_beginning_to_its_end(start, notifications, tmp_path):
    daemon = start(some_app(tmp_path), environment=notifications.environment)
    notifications.wait_for("READY=1")
    (daemon.config.parent / "apps.d/other.conf").write_text(
        (daemon.config.parent / "apps.d/app.conf").read_text())
    daemon.signal(signal.SIGHUP)
    assert re.search(r"(?m)^MONOTONIC_USEC=\d+$", notifications.wait_for("RELOADING=1"))
    assert "STATUS=serving 2 apps on 1 address" in notifications.wait_for("READY=1")


def test_a_reload_that_fails_says_why_and_that_it_serves_on(start, notifications, tmp_path):
    daemon = start(some_app(tmp_path), environment=notifications.environment)
    notifications.wait_for("READY=1")
    (daemon.config.parent / "apps.d/wrong.conf").write_text("models = 1;\n")
    daemon.signal(signal.SIGHUP)
    notifications.wait_for("RELOADING=1")
    said = notifications.wait_for("READY=1")
    assert "STATUS=not reloaded" in said and "wrong.conf" in said
    assert len(said.splitlines()) == 2


def test_the_end_is_told_step_by_step(start, notifications, tmp_path):
    daemon = start(some_app(tmp_path), environment=notifications.environment,
                   drain_delay_seconds=60.0)
    daemon.signal()
    assert "draining soon" in notifications.wait_for("STOPPING=1")
    daemon.signal()
    assert "STATUS=draining" in notifications.wait_for("STOPPING=1")
    daemon.assert_ended_well()


# --- the watchdog


def watched(start, notifications, folder):
    return start(some_app(folder), threads=2, admin=ADMIN, environment={
        **notifications.environment, "WATCHDOG_USEC": str(LIMIT_S * 1_000_000)})


def test_the_watchdog_is_told_time_and_again(start, notifications, tmp_path):
    watched(start, notifications, tmp_path)
    for _ in range(3):
        notifications.wait_for("WATCHDOG=1")


@pytest.mark.parametrize("name", ["shard", "admin"])
def test_the_watchdog_is_not_told_while_one_thread_hangs(start, notifications, tmp_path, name):
    daemon = watched(start, notifications, tmp_path)
    notifications.wait_for("WATCHDOG=1")
    with stopped(threads_named(daemon.process.pid, name)[0]):
        daemon.wait_for_log("a thread does not turn")
        notifications.hear_for(0.1)  # what was said before
        assert notifications.hear_for(LIMIT_S) == []
    notifications.wait_for("WATCHDOG=1")


# --- inherited sockets


def test_inherited_sockets_are_served_instead_of_those_of_the_file(start, sockets, tmp_path):
    url, admin_url = sockets.tcp(), sockets.tcp("admin")
    sockets.unix(tmp_path / "s")
    daemon = start(some_app(tmp_path), threads=2, admin=ADMIN,
                   listen=["127.0.0.1:1", "127.0.0.1:2"], **sockets.options())
    daemon.wait_for_log("listen is not opened")
    daemon.wait_for_log("admin is not opened")
    assert daemon.admin_url == admin_url
    assert [curl(f"{url}/models").status for _ in range(8)] == [200] * 8
    assert unix_status(tmp_path / "s") == 200
    assert curl(f"{admin_url}/live").status == 200
    assert curl(f"{url}/live").status == 404


def test_the_threads_share_the_connections_of_an_inherited_socket(start, sockets, tmp_path):
    sockets.tcp()
    daemon = start(some_app(tmp_path), threads=2, **sockets.options())
    threads = threads_named(daemon.process.pid, "shard")
    connections = [Connection(daemon.port) for _ in range(16)]
    for connection in connections:
        wait_until_asleep(daemon.process.pid, threads)
        assert connection.get("/models").status == 200
    for thread in threads:
        with stopped(thread):
            for connection in connections:
                connection.http.request("GET", "/models")
            waiting = [connection.http.sock for connection in connections]
            assert select.select(waiting, [], [], WAIT_S)[0], "all are that thread's"
        for connection in connections:
            connection.http.getresponse().read()
    for connection in connections:
        connection.close()


def test_the_file_has_the_say_where_no_socket_is_inherited(start, sockets, tmp_path):
    url = sockets.tcp("admin.socket")
    daemon = start(some_app(tmp_path), **sockets.options())
    assert curl(f"{daemon.url}/models").status == 200
    assert curl(f"{url}/live").status == 200


def test_what_waits_at_the_end_is_served_by_the_next(start, sockets, tmp_path):
    url = sockets.tcp()
    first = start(some_app(tmp_path), threads=1, **sockets.options())
    first.signal(signal.SIGTERM)
    first.assert_ended_well()
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as waiting:
        waiting.sendall(b"GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        start(some_app(tmp_path), threads=1, **sockets.options())
        assert waiting.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_unix_socket_that_is_inherited_stays_when_the_daemon_goes(start, sockets, tmp_path):
    sockets.unix(tmp_path / "s")
    daemon = start(some_app(tmp_path), **sockets.options())
    daemon.signal()
    daemon.assert_ended_well()
    assert (tmp_path / "s").is_socket()


def test_what_is_no_listening_socket_stops_the_start(start, sockets, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        sockets.add(datagrams)
        daemon = start(some_app(tmp_path), ready=False, **sockets.options())
        daemon.assert_ended_well(status=1)
    assert "inherited descriptor 3 is no stream socket that listens" in daemon.log
