"""Pages at their limits: the longest keys, the largest answers, clients that leave."""
import json
import socket
import urllib.parse

import pytest

import apps
import pages
from client import Connection, curl, raw_exchange
from daemon import Daemon

# Two bytes a character, six in an address; with them a token has all the room that it needs.
HASH, GROUP = "é" * 1024, "я" * 1024
LONG = [{"h": {"S": HASH}, "r": {"S": "r" * 1023 + str(number)},
         "g": {"S": GROUP}, "s": {"S": "s" * 1023 + str(number)}} for number in range(3)]
# 380 KB each as DynamoDB counts, which are 2.7 MB of DynamoDB JSON.
NULLS = [{"h": {"S": "nulls"}, "r": {"N": str(number)}, "l": {"L": [{"NULL": True}] * 190_000}}
         for number in range(4)]

MODELS = {
    "long": {"table_name": "odd-long", "hash_key": "h", "range_key": "r", "create_table": True,
             "attributes": {"h": "S", "r": "S", "g": "S", "s": "S"},
             "indexes": {"by_g": {"hash_key": "g", "range_key": "s"}}},
    "nulls": {"table_name": "odd-nulls", "hash_key": "h", "range_key": "r", "create_table": True,
              "attributes": {"h": "S", "r": "N"}},
}
ITEMS = {"long": LONG, "nulls": NULLS}


@pytest.fixture(scope="module")
def served(binary, store, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    if store == "sqlite":
        for name, items in ITEMS.items():
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(item) + "\n"
                                                          for item in items))
        app = {"dynamodb": {"host": "sqlite::memory:"},
               "models": {name: {**model, "seed": f"{folder}/{name}.jsonl"}
                          for name, model in MODELS.items()}}
    else:
        app = {"dynamodb": apps.connection(request.getfixturevalue("dynamodb_local")),
               "models": MODELS}
    daemon = Daemon(binary, folder, {"app": app}, threads=1, max_target_bytes=16 * 1024,
                    max_header_bytes=32 * 1024)
    try:
        daemon.wait_ready()
        if store == "dynamodb":
            for name, items in ITEMS.items():
                put(request.getfixturevalue("dynamodb_local"), f"odd-{name}", items)
        yield daemon
        daemon.stop()
    finally:
        daemon.kill()


def put(url, table, items):
    writer = pages.Writer(url, table)
    for item in items:
        writer.put_typed(item)
    writer.stop()


def quoted(text):
    return urllib.parse.quote(text, safe="")


@pytest.mark.parametrize("place, order", [
    (f"long/{quoted(HASH)}", "r"), (f"long@by_g/{quoted(GROUP)}", "s"), ("long", None),
    ("long@by_g", None)], ids=["table", "index", "scan", "index scan"])
def test_the_longest_keys_have_a_next(served, place, order):
    connection, found = Connection(served.port), []
    target = f"/models/{place}?limit=1&attributes_to_get=r,s"
    while target:
        response = connection.get(target)
        assert response.status == 200, response.body
        found += response.json
        target = response.headers.get("link", "<>")[1:].partition(">")[0]
    assert sorted(item["r"] for item in found) == [item["r"]["S"] for item in LONG]
    if order:
        assert [item[order] for item in found] == [item[order]["S"] for item in LONG]
    connection.close()


def test_a_next_that_no_address_holds_is_no_silent_end(served):
    target = f"/models/long@by_g/{quoted(GROUP)}?limit=1&nothing=ne.{'x' * 7000}"
    problem = curl(served.url + target).assert_problem(414, "target-too-long")
    assert ":query" in problem["hint"]
    body = json.dumps({"hash": GROUP, "nothing": "ne." + "x" * 7000, "limit": 1})
    response = curl(f"{served.url}/models/long@by_g:query", "-d", body, "-H",
                    "Content-Type: application/json")
    assert response.status == 200 and "link" in response.headers


@pytest.mark.parametrize("accept", ["application/json", "application/x-amz-json-1.0"])
def test_answers_much_larger_than_their_items(served, accept):
    connection, numbers = Connection(served.port), []
    target = "/models/nulls/nulls"
    while target:
        response = connection.get(target, Accept=accept)
        assert response.status == 200, response.body[:200]
        for item in response.json:
            plain = accept == "application/json"
            assert len(item["l"] if plain else item["l"]["L"]) == 190_000
            numbers.append(int(item["r"] if plain else item["r"]["N"]))
        target = response.headers.get("link", "<>")[1:].partition(">")[0]
    assert numbers == [0, 1, 2, 3]
    connection.close()


def request_text(target, *more):
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: localhost", *more, "", ""]).encode()


def test_pages_in_a_pipeline_come_one_after_the_other(served):
    long = "/models/long?limit=1&attributes_to_get=g"
    raw = raw_exchange(served.port, request_text("/models/nulls/nulls?limit=1") * 2
                       + request_text(long, "Connection: close"))
    assert raw.count(b"HTTP/1.1 200") == 3
    assert raw.rindex(b"null]") < raw.rindex(GROUP.encode())


def test_clients_that_leave_in_the_middle_of_a_page(served):
    """Before its first byte, and after some; what they asked ends with them."""
    for number in range(8):
        with socket.create_connection(("127.0.0.1", served.port)) as client:
            client.sendall(request_text("/models/nulls/nulls"))
            if number % 2:
                client.recv(5000 * number)
    assert curl(f"{served.url}/models/long?limit=1&attributes_to_get=none").json == [{}]


def test_other_requests_are_answered_while_a_client_does_not_read(served):
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(request_text("/models/nulls/nulls", "Connection: close"))
        for _ in range(5):
            response = curl(f"{served.url}/models/long?limit=1&attributes_to_get=none")
            assert response.json == [{}]
        with client.makefile("rb") as stream:
            assert stream.read().rstrip().endswith(b"}]")
