"""Batches of more than DynamoDB takes at once: split, sent again, answered in order."""
import collections
import json
import re
import threading

import pytest

import apps
from client import Connection
from daemon import Daemon
from kept import place
from upstream import error, reply

MODEL = {**apps.TASK, "table_name": "batches", "allow": ["read", "write"], "create_table": True}
JSON = [("Content-Type", "application/json")]


def post(daemon, verb, body, model="batches"):
    return Connection(daemon.port).ask("POST", f"/models/{model}:{verb}", JSON,
                                       json.dumps(body).encode())


# --- on both stores


@pytest.fixture(scope="module")
def desk(binary, store, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("batches")
    connection, tables = place(store, folder, request)
    daemon = Daemon(binary, folder, {"app": {"dynamodb": connection, "models": {"batches": MODEL}}},
                    threads=1)
    try:
        yield daemon.wait_ready(), tables
        daemon.stop()
    finally:
        daemon.kill()


def test_many(desk):
    daemon, tables = desk
    items = [{"id": f"many-{n}", "n": n} for n in range(730)]
    answer = post(daemon, "batchWrite", {"put": items})
    assert answer.status == 200
    assert answer.json == {"put": 730, "delete": 0, "unprocessed": {"put": [], "delete": []}}
    stored = {item["id"]["S"]: item["n"]["N"] for item in tables.all("batches")}
    assert all(stored[item["id"]] == str(item["n"]) for item in items)

    keys = [{"id": f"many-{n * 7 % 731}"} for n in range(1462)]  # twice, and one that is not there
    read = post(daemon, "batchGet", {"keys": keys})
    there = {item["id"]: item for item in items}
    assert read.json == [there.get(key["id"]) for key in keys]

    half = [{"id": f"many-{n}"} for n in range(0, 730, 2)]
    answer = post(daemon, "batchWrite", {"delete": half, "put": [{"id": "many-more"}]})
    assert (answer.json["put"], answer.json["delete"]) == (1, 365)
    left = {item["id"]["S"] for item in tables.all("batches")}
    assert left >= {f"many-{n}" for n in range(1, 730, 2)} | {"many-more"}
    assert not left & {key["id"] for key in half}


def test_large(desk):
    """Together more than one call takes, or gives: 16 MB."""
    daemon, tables = desk
    texts = {f"large-{n}": chr(ord("a") + n % 26) * 390_000 for n in range(60)}
    for ids in (list(texts)[:30], list(texts)[30:]):
        body = {"put": [{"id": id_, "text": texts[id_]} for id_ in ids]}
        answer = post(daemon, "batchWrite", body)
        if answer.status == 413:
            pytest.skip("the body limit is below 12 MB")
        assert answer.json["put"] == 30, answer.body[:200]
    keys = [{"id": id_} for id_ in reversed(texts)]
    read = post(daemon, "batchGet", {"keys": keys})
    assert [(item["id"], item["text"]) for item in read.json] == list(reversed(texts.items()))


def test_a_duplicate_far_from_the_first(desk):
    daemon, tables = desk
    items = [{"id": f"twice-{n}"} for n in range(100)] + [{"id": "twice-3", "n": 1}]
    answer = post(daemon, "batchWrite", {"put": items})
    assert answer.status == 400 and "put[3] and put[100]" in answer.json["detail"]
    assert not [item for item in tables.all("batches") if item["id"]["S"].startswith("twice")]


def test_a_transaction_of_a_hundred(desk):
    daemon, tables = desk
    def transaction(count):
        entries = [{"model": "batches", "put": {"id": f"t{count}-{n}"}} for n in range(count)]
        return Connection(daemon.port).ask("POST", "/transactions", JSON,
                                           json.dumps({"write": entries}).encode())
    assert transaction(100).json == {"written": 100}
    assert transaction(101).status == 400
    ids = {item["id"]["S"] for item in tables.all("batches")}
    assert {f"t100-{n}" for n in range(100)} <= ids
    assert not [id_ for id_ in ids if id_.startswith("t101-")]


# --- what DynamoDB leaves unprocessed


@pytest.fixture
def daemon(start, upstream):
    connection = apps.connection(upstream.url, max_retry_attempts=3)
    models = {"batches": {**apps.TASK, "allow": ["read", "write"]}}
    return start({"app": {"dynamodb": connection, "models": models}}, threads=1,
                 request_timeout_seconds=4)


def wanted(request):
    """The ids that a batch asks for, writes or deletes."""
    if request.operation == "BatchGetItem":
        return [key["id"]["S"] for key in request.json["RequestItems"]["batches"]["Keys"]]
    return [(one.get("DeleteRequest") or {"Key": one.get("PutRequest", {}).get("Item")})["Key"]
            ["id"]["S"] for one in request.json["RequestItems"]["batches"]]


class Stubborn:
    """Answers a batch, but leaves the last `leave` of each request unprocessed, `times` times."""

    def __init__(self, leave, times):
        self.leave, self.times = leave, times
        self.lock, self.done = threading.Lock(), collections.Counter()

    def __call__(self, request):
        with self.lock:
            leave = self.leave if self.times > 0 else 0
            self.times -= 1
        entries = request.json["RequestItems"]["batches"]
        is_get = request.operation == "BatchGetItem"
        listed = entries["Keys"] if is_get else entries
        kept = listed[:len(listed) - leave]
        left = listed[len(listed) - leave:]
        self.done.update(wanted(request)[:len(kept)])
        if is_get:
            again = {"batches": {**entries, "Keys": left}} if left else {}
            return reply({"Responses": {"batches": kept}, "UnprocessedKeys": again})
        return reply({"UnprocessedItems": {"batches": left} if left else {}})


def test_chunks_of_a_get(daemon, upstream):
    upstream.script = script = Stubborn(0, 0)
    answer = post(daemon, "batchGet", {"keys": [{"id": str(n)} for n in range(250)]})
    assert answer.json == [{"id": str(n)} for n in range(250)]
    assert sorted(len(wanted(request)) for request in upstream.requests) == [50, 100, 100]
    assert set(script.done.values()) == {1}


def test_chunks_of_a_write(daemon, upstream):
    upstream.script = script = Stubborn(0, 0)
    answer = post(daemon, "batchWrite", {"put": [{"id": str(n)} for n in range(130)],
                                         "delete": [{"id": f"d{n}"} for n in range(130)]})
    assert (answer.json["put"], answer.json["delete"]) == (130, 130)
    assert max(len(wanted(request)) for request in upstream.requests) == 25
    assert len(upstream.requests) == 11 and set(script.done.values()) == {1}
    assert upstream.most_in_flight <= 4


def test_duplicates_are_asked_for_once(daemon, upstream):
    upstream.script = script = Stubborn(0, 0)
    answer = post(daemon, "batchGet", {"keys": [{"id": "1"}, {"id": "2"}] * 300})
    assert answer.json == [{"id": "1"}, {"id": "2"}] * 300
    assert script.done == {"1": 1, "2": 1}


@pytest.mark.parametrize("leave, times", [(1, 3), (40, 2)])
def test_unprocessed_keys_are_asked_for_again(daemon, upstream, leave, times):
    upstream.script = script = Stubborn(leave, times)
    answer = post(daemon, "batchGet", {"keys": [{"id": str(n)} for n in range(120)]})
    assert answer.json == [{"id": str(n)} for n in range(120)]
    assert set(script.done.values()) == {1}


@pytest.mark.parametrize("leave, times", [(1, 3), (10, 4)])
def test_unprocessed_items_are_written_again(daemon, upstream, leave, times):
    upstream.script = script = Stubborn(leave, times)
    answer = post(daemon, "batchWrite", {"put": [{"id": str(n)} for n in range(60)]})
    assert answer.json == {"put": 60, "delete": 0, "unprocessed": {"put": [], "delete": []}}
    assert set(script.done.values()) == {1} and len(script.done) == 60


def test_what_stays_unprocessed_is_listed(daemon, upstream):
    """Until the deadline: the rest was done, and is said to be."""
    upstream.script = script = Stubborn(2, 1_000_000)
    body = {"put": [{"id": str(n), "n": n} for n in range(20)], "delete": [{"id": "gone"}]}
    answer = post(daemon, "batchWrite", body)
    assert answer.status == 200, answer.body
    left = answer.json["unprocessed"]
    assert len(left["put"]) + len(left["delete"]) == 2
    assert answer.json["put"] + len(left["put"]) == 20
    assert answer.json["delete"] + len(left["delete"]) == 1
    assert all(item in body["put"] for item in left["put"])
    assert all(key in body["delete"] for key in left["delete"])
    for one in left["put"] + left["delete"]:
        assert script.done[one["id"]] == 0


def test_nothing_done_and_throttled_is_503(daemon, upstream):
    upstream.script = lambda request: error("ProvisionedThroughputExceededException")
    answer = post(daemon, "batchWrite", {"put": [{"id": "1"}]})
    answer.assert_problem(503, "throttled")
    assert int(answer.headers["retry-after"]) > 0


def test_keys_that_stay_unprocessed_are_no_nulls(daemon, upstream):
    """An item that was not read is not said to be missing."""
    upstream.script = Stubborn(1, 1_000_000)
    answer = post(daemon, "batchGet", {"keys": [{"id": "1"}, {"id": "2"}]})
    answer.assert_problem(answer.status, answer.json["type"][len("urn:dynamod:"):])
    assert answer.status in (503, 504)


def test_one_chunk_of_several_fails(daemon, upstream):
    """What was written by the others is told."""
    def script(request):
        if "30" in wanted(request):
            return error("AccessDeniedException")
        return reply({"UnprocessedItems": {}})

    upstream.script = script
    answer = post(daemon, "batchWrite", {"put": [{"id": str(n)} for n in range(100)]})
    if answer.status == 200:
        left = {item["id"] for item in answer.json["unprocessed"]["put"]}
        assert "30" in left and answer.json["put"] == 100 - len(left)
    else:
        assert answer.status == 502
        assert re.search(r"\d", answer.body.decode())


def test_a_get_of_which_one_chunk_fails_is_an_error(daemon, upstream):
    def script(request):
        if "30" in wanted(request):
            return error("AccessDeniedException")
        return reply({"Responses": {"batches": request.json["RequestItems"]["batches"]["Keys"]}})

    upstream.script = script
    post(daemon, "batchGet", {"keys": [{"id": str(n)} for n in range(250)]}) \
        .assert_problem(502, "upstream-refused")
