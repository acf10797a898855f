"""What writes answer: where a new item is, which preferences were heeded, what is conditional;
and that bodies of all sizes and framings leave their connection sound."""
import json
import socket
import urllib.parse

import pytest

import apps
from client import Connection, curl, parse, raw_exchange
from daemon import Daemon

MODELS = {
    "todo": {"hash_key": "id", "attributes": {"id": "S"}, "allow": ["read", "write"]},
    "bytes": {"hash_key": "b", "range_key": "n", "attributes": {"b": "B", "n": "N"},
              "allow": ["read", "write"]},
    "notes": {"hash_key": {"name": "id", "template": "NOTE#{}"}, "range_key": "at",
              "attributes": {"at": "utc_datetime"}, "allow": ["read", "write"]},
    "blind": {"hash_key": "id", "attributes": {"id": "S"}, "allow": ["write"]},
    "sealed": {"hash_key": "id", "attributes": {"id": "S"}},
}
JSON = ("Content-Type", "application/json")
REPRESENTATION = ("Prefer", "return=representation")


@pytest.fixture(scope="module", params=["dynamodb", "sqlite"])
def daemon(request, binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    made = {name: {**model, "create_table": True, "table_name": f"answers-{name}"}
            for name, model in MODELS.items()}
    connection = {"host": "sqlite::memory:"} if request.param == "sqlite" else \
        apps.connection(request.getfixturevalue("dynamodb_local"))
    app = {"dynamodb": connection, "models": made}
    running = Daemon(binary, folder, {"desk": app}, threads=1)
    try:
        yield running.wait_ready()
        running.stop()
    finally:
        running.kill()


@pytest.fixture
def connection(daemon):
    made = Connection(daemon.port)
    yield made
    made.close()


def send(connection, method, target, value, *headers):
    body = None if value is None else json.dumps(value).encode()
    return connection.ask(method, target, [JSON, *headers] if body else headers, body)


@pytest.mark.parametrize("model, item", [
    ("todo", {"id": "plain"}),
    ("todo", {"id": "a/b?c#d%e f&g=h+i"}),
    ("todo", {"id": "é\0ü\n"}),
    ("todo", {"id": ".."}),
    ("todo", {"id": "x" * 2048}),
    ("todo", {"id": "é" * 1024}),
    ("bytes", {"b": "++//", "n": 1.50}),
    ("bytes", {"b": "AA==", "n": -1e-130}),
    ("notes", {"id": "a:b", "at": "2024-01-02T03:04:05.000006Z"}),
    ("notes", {"id": ".", "at": "2024-01-02T03:04:05Z"}),
], ids=str)
@pytest.mark.parametrize("base", ["", "/apps/desk"])
def test_a_location_is_fetched_as_it_is(daemon, connection, model, item, base):
    made = send(connection, "POST", f"{base}/models/{model}", item)
    assert made.status == 201, made.body
    location = made.headers["location"]
    assert location.startswith(f"{base}/models/{model}")
    found = curl(daemon.url + location)
    assert found.status == 200 and found.json == item
    assert found.headers["etag"] == made.headers["etag"]
    assert connection.ask("DELETE", location).status == 204

    again = send(connection, "PUT", location, {})
    assert (again.status, again.headers["location"]) == (201, location)
    assert connection.ask("DELETE", location).status == 204


def test_what_is_preferred_is_heeded_and_told(connection):
    def ask(method, value, *headers):
        return send(connection, method, "/models/todo/p", value, *headers)

    made = ask("PUT", {"n": 1}, ("Prefer", "return=minimal"))
    assert (made.status, made.body) == (201, b"")
    assert made.headers["preference-applied"] == "return=minimal"
    replaced = ask("PUT", {"n": 2})
    assert (replaced.status, replaced.body) == (204, b"")
    assert "preference-applied" not in replaced.headers
    shown = ask("PATCH", {"n": 3}, REPRESENTATION)
    assert shown.status == 200 and shown.json == {"id": "p", "n": 3}
    assert shown.headers["preference-applied"] == "return=representation"
    typed = ask("PATCH", {"n": 4}, REPRESENTATION, ("Accept", "application/x-amz-json-1.0"))
    assert typed.json == {"id": {"S": "p"}, "n": {"N": "4"}}
    assert typed.headers["content-type"] == "application/x-amz-json-1.0"
    assert typed.headers["etag"] != shown.headers["etag"]
    last = ask("DELETE", None, REPRESENTATION)
    assert last.status == 200 and last.json == {"id": "p", "n": 4} and "etag" not in last.headers
    gone = ask("DELETE", None, REPRESENTATION)
    gone.assert_problem(404, "item-not-found")
    assert "preference-applied" not in gone.headers


def test_a_failed_condition_tells_the_tag_of_what_is_there(connection):
    first = send(connection, "PUT", "/models/todo/c", {"n": 1})
    tag = first.headers["etag"]
    stale = send(connection, "PUT", "/models/todo/c", {"n": 2}, ("If-Match", '"stale"'))
    stale.assert_problem(412, "condition-failed")
    assert stale.headers["etag"] == tag
    there = send(connection, "POST", "/models/todo", {"id": "c"})
    there.assert_problem(409, "item-exists")
    assert there.headers["etag"] == tag
    assert send(connection, "PUT", "/models/todo/c", {"n": 2}, ("If-Match", tag)).status == 204
    changed = connection.get("/models/todo/c").json
    assert changed == {"id": "c", "n": 2}


def test_what_may_not_be_read_is_not_told(connection):
    assert send(connection, "PUT", "/models/blind/1", {"secret": 1}).status == 201
    there = send(connection, "POST", "/models/blind", {"id": "1"})
    there.assert_problem(409, "item-exists")
    assert "etag" not in there.headers
    last = connection.ask("DELETE", "/models/blind/1", [REPRESENTATION])
    assert b"secret" not in last.body


def test_preconditions_that_mean_nothing_are_refused(connection):
    for method, target, value in [("POST", "/models/todo", {"id": "x"}),
                                  ("POST", "/models/todo:batchWrite", {"put": [{"id": "x"}]}),
                                  ("POST", "/transactions", {"write": []})]:
        refused = send(connection, method, target, value, ("If-Match", "*"))
        refused.assert_problem(400, "invalid-request")
    for name in ("If-Match", "If-None-Match"):
        send(connection, "PUT", "/models/todo/x", {}, (name, "")).assert_problem(
            400, "invalid-request", f"{name} names no entity tag")
    assert connection.get("/models/todo/x").status == 404


@pytest.mark.parametrize("key", ["", "a b", '""', "x" * 37])
def test_an_idempotency_key_that_is_none_is_refused(connection, key):
    refused = send(connection, "PUT", "/models/todo/k", {}, ("Idempotency-Key", key))
    refused.assert_problem(400, "invalid-idempotency-key")


def test_what_is_not_allowed_is_policy(connection):
    for method, target, value in [("PUT", "/models/sealed/1", {}),
                                  ("PATCH", "/models/sealed/1", {}),
                                  ("DELETE", "/models/sealed/1", None),
                                  ("POST", "/models/sealed", {"id": "1"}),
                                  ("POST", "/models/sealed:batchWrite", {"put": [{"id": "1"}]})]:
        send(connection, method, target, value).assert_problem(403, "operation-not-allowed")
    assert connection.ask("OPTIONS", "/models/sealed/1").headers["allow"] == \
        "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"


def test_an_item_of_400_kb_fits_however_it_is_escaped(connection):
    text = "é" * (200 * 1000)
    escaped = "".join("\\u00e9" for _ in text)
    body = ('{"id":{"S":"large"},"t":{"S":"%s"}}' % escaped).encode()
    made = connection.ask("PUT", "/models/todo/large",
                          [("Content-Type", "application/x-amz-json-1.0")], body)
    assert made.status == 201
    assert connection.get("/models/todo/large").json["t"] == text
    too_large = send(connection, "PUT", "/models/todo/large", {"t": text + "x" * 10_000})
    too_large.assert_problem(413, "item-too-large")
    assert connection.ask("DELETE", "/models/todo/large").status == 204


def test_a_body_that_is_announced_too_large_is_refused_at_once(daemon):
    answer = parse(raw_exchange(daemon.port, b"PUT /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n"
                                b"Content-Type: application/json\r\n"
                                b"Content-Length: 4194305\r\n\r\n"))
    answer.assert_problem(413, "body-too-large")
    assert answer.headers["connection"] == "close"


def test_a_body_may_come_in_chunks_and_be_waited_for(daemon):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as client:
        client.sendall(b"PUT /models/todo/chunks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                       b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
                       b"Expect: 100-continue\r\n\r\n")
        received = client.recv(65536)
        assert received.startswith(b"HTTP/1.1 100 ")
        client.sendall(b"5\r\n{\"n\":\r\n2\r\n1}\r\n0\r\n\r\n")
        while chunk := client.recv(65536):
            received += chunk
    assert parse(received.partition(b"\r\n\r\n")[2]).status in (201, 204)


def test_a_client_that_leaves_halfway_is_forgotten(daemon, connection):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as client:
        client.sendall(b"PUT /models/todo/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
                       b"Content-Type: application/json\r\n\r\n{\"n\"")
    assert connection.get("/models/todo/half").status == 404


def test_batches_and_transactions(connection):
    ids = [{"id": f"many-{number}"} for number in range(130)]
    done = send(connection, "POST", "/models/todo:batchWrite", {"put": ids}).json
    assert done == {"put": 130, "delete": 0, "unprocessed": {"put": [], "delete": []}}
    found = send(connection, "POST", "/models/todo:batchGet", {"keys": [{"id": "no"}, *ids]})
    assert found.json == [None, *ids] and found.headers["etag"]
    written = send(connection, "POST", "/apps/desk/transactions", {"write": [
        {"model": "todo", "delete": one} for one in ids[:100]]})
    assert written.json == {"written": 100}
    read = send(connection, "POST", "/transactions", {"get": [
        {"model": "todo", "key": one} for one in (ids[0], ids[100])]})
    assert read.json == {"items": [None, ids[100]]}
    cancelled = send(connection, "POST", "/transactions", {"write": [
        {"model": "todo", "put": {"id": "never"}},
        {"model": "todo", "check": ids[100], "if": {"id": "eq.other"}}]})
    problem = cancelled.assert_problem(409, "transaction-cancelled")
    assert problem["reasons"][0] is None
    assert problem["reasons"][1]["index"] == 1
    assert problem["reasons"][1]["type"] == "condition-failed"
    assert connection.get("/models/todo/never").status == 404
    left = send(connection, "POST", "/models/todo:batchWrite", {"delete": ids[100:]})
    assert left.json["delete"] == 30


def test_a_long_key_beside_a_long_head_is_told_without_its_location(connection):
    key = "é" * 1024
    target = "/models/todo/" + urllib.parse.quote(key)
    made = connection.ask("PUT", target, [JSON, ("X-Long", "x" * 6_000)], b"{}")
    assert made.status == 201 and "location" not in made.headers
    assert connection.ask("DELETE", target).status == 204
