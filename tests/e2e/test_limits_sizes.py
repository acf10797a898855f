"""How much: connections, what waits, lengths, memory."""
import concurrent.futures
import contextlib
import json
import re
import socket
import threading

import pytest

import apps
from client import Connection, curl, raw_exchange
from daemon import Daemon
from tables import STORES
from upstream import item, reply
from waiting import wait_until

LARGE = "x" * 300_000


def connect(port, host="127.0.0.1"):
    return socket.create_connection((host, port), timeout=60)


def ask(connection, target="/apps"):
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection.recv(1 << 16)


def metric(daemon, name, **labels):
    text = curl(f"{daemon.admin_url}/metrics").body.decode()
    said = "".join(f'{key}="{value}"' for key, value in labels.items())
    return float(re.search(rf"^{name}{{{said}}} (\S+)$" if said else rf"^{name} (\S+)$", text,
                           re.M)[1])


# --- connections ---

def test_max_connections_is_of_all_threads(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=4, max_connections=3)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(daemon.port)) for _ in range(3)]
        for connection in held:
            assert ask(connection)
        others = [stack.enter_context(connect(daemon.port)) for _ in range(8)]
        for other in others:
            other.sendall(b"GET /apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        daemon.wait_for_log("max_connections is reached")
        for connection in held:  # they are served still, the others are not yet
            assert ask(connection)
        for other in others:
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(1)
            other.settimeout(60)
        for connection in held:
            connection.close()
        for other in others:
            assert other.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_the_admin_has_connections_of_its_own(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=1, max_connections=1,
                   admin="127.0.0.1:0")
    with connect(daemon.port) as held:
        assert ask(held)
        assert curl(f"{daemon.admin_url}/live").status == 200


def test_max_connections_per_address(start, upstream, survived):
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=2, admin="127.0.0.1:0",
                   max_connections_per_address=2, listen=["127.0.0.1:0"])
    with connect(daemon.port) as first, connect(daemon.port) as second:
        assert ask(first) and ask(second)
        for _ in range(20):
            with connect(daemon.port) as third:
                with contextlib.suppress(ConnectionError):
                    assert ask(third) == b""
        assert ask(first) and ask(second)
        reached = metric(daemon, "dynamod_limit_reached_total",
                         limit="max_connections_per_address")
        assert reached == 20
    lines = [line for line in daemon.lines if "limit=max_connections_per_address" in line]
    assert len(lines) == 5  # the rest is told as a number
    wait_until(lambda: metric(daemon, "dynamod_connections") == 0)
    with connect(daemon.port) as fourth:
        assert ask(fourth)
    survived("HTTP: connections over a limit", 20)


def test_unix_sockets_have_no_address(start, upstream, tmp_path):
    path = str(tmp_path / "socket")
    start({"app": apps.todo_app(upstream.url)}, max_connections_per_address=1,
          listen=["127.0.0.1:0", f"unix:{path}"])
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            connection.settimeout(60)
            connection.connect(path)
            assert ask(connection)


def test_connections_that_come_and_go_leave_nothing(start, upstream, survived):
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=2, max_connections=50,
                   max_connections_per_address=50, admin="127.0.0.1:0")
    for _ in range(1000):
        connect(daemon.port).close()
    with connect(daemon.port) as last:
        assert ask(last)
    survived("HTTP: connections that come and go", 1000)


# --- what waits ---

def test_max_exchanges(start, upstream, survived):
    gate = threading.Event()
    upstream.script = lambda _: gate.wait(120) and item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url, read_timeout_seconds=60.0)}, threads=1,
                   max_exchanges=2, request_timeout_seconds=60, admin="127.0.0.1:0")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(curl, f"{daemon.url}/models/todo/{key}") for key in "12"]
        upstream.wait_for_requests(2)
        refused = curl(f"{daemon.url}/models/todo/3")
        refused.assert_problem(503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        connection = Connection(daemon.port)
        assert connection.ask("POST", "/models/todo", (), b" " * 200_000).status == 503
        assert connection.get("/models/todo/3").status == 503
        connection.close()
        gate.set()
        assert [answer.result().status for answer in waiting] == [200, 200]
    assert curl(f"{daemon.url}/models/todo/3").status == 200
    assert metric(daemon, "dynamod_limit_reached_total", limit="max_exchanges") == 3
    survived("HTTP: requests over a limit", 3)


# --- lengths ---

def test_max_target_bytes(start, upstream, survived):
    upstream.script = lambda _: reply(b"{}")
    daemon = start({"app": apps.todo_app(upstream.url)}, max_target_bytes=300)
    path = "/models/todo/" + "k" * (300 - len("/models/todo/"))
    assert curl(daemon.url + path).status == 404
    problem = curl(daemon.url + path + "k").assert_problem(414, "target-too-long")
    assert "300 bytes" in problem["detail"]
    curl(f"{daemon.url}/models/todo?limit=1&or=" + "x" * 200).assert_problem(
        414, "target-too-long")
    survived("HTTP: requests that are too long", 2)


@pytest.mark.parametrize("size, room", [(4096, 2000), (16384, 12000)])
def test_max_header_bytes(start, upstream, survived, size, room):
    daemon = start({"app": apps.todo_app(upstream.url)}, max_header_bytes=size)
    fits = b"GET /apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: %s\r\n\r\n"
    assert raw_exchange(daemon.port, fits % (b"x" * room)).startswith(b"HTTP/1.1 200 ")
    assert raw_exchange(daemon.port, fits % (b"x" * size)).startswith(b"HTTP/1.1 431 ")
    survived("HTTP: requests that are too long")


def test_the_longest_keys_are_reached_by_default(start, tmp_path):
    """As text of one byte a letter in the path; all of it percent-encoded in a body."""
    task = {"hash_key": "h", "range_key": "r", "attributes": {"h": "S", "r": "S"},
            "allow": ["read", "write"]}
    daemon = start({"app": {"dynamodb": {"host": "sqlite::memory:"}, "models": {"todo": task}}})
    plain, odd = ("k" * 2048, "r" * 1024), ("%" * 2048, "/" * 1024)
    for keys in plain, odd:
        new = curl(f"{daemon.url}/models/todo", "-H", "Content-Type: application/json", "-d",
                   json.dumps(dict(zip("hr", keys))))
        assert new.status == 201
    assert curl(f"{daemon.url}/models/todo/{'/'.join(plain)}").status == 200
    encoded = ["".join(f"%{ord(letter):02X}" for letter in key) for key in odd]
    curl(f"{daemon.url}/models/todo/{'/'.join(encoded)}").assert_problem(414, "target-too-long")
    found = curl(f"{daemon.url}/models/todo:query", "-H", "Content-Type: application/json", "-d",
                 json.dumps({"hash": odd[0], "range": odd[1]}))
    assert [(one["h"], one["r"]) for one in found.json] == [odd]


def test_max_body_bytes(start, tmp_path, survived):
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"])},
                   max_body_bytes=2000)
    connection = Connection(daemon.port)
    json_ = [("Content-Type", "application/json")]
    body = json.dumps({"id": "1"}).encode()
    longest = body + b" " * (2000 - len(body))
    assert connection.ask("POST", "/models/todo", json_, longest).status == 201
    refused = connection.ask("POST", "/models/todo", json_, longest + b" ")
    assert "2000 bytes" in refused.assert_problem(413, "body-too-large")["detail"]
    assert connection.get("/models/todo/1").status == 200
    connection.close()
    survived("HTTP: requests that are too long")


# --- memory ---

def test_max_memory_bytes_of_bodies(start, tmp_path, survived):
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"])},
                   max_memory_bytes="1M", threads=2, admin="127.0.0.1:0")
    body = tmp_path / "body"
    body.write_text(json.dumps({"id": "1", "text": LARGE}))
    new = ["-H", "Content-Type: application/json", "-d", f"@{body}"]
    half = b"POST /models/todo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
    with connect(daemon.port) as holder:
        holder.sendall(half + b" " * 800_000)
        wait_until(lambda: metric(daemon, "dynamod_memory_held_bytes") >= 800_000)
        curl(f"{daemon.url}/models/todo", *new).assert_problem(
            503, "overloaded", "too much is being received at once")
    wait_until(lambda: metric(daemon, "dynamod_memory_held_bytes") == 0)
    assert metric(daemon, "dynamod_limit_reached_total", limit="max_memory_bytes") == 1
    assert curl(f"{daemon.url}/models/todo", *new).status == 201
    survived("HTTP: requests over a limit")


@pytest.mark.parametrize("cache", [{}, {"cache": {"ttl": 60}}], ids=["asked", "cached"])
def test_max_memory_bytes_of_answers_that_nobody_reads(start, upstream, cache):
    upstream.script = lambda _: item(id={"S": "1"}, text={"S": LARGE})
    app = apps.todo_app(upstream.url)
    app = {**app, "models": {"todo": {**app["models"]["todo"], **cache}}}
    daemon = start({"app": app}, max_memory_bytes="1M", threads=1,
                   admin="127.0.0.1:0")
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            slow = stack.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", daemon.port))
            slow.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        daemon.wait_for_log("limit=max_memory_bytes")
        assert metric(daemon, "dynamod_memory_held_bytes") <= 1 << 20
        assert curl(f"{daemon.url}/apps").status == 200
    wait_until(lambda: metric(daemon, "dynamod_memory_held_bytes") == 0)
    assert curl(f"{daemon.url}/models/todo/1").status == 200


def test_max_memory_bytes_of_writes_that_wait(start, upstream, tmp_path, survived):
    """What a body becomes is many times as long as the body."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def script(_):
        asked.release()
        assert go_on.wait(60)
        return reply({})
    upstream.script = script
    app = apps.todo_app(upstream.url)
    models = {"todo": {**app["models"]["todo"], "allow": ["write"]}}
    daemon = start({"app": {**app, "models": models}}, max_memory_bytes="8M", threads=1, admin="127.0.0.1:0")
    body = tmp_path / "body"
    body.write_text(json.dumps({"list": [""] * 100_000}))

    def put(key):
        return curl(f"{daemon.url}/models/todo/{key}", "-X", "PUT", "-H", "Expect:",
                    "-H", "Content-Type: application/json", "--data-binary", f"@{body}")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(put, "1")
        assert asked.acquire(timeout=60)
        assert 10 * body.stat().st_size < metric(daemon, "dynamod_memory_held_bytes") <= 8 << 20
        put("2").assert_problem(503, "out-of-memory")
        assert metric(daemon, "dynamod_limit_reached_total", limit="max_memory_bytes") >= 1
        go_on.set()
        assert waiting.result().status == 201
    wait_until(lambda: metric(daemon, "dynamod_memory_held_bytes") == 0)
    assert put("2").status == 201
    survived("HTTP: requests over a limit")


def reply_of_a_table(operation, item):
    """DynamoDB's, with the item if the operation reads."""
    page = {"Items": [item], "Count": 1, "ScannedCount": 1}
    return reply({"GetItem": {"Item": item}, "Query": page, "Scan": page,
                  "BatchGetItem": {"Responses": {"todo": [item]}},
                  "TransactGetItems": {"Responses": [{"Item": item}]}}.get(operation, {}))


# Each with what is not enough for a list of 100 000 texts; "5M" is, for one of its two copies.
CALLS = [
    ("GET", "/models/todo/1", None, "3M"),
    ("GET", "/models/todo?id=eq.1", None, "3M"),
    ("GET", "/models/todo", None, "3M"),
    ("GET", "/models/todo:first", None, "5M"),
    ("POST", "/models/todo:batchGet", '{"keys":[{"id":"1"}]}', "3M"),
    ("POST", "/transactions", '{"get":[{"model":"todo","key":{"id":"1"}}]}', "3M"),
    ("PUT", "/models/todo/1", "ITEM", "5M"),
    ("PATCH", "/models/todo/1", "ITEM", "3M"),
    ("POST", "/models/todo:batchWrite", '{"put":[ITEM]}', "3M"),
    ("POST", "/transactions", '{"write":[{"model":"todo","put":ITEM}]}', "3M")]


@pytest.mark.parametrize("method, target, body, most", CALLS, ids=str)
def test_max_memory_bytes_of_what_a_call_reads_or_writes(start, upstream, tmp_path, survived,
                                                        method, target, body, most):
    texts = []
    upstream.script = lambda request: reply_of_a_table(
        request.operation, {"id": {"S": "1"}, "list": {"L": [{"S": text} for text in texts]}})
    app = apps.todo_app(upstream.url)
    model = {**app["models"]["todo"], "allow": ["read", "write"], "table_name": "todo"}
    daemon = start({"app": {**app, "models": {"todo": model}}}, max_memory_bytes=most,
                   threads=1, admin="127.0.0.1:0")

    def ask():
        if body is None:
            return curl(f"{daemon.url}{target}")
        item = json.dumps({"id": "1", "list": texts})
        (tmp_path / "body").write_text(body.replace("ITEM", item))
        content = "merge-patch+json" if method == "PATCH" else "json"
        return curl(f"{daemon.url}{target}", "-X", method, "-H", "Expect:", "-H",
                    f"Content-Type: application/{content}", "-d", f"@{tmp_path}/body")
    assert ask().status in (200, 201, 204)
    texts = [""] * 100_000
    ask().assert_problem(503, "out-of-memory")
    assert metric(daemon, "dynamod_limit_reached_total", limit="max_memory_bytes") >= 1
    wait_until(lambda: metric(daemon, "dynamod_memory_held_bytes") == 0)
    texts = []
    assert ask().status in (200, 201, 204)
    survived("HTTP: requests over a limit")


@pytest.fixture(scope="module", params=STORES)
def small_values(request, binary, tmp_path_factory):
    """The address of an item of a store, with a table of its own."""
    connection = {"host": "sqlite::memory:"}
    if request.param == "dynamodb":
        connection = apps.connection(request.getfixturevalue("dynamodb_local"))
    model = {**apps.TASK, "allow": ["read", "write"], "table_name": "small_values",
             "create_table": True}
    daemon = Daemon(binary, tmp_path_factory.mktemp("small-values"),
                    {"app": {"dynamodb": connection, "models": {"todo": model}}}, threads=1)
    try:
        yield f"{daemon.wait_ready().url}/models/todo"
        daemon.stop()
    finally:
        daemon.kill()


@pytest.mark.parametrize("element", ['""', "{}", "[]", "null", "1"])
def test_an_item_of_400_kb_fits_and_what_is_larger_is_too_large(small_values, tmp_path, survived,
                                                                element):
    address, body = f"{small_values}/{len(element)}{ord(element[0])}", tmp_path / "body"

    def write(method, content, count):
        body.write_text('{"list":[' + ",".join([element] * count) + "]}")
        return curl(address, "-X", method, "-H", f"Content-Type: application/{content}",
                    "-H", "Expect:", "--data-binary", f"@{body}")
    most = 409_000 // {'""': 1, "{}": 4, "[]": 4, "null": 2, "1": 3}[element]
    assert write("PUT", "json", most).status == 201
    assert len(curl(address).json["list"]) == most
    assert write("PATCH", "merge-patch+json", most).status == 204
    write("PUT", "json", 700_000).assert_problem(413, "item-too-large")
    write("PATCH", "merge-patch+json", 700_000).assert_problem(413, "item-too-large")
    survived("HTTP: requests over a limit")


# --- pages ---

@pytest.fixture
def paged(start, tmp_path):
    lines = "".join(json.dumps({"id": str(number)}) + "\n" for number in range(300))
    (tmp_path / "seed.jsonl").write_text(lines)
    app = apps.embedded_app("sqlite::memory:", seed=str(tmp_path / "seed.jsonl"))
    return start({"app": {**app, "max_page_items": 20, "max_filter_bytes": 40}})


def test_max_page_items(paged, survived):
    assert len(curl(f"{paged.url}/models/todo").json) == 20
    assert len(curl(f"{paged.url}/models/todo?limit=20").json) == 20
    problem = curl(f"{paged.url}/models/todo?limit=21").assert_problem(400, "invalid-parameter")
    assert "1 to 20" in problem["detail"]
    assert curl(f"{paged.url}/models/todo:first?id=eq.299").status in (200, 400)
    survived("HTTP: requests over a limit")


def test_max_filter_bytes(paged, survived):
    assert curl(f"{paged.url}/models/todo?a=eq.1").status == 200
    problem = curl(f"{paged.url}/models/todo?a=eq.1&b=eq.2&c=eq.3&d=eq.4&e=eq.5").assert_problem(
        400, "invalid-filter")
    assert "40 bytes" in problem["detail"]
    survived("HTTP: requests over a limit")


@pytest.mark.parametrize("content, problem", [("merge-patch+json", "invalid-patch"),
                                              ("vnd.dynamod.update+json", "validation-failed")])
def test_a_patch_of_very_many_attributes_is_refused(start, tmp_path, survived, content, problem):
    """And at once: its cost grows as it does, where its square would be minutes."""
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"])},
                   threads=1)
    many = {f"a{number}": number for number in range(40_000)}
    body = tmp_path / "patch.json"
    body.write_text(json.dumps({"set": many} if "update" in content else many))
    address = f"{daemon.url}/models/todo/1"
    assert curl(address, "-X", "PUT", "-H", "Content-Type: application/json",
                "-d", "{}").status == 201
    curl(address, "-X", "PATCH", "-H", f"Content-Type: application/{content}",
         "-H", "Expect:", "--data-binary", f"@{body}").assert_problem(400, problem)
    survived("HTTP: requests over a limit")
