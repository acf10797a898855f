"""Gets that come together become one BatchGetItem, and what their clients see of it: nothing."""
import concurrent.futures
import re
import threading

import pytest

import apps
from client import curl
from upstream import error, reply
from waiting import WAIT_S, wait_until

MODEL = {"hash_key": "id", "attributes": {"id": "S", "n": "N"}}


def record(key):
    return {"id": {"S": key}, "n": {"N": str(len(key))}}


def answer(request, missing=(), unprocessed=()):
    """What DynamoDB says to a GetItem or a BatchGetItem of the table todo, all keys there."""
    capacity = {"TableName": "todo", "CapacityUnits": 0.5}
    if request.operation == "GetItem":
        key = request.json["Key"]["id"]["S"]
        found = {} if key in missing else {"Item": record(key)}
        return reply({**found, "ConsumedCapacity": capacity})
    asked = keys_of(request)
    done = [key for key in asked if key not in unprocessed]
    left = {"todo": {"Keys": [{"id": {"S": key}} for key in asked if key in unprocessed]}}
    capacity["CapacityUnits"] *= len(done)
    return reply({"Responses": {"todo": [record(key) for key in done if key not in missing]},
                  "UnprocessedKeys": left if left["todo"]["Keys"] else {},
                  "ConsumedCapacity": [capacity]})


def keys_of(request):
    return [key["id"]["S"] for key in request.json["RequestItems"]["todo"]["Keys"]]


class Crowd:
    """A daemon, one thread and one request wide, of which the first get is held until all
    others wait behind it. They do, for a fiftieth of the read timeout."""

    def __init__(self, start, upstream, script=answer):
        self.gate = threading.Event()
        self.upstream = upstream
        self.script = script
        upstream.script = self.run
        connection = apps.connection(upstream.url, batch_width=1, read_timeout_seconds=300.0)
        self.daemon = start({"app": {"dynamodb": connection, "models": {"todo": MODEL}}},
                            threads=1, request_timeout_seconds=60, admin="127.0.0.1:0")

    def run(self, request):
        if len(self.upstream.requests) == 1:
            self.gate.wait(WAIT_S)
        return self.script(request)

    def metric(self, name):
        text = curl(f"{self.daemon.admin_url}/metrics").body.decode()
        return float(re.search(rf'^{name}\{{app="app",model=""\}} (\S+)$', text, re.M)[1])

    def get(self, path):
        return curl(f"{self.daemon.url}/models/todo/{path}")

    def ask(self, *paths):
        """Their answers; "first" is asked for before them."""
        with concurrent.futures.ThreadPoolExecutor(len(paths) + 1) as pool:
            first = pool.submit(self.get, "first")
            self.upstream.wait_for_requests(1)
            answers = [pool.submit(self.get, path) for path in paths]
            wait_until(lambda: self.metric("dynamod_coalesced_gets_total") > len(paths))
            self.gate.set()
            assert first.result().status == 200
            return [answer.result() for answer in answers]

    def operations(self):
        return [request.operation for request in self.upstream.requests]


def test_what_waited_is_one_batch(start, upstream):
    crowd = Crowd(start, upstream, lambda request: answer(request, missing=["c"]))
    a, b, c, again = crowd.ask("a", "b", "c", "a")
    assert crowd.operations() == ["GetItem", "BatchGetItem"]
    assert sorted(keys_of(upstream.requests[1])) == ["a", "b", "c"]
    assert a.json == again.json == {"id": "a", "n": 1} and b.json == {"id": "b", "n": 1}
    c.assert_problem(404, "item-not-found")
    told = sorted(float(got.headers.get("x-consumed-capacity", 0)) for got in (a, b, again))
    assert told == [0, 0.5, 0.5]
    assert crowd.metric("dynamod_coalesced_shared_total") == 1
    assert crowd.metric("dynamod_coalesced_keys_count") == 2
    assert crowd.metric("dynamod_coalesced_keys_sum") == 4


def test_one_after_the_other_is_get_item(start, upstream):
    crowd = Crowd(start, upstream)
    crowd.gate.set()
    for _ in range(5):
        assert crowd.get("a").status == 200
    assert crowd.operations() == ["GetItem"] * 5


def test_none_is_batched_at_width_0(start, upstream):
    gate = threading.Event()

    def script(request):
        gate.wait(WAIT_S)
        return answer(request)

    upstream.script = script
    daemon = start({"app": apps.todo_app(upstream.url, batch_width=0)}, threads=1)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(curl, f"{daemon.url}/models/todo/{key}") for key in "abcdaa"]
        upstream.wait_for_requests(6)
        gate.set()
        assert [answer.result().json["id"] for answer in answers] == list("abcdaa")


def test_a_projection_does_not_show_the_key_that_was_read_along(start, upstream):
    crowd = Crowd(start, upstream)
    answers = crowd.ask(*[f"{key}?attributes_to_get=n" for key in "abc"])
    assert [got.json for got in answers] == [{"n": 1}] * 3 or \
        upstream.requests[1].operation == "GetItem"
    for request in upstream.requests:
        if request.operation == "BatchGetItem":
            entry = request.json["RequestItems"]["todo"]
            assert set(entry["ExpressionAttributeNames"].values()) == {"n", "id"}


def test_consistent_reads_have_batches_of_their_own(start, upstream):
    crowd = Crowd(start, upstream)
    strong = [f"{key}?consistent_read=true" for key in "abc"]
    answers = crowd.ask(*strong, "d", "e")
    assert [got.json["id"] for got in answers] == list("abcde")
    for request in upstream.requests[1:]:
        if request.operation == "BatchGetItem":
            consistent = request.json["RequestItems"]["todo"].get("ConsistentRead", False)
            assert all((key in "abc") == consistent for key in keys_of(request))


def test_what_is_throttled_is_asked_for_again(start, upstream):
    def script(request):
        batches = [each for each in upstream.requests if each.operation == "BatchGetItem"]
        return answer(request, unprocessed="bc" if len(batches) == 1 else "")

    crowd = Crowd(start, upstream, script)
    answers = crowd.ask("a", "b", "c", "d")
    assert [got.json["id"] for got in answers] == list("abcd")
    assert {got.headers["x-consumed-capacity"] for got in answers} == {"0.5"}


def test_a_table_that_throttles_all_is_503(start, upstream):
    def script(request):
        return answer(request) if request.operation == "GetItem" else \
            error("ProvisionedThroughputExceededException")

    for got in Crowd(start, upstream, script).ask("a", "b"):
        got.assert_problem(503, "throttled")


@pytest.mark.parametrize("kind", ["ValidationException", "AccessDeniedException"])
def test_a_refused_batch_is_taken_apart(start, upstream, kind):
    def script(request):
        return answer(request) if request.operation == "GetItem" else error(kind)

    crowd = Crowd(start, upstream, script)
    answers = crowd.ask("a", "b", "c")
    assert [got.json["id"] for got in answers] == list("abc")
    assert crowd.operations() == ["GetItem", "BatchGetItem"] + ["GetItem"] * 3
    assert crowd.metric("dynamod_coalesced_apart_total") == 1


def test_a_denied_batch_is_not_tried_again(start, upstream):
    def script(request):
        return answer(request) if request.operation == "GetItem" else \
            error("AccessDeniedException")

    crowd = Crowd(start, upstream, script)
    crowd.ask("a", "b", "c")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(got.status == 200 for got in pool.map(crowd.get, [str(n) for n in range(50)]))
    assert crowd.operations().count("BatchGetItem") == 1


@pytest.mark.parametrize("body", [
    b"", b"{", b'{"Responses":{"todo":[{"id":{"S":"stray"}}]}}', b'{"Responses":{"todo":[{}]}}'])
def test_a_batch_that_cannot_be_read_is_taken_apart(start, upstream, body):
    def script(request):
        return answer(request) if request.operation == "GetItem" else reply(body)

    assert [got.json["id"] for got in Crowd(start, upstream, script).ask("a", "b")] == ["a", "b"]


def test_it_is_dynamodb_that_is_asked(start, dynamodb, dynamodb_local):
    """Many clients, few requests, each with the item it asked for; numbers as keys, too."""
    model = {"hash_key": "h", "range_key": "r", "attributes": {"h": "S", "r": "N"},
             "create_table": True}
    connection = apps.connection(dynamodb_local, batch_width=1, max_retry_attempts=3)
    daemon = start({"app": {"dynamodb": connection, "models": {"coalesced": model}}}, threads=1)
    for number in range(40):
        dynamodb.put_item(TableName="coalesced", Item={
            "h": {"S": "ü"}, "r": {"N": f"{number}.50"}, "v": {"N": str(number)}})

    def ask(number):
        strong = "?consistent_read=true" if number % 3 == 0 else ""
        fields = "?attributes_to_get=v" if number % 3 == 1 else ""
        got = curl(f"{daemon.url}/models/coalesced/%C3%BC/{number}.5{strong}{fields}")
        shown = {"v": number} if fields else {"h": "ü", "r": number + 0.5, "v": number}
        return got.json == shown if number < 40 else got.status == 404

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, [number % 44 for number in range(400)]))
