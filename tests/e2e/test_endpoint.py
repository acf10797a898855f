"""The way to DynamoDB: endpoints from the environment and the profile, proxies, sockets and
authorities by setting; an endpoint that is slow, damaged, skewed or down."""
import calendar
import concurrent.futures
import email.utils
import gzip
import json
import socket
import threading
import time

import pytest

import apps
from aws_servers import Authority
from client import curl
from daemon import free_port
from upstream import Upstream, error, item, reply
from verify import assert_signed
from waiting import WAIT_S, wait_until

ONE = {"id": {"S": "1"}}


def get(daemon, key="1"):
    return curl(f"{daemon.url}/models/todo/{key}")


def app_without_host(**settings):
    connection = apps.connection("", **settings)
    del connection["host"]
    return {"dynamodb": connection, "models": {"todo": apps.TASK}}


# Where it is.

def test_endpoint_of_the_environment(start, upstream, other_upstream):
    daemon = start({"app": app_without_host()}, environment={
        "AWS_ENDPOINT_URL_DYNAMODB": upstream.url, "AWS_ENDPOINT_URL": other_upstream.url})
    get(daemon)
    assert (len(upstream.requests), len(other_upstream.requests)) == (1, 0)


def test_endpoint_region_and_keys_of_a_profile(start, upstream, tmp_path):
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = us-east-2\nservices = local\n"
                      "aws_access_key_id = AKIDWORK\naws_secret_access_key = work\n"
                      f"[services local]\ndynamodb =\n  endpoint_url = {upstream.url}\n")
    app = {"dynamodb": {"profile": "work", "max_retry_attempts": 0},
           "models": {"todo": apps.TASK}}
    get(start({"app": app}, environment={"AWS_CONFIG_FILE": str(config)}))
    assert_signed(upstream.requests[0], "AKIDWORK", "work", "us-east-2")


def test_proxy(start, upstream):
    upstream.script = lambda _: item(**ONE)
    daemon = start({"app": apps.todo_app("http://dynamodb.invalid:8000", proxy=upstream.url)},
                   environment={"no_proxy": "*", "http_proxy": "http://127.0.0.1:1"})
    assert get(daemon).json == {"id": "1"}
    [request] = upstream.requests
    assert request.path == "http://dynamodb.invalid:8000/"
    assert request.header("Host") == "dynamodb.invalid:8000"


def forward(listener, port):
    """Passes requests that come there on to that port, and the replies back."""
    def converse(near):
        try:
            with near, socket.create_connection(("127.0.0.1", port)) as far:
                while request := near.recv(65536):
                    far.sendall(request)
                    near.sendall(far.recv(65536))
        except OSError:
            pass  # the peer left, or did not like the certificate

    def accept():
        while True:
            near, _ = listener.accept()
            threading.Thread(target=converse, args=(near,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


def test_unix_socket(start, upstream, tmp_path):
    upstream.script = lambda _: item(**ONE)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    forward(listener, upstream.port)
    daemon = start({"app": apps.todo_app("http://dynamodb.invalid",
                                         unix_socket=str(tmp_path / "s"))})
    assert get(daemon).json == {"id": "1"}
    assert upstream.requests[0].header("Host") == "dynamodb.invalid"


def test_authorities_of_the_setting_and_of_the_environment(start, upstream, tmp_path):
    upstream.script = lambda _: item(**ONE)
    authority = Authority(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"https://localhost:{listener.getsockname()[1]}"
    context = authority.server_context()
    forward(context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False),
            upstream.port)
    file = str(authority.file)
    assert get(start({"app": apps.todo_app(url, ca_bundle=file)})).json == {"id": "1"}
    assert get(start({"app": apps.todo_app(url)}, environment={"AWS_CA_BUNDLE": file})).status == 200


def test_a_certificate_that_nobody_vouches_for(start, upstream, tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"https://localhost:{listener.getsockname()[1]}"
    context = Authority(tmp_path).server_context()
    forward(context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False),
            upstream.port)
    daemon = start({"app": apps.todo_app(url)})
    problem = get(daemon).assert_problem(502, "upstream-failed")
    assert problem["detail"] == "certificate not trusted"
    assert not upstream.requests


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # either has left


def tunnel(asked):
    """A proxy's port; it notes the request lines, and makes the tunnels."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            near, _ = listener.accept()
            head = near.recv(4096)
            asked.append(head.split(b"\r\n")[0].decode())
            far = socket.create_connection(asked[-1].split()[1].split(":"))
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


@pytest.mark.parametrize("by_proxy", [False, True], ids=["direct", "by-proxy"])
def test_large_bodies_over_tls(start, tmp_path, by_proxy):
    """One connection carries them all, and one tunnel."""
    authority = Authority(tmp_path)
    large = {"id": {"S": "1"}, "text": {"S": "x" * 390_000}}
    secured = Upstream(lambda request: item(**large if request.operation == "GetItem" else {}),
                       tls=authority.server_context())
    asked = []
    proxy = {"proxy": f"http://127.0.0.1:{tunnel(asked)}"} if by_proxy else {}
    app = apps.todo_app(secured.url, ca_bundle=str(authority.file), **proxy)
    app["models"]["todo"] = {**apps.TASK, "allow": ["read", "write"]}
    daemon = start({"app": app}, threads=1)
    body = tmp_path / "body"
    body.write_text(json.dumps({"text": "y" * 390_000}))
    try:
        for _ in range(3):
            assert len(get(daemon).json["text"]) == 390_000
            written = curl(f"{daemon.url}/models/todo/1", "-X", "PUT", "-H",
                           "Content-Type: application/json", "-d", f"@{body}")
            assert written.status < 300
            assert len(secured.requests[-1].body) > 390_000
        assert {request.connection for request in secured.requests} == {0}
        assert asked == [f"CONNECT 127.0.0.1:{secured.port} HTTP/1.1"] * by_proxy
    finally:
        secured.stop()


# What comes back.

def test_a_damaged_reply_is_asked_for_again(start, upstream):
    good = item(**ONE)
    upstream.script = lambda _: (good.replace(b"x-amz-crc32: ", b"x-amz-crc32: 1")
                                 if len(upstream.requests) == 1 else good)
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=1)})
    assert get(daemon).json == {"id": "1"}
    assert len(upstream.requests) == 2


def packed_item(_):
    body = gzip.compress(b'{"Item":{"id":{"S":"1"},"text":{"S":"%s"}}}' % (b"x" * 100_000))
    return reply(body, headers=[("Content-Encoding", "gzip")])


def test_compressed_replies(start, upstream):
    upstream.script = packed_item
    daemon = start({"app": apps.todo_app(upstream.url, compressed_replies=True)})
    assert get(daemon).json == {"id": "1", "text": "x" * 100_000}
    assert upstream.requests[0].header("Accept-Encoding") == "gzip"


def test_a_reply_that_unpacks_without_end(start, upstream):
    bomb = gzip.compress(b"x" * 50_000_000)
    upstream.script = lambda _: reply(bomb, headers=[("Content-Encoding", "gzip")])
    daemon = start({"app": apps.todo_app(upstream.url)})
    get(daemon).assert_problem(502, "upstream-failed")
    upstream.script = packed_item
    assert get(daemon).status == 200


def test_a_clock_that_is_wrong(start, upstream):
    """DynamoDB's is ten minutes ahead, and takes five."""
    def script(request):
        now = time.time() + 600
        stamp = time.strptime(request.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ")
        if abs(calendar.timegm(stamp) - now) < 300:
            return item(**ONE)
        date = email.utils.formatdate(now, usegmt=True)
        return error("InvalidSignatureException", headers=[("Date", date)])

    upstream.script = script
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=1)
    assert get(daemon).json == {"id": "1"}
    assert get(daemon).json == {"id": "1"}
    assert len(upstream.requests) == 3


# An endpoint that is slow, or down.

def test_max_queue(start, upstream):
    gate = threading.Event()
    upstream.script = lambda _: gate.wait(WAIT_S) and item(**ONE)
    daemon = start({"app": apps.todo_app(upstream.url, max_pool_connections=1, max_queue=2,
                                         read_timeout_seconds=60.0, batch_width=0)},
                   threads=1, request_timeout_seconds=60)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = concurrent.futures.as_completed([pool.submit(get, daemon) for _ in range(4)])
        response = next(answers).result()
        gate.set()
        assert [answer.result().status for answer in answers] == [200, 200, 200]
    response.assert_problem(503, "overloaded")
    assert int(response.headers["retry-after"]) > 0


def until(daemon, status):
    """The first answer of that status."""
    def answer():
        said = get(daemon)
        return said if said.status == status else None
    return wait_until(answer)


def test_an_endpoint_that_is_down_is_left_alone_and_found_again(start, upstream):
    upstream.script = lambda _: item(**ONE)
    port = free_port()
    daemon = start({"app": apps.todo_app(f"http://127.0.0.1:{port}")}, threads=1)
    get(daemon).assert_problem(502, "upstream-failed")
    response = until(daemon, 503)
    problem = response.assert_problem(503, "upstream-unavailable")
    assert "Connection refused" in problem["detail"]
    assert int(response.headers["retry-after"]) > 0
    forward(socket.create_server(("127.0.0.1", port)), upstream.port)
    assert until(daemon, 200).json == {"id": "1"}
    assert get(daemon).status == 200
