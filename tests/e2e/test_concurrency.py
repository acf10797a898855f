"""No request blocks another, on one thread or on several."""
import concurrent.futures
import socket
import struct
import threading

import apps
from client import curl
from upstream import item


def hang_for(key, gate):
    """A script that answers at once, but waits at the gate for that key."""
    def script(request):
        asked = request.json["Key"]["id"]["S"]
        if asked == key:
            gate.wait(120)
        return item(id={"S": asked})
    return script


def test_others_are_served_while_one_hangs_upstream(start, upstream):
    gate = threading.Event()
    upstream.script = hang_for("slow", gate)
    daemon = start({"app": apps.todo_app(upstream.url, read_timeout_seconds=60.0)}, threads=1,
                   request_timeout_seconds=60)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(curl, f"{daemon.url}/models/todo/slow")
        upstream.wait_for_requests(1)
        for number in range(20):
            assert curl(f"{daemon.url}/models/todo/{number}").json == {"id": str(number)}
        assert not slow.done()
        gate.set()
        assert slow.result().json == {"id": "slow"}


def test_a_client_that_stops_midway_blocks_nobody(todo, upstream):
    upstream.script = lambda _: item(id={"S": "1"})
    with socket.create_connection(("127.0.0.1", todo.port)) as half:
        half.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: ")
        assert curl(f"{todo.url}/models/todo/1").status == 200


def test_a_client_that_does_not_read_blocks_nobody(todo, upstream):
    large = item(id={"S": "1"}, text={"S": "x" * 390_000})
    upstream.script = lambda _: large
    request = b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", todo.port))
        deaf.sendall(request * 20)
        upstream.wait_for_requests(1)
        assert len(curl(f"{todo.url}/models/todo/1").body) > 390_000


def test_clients_that_leave_while_dynamodb_works(start, upstream):
    gate = threading.Event()
    upstream.script = hang_for("left", gate)
    daemon = start({"app": apps.todo_app(upstream.url, read_timeout_seconds=60.0)}, threads=1)
    for reset in (True, False) * 3:
        with socket.create_connection(("127.0.0.1", daemon.port)) as leaving:
            seen = len(upstream.requests)
            leaving.sendall(b"GET /models/todo/left HTTP/1.1\r\nHost: localhost\r\n\r\n")
            upstream.wait_for_requests(seen + 1)
            if reset:
                leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert curl(f"{daemon.url}/models/todo/1").json == {"id": "1"}
    gate.set()
    assert curl(f"{daemon.url}/models/todo/2").json == {"id": "2"}


def test_load_on_several_threads(start, each_binary, upstream):
    upstream.script = hang_for(None, None)
    daemon = start({"app": apps.todo_app(upstream.url)}, use=each_binary, threads=4)

    def ask(number):
        path = f"{daemon.url}/models/todo/{number}"
        return curl(path).json["id"] == str(number)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(300)))
    assert len(upstream.requests) == 300


def test_more_clients_than_pool_and_queue(start, upstream):
    """Whoever finds no room is told so at once, or waits; nobody is lost."""
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url, max_pool_connections=1)}, threads=1)
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(curl, [f"{daemon.url}/models/todo/1"] * 120))
    assert {answer.status for answer in answers} <= {200, 503}
    assert sum(answer.status == 200 for answer in answers) > 0
