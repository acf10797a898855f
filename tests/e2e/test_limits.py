"""The daemon's own limits, its log, and what it tells the service manager."""
import concurrent.futures
import contextlib
import pathlib
import re
import signal
import socket

import apps
from client import Connection, curl
from upstream import error, item


def test_max_connections_makes_others_wait(start, upstream):
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=1, max_connections=1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with socket.create_connection(("127.0.0.1", daemon.port)) as first:
            first.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert first.recv(1 << 16)
            second = pool.submit(curl, f"{daemon.url}/models/todo/1")
            first.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert first.recv(1 << 16)
            assert not second.done()
        assert second.result().status == 200


def test_clients_do_not_take_the_files_of_others(start, upstream):
    """Of 256 open files: the admin answers, and so does whoever was accepted."""
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=1, admin="127.0.0.1:0",
                   prefix=["prlimit", "--nofile=256"])
    assert re.search(r"warning max_connections is 10000, but there may be 192", daemon.log)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(contextlib.closing(Connection(daemon.port)))
        assert first.get("/models/todo/1").status == 200
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port)))
        daemon.wait_for_log("max_connections is reached")
        assert curl(f"{daemon.admin_url}/live").status == 200
        assert curl(f"{daemon.admin_url}/metrics").status == 200
        port = int(daemon.admin_url.rsplit(":", 1)[1])
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        daemon.wait_for_log("max_connections is reached", 2)
        assert first.get("/models/todo/1").status == 200
    assert curl(f"{daemon.url}/models/todo/1").status == 200


def test_a_reload_says_that_there_are_too_few_files(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, max_connections=100,
                   prefix=["prlimit", "--nofile=256"])
    assert "max_connections is" not in daemon.log
    path = pathlib.Path(daemon.config)
    path.write_text(path.read_text().replace("max_connections = 100", "max_connections = 200"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reloaded: ")
    assert re.search(r"warning max_connections is 200, but there may be 192", daemon.log)


def test_idle_connections_are_closed(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, idle_timeout_seconds=1)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as idle:
        idle.sendall(b"GET /apps HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while chunk := idle.recv(1 << 16):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 ")


def test_a_failure_is_logged_once_with_its_request_id(start, upstream):
    upstream.script = lambda _: error("AccessDeniedException")
    daemon = start({"app": apps.todo_app(upstream.url)})
    response = curl(f"{daemon.url}/models/todo/secret-key")
    daemon.stop()
    lines = [line for line in daemon.lines if response.headers["x-request-id"] in line]
    assert len(lines) == 1
    assert re.search(r"\b(error|warning)\b", lines[0])
    assert "AccessDeniedException" in lines[0] and "secret-key" not in daemon.log


def test_a_404_is_not_logged_as_a_failure(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)})
    curl(f"{daemon.url}/models/todo/1").assert_problem(404, "item-not-found")
    daemon.stop()
    assert not re.search(r"\b(error|warning)\b", daemon.log)


def test_the_service_manager_is_told(start, upstream, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        daemon = start({"app": apps.todo_app(upstream.url)},
                       environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert b"READY=1" in manager.recv(4096)
        daemon.stop()
        assert b"STOPPING=1" in manager.recv(4096)
