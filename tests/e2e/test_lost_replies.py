"""A write whose reply is lost: sent again where that has no second effect, and where it
might have one the client is told."""
import json
import re
import threading

import pytest

import apps
from client import Connection
from upstream import Close, Reset, error, reply

WRITABLE = {**apps.TASK, "allow": ["read", "write"]}
MODELS = {
    "todo": WRITABLE,
    "docs": {**WRITABLE, "attributes": {"id": "S", "rev": "version"}},
    "bold": {**WRITABLE, "retry_adds": True},
}
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
JSON = "application/json"
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"
UPDATE = "application/vnd.dynamod.update+json"

ADD = ("PATCH", "/models/todo/1", UPDATE, {"add": {"n": 1}})
APPEND = ("PATCH", "/models/todo/1", UPDATE, {"append": {"l": [1]}})
SET = ("PATCH", "/models/todo/1", UPDATE, {"set": {"n": 1}})
PUT = ("PUT", "/models/todo/1", JSON, {"n": 1})
POST = ("POST", "/models/todo", JSON, {"id": "1", "n": 1})
DELETE = ("DELETE", "/models/todo/1", None, None)
BATCH = ("POST", "/models/todo:batchWrite", JSON, {"put": [{"id": "1"}], "delete": [{"id": "2"}]})
TRANSACTION = ("POST", "/transactions", JSON, {"write": [
    {"model": "todo", "update": {"key": {"id": "1"}, "add": {"n": 1}}}]})

READ_TIMEOUT_S = 0.5  # where it is waited for

ITEM = {"id": {"S": "1"}, "n": {"N": "1"}}
PRESENT = {"Item": ITEM}


def good(request):
    """What DynamoDB says when it has done what was asked."""
    if request.operation in ("UpdateItem", "DeleteItem"):
        return reply({"Attributes": ITEM})
    if request.operation == "GetItem":
        return reply(PRESENT)
    return reply({})


# --- how a reply is lost


def close(request):
    raise Close()


def reset(request):
    raise Reset()


def cut(request):
    raise Close(good(request)[:-1])


def silence(request):
    threading.Event().wait(2 * READ_TIMEOUT_S)
    raise Close()


def internal_error(request):
    return error("InternalServerError", 500)


def unavailable(request):
    return reply(b"", 503)


LOST = [close, reset, cut, silence, internal_error, unavailable]


class Lossy:
    """A script that loses the replies to the first writes."""

    def __init__(self, upstream, lose, times=1, then=good):
        self.upstream, self.lose, self.times, self.then = upstream, lose, times, then
        upstream.script = self

    def __call__(self, request):
        if request.operation in WRITES and len(self.writes) <= self.times:
            return self.lose(request)
        return self.then(request)

    @property
    def writes(self):
        return [request for request in self.upstream.requests if request.operation in WRITES]


@pytest.fixture
def daemon(start, upstream, request):
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    timeout_s = READ_TIMEOUT_S if parameters.get("lose") is silence else 30.0
    connection = apps.connection(upstream.url, max_retry_attempts=3,
                                 read_timeout_seconds=timeout_s)
    return start({"app": {"dynamodb": connection, "models": MODELS}}, threads=1)


def ask(daemon, what, *fields):
    method, target, content, body = what
    fields = [*fields, *([("Content-Type", content)] if content else [])]
    return Connection(daemon.port).ask(method, target, fields,
                                       None if body is None else json.dumps(body).encode())


def assert_may_have_happened(answer):
    """It is not said to have failed, and the client knows what to think of it."""
    assert answer.status in (502, 503, 504), (answer.status, answer.body)
    problem = answer.assert_problem(answer.status, answer.json["type"][len("urn:dynamod:"):])
    assert "may have" in problem["hint"], problem


def bodies(requests):
    return [request.body for request in requests]


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("what", [ADD, APPEND], ids=["add", "append"])
def test_an_add_is_sent_once(daemon, upstream, lose, what):
    lossy = Lossy(upstream, lose)
    assert_may_have_happened(ask(daemon, what))
    assert len(lossy.writes) == 1


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", [close, reset])
@pytest.mark.parametrize("what", [ADD, APPEND], ids=["add", "append"])
def test_an_add_on_a_connection_that_was_used_before_is_sent_once(daemon, upstream, lose, what):
    """An HTTP client may take it for one that had been closed for long, and send it again."""
    upstream.script = good
    assert ask(daemon, SET).status == 204
    upstream.requests.clear()
    lossy = Lossy(upstream, lose)
    assert_may_have_happened(ask(daemon, what))
    assert len(lossy.writes) == 1


@pytest.mark.parametrize("lose", LOST)
def test_retry_adds_sends_it_again(daemon, upstream, lose):
    lossy = Lossy(upstream, lose)
    answer = ask(daemon, ("PATCH", "/models/bold/1", UPDATE, {"add": {"n": 1}}))
    assert answer.status == 204, answer
    assert len(lossy.writes) == 2 and len(set(bodies(lossy.writes))) == 1


@pytest.mark.parametrize("kind", ["ProvisionedThroughputExceededException", "ThrottlingException",
                                  "RequestLimitExceeded"])
def test_an_add_that_was_refused_is_sent_again(daemon, upstream, kind):
    lossy = Lossy(upstream, lambda request: error(kind))
    assert ask(daemon, ADD).status == 204
    assert len(lossy.writes) == 2


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("what", [SET, PUT, BATCH], ids=["set", "put", "batch"])
def test_what_has_the_same_effect_twice_is_sent_again(daemon, upstream, lose, what):
    lossy = Lossy(upstream, lose)
    assert ask(daemon, what).status in (200, 201, 204)
    assert len(lossy.writes) == 2 and len(set(bodies(lossy.writes))) == 1


def failed(request):
    """Its condition does not hold any more, once it has been done."""
    failure = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
               "message": "The conditional request failed", "Item": ITEM}
    return reply(failure, 400) if request.operation in WRITES else reply(PRESENT)


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
def test_what_was_created_is_not_created_again(daemon, upstream, lose):
    lossy = Lossy(upstream, lose, then=failed)
    assert ask(daemon, POST).status in (201, 409)
    assert all("attribute_not_exists" in request.json["ConditionExpression"]
               for request in lossy.writes)
    assert len(set(bodies(lossy.writes))) == 1


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
def test_what_was_deleted_is_not_deleted_again(daemon, upstream, lose):
    def gone(request):
        return error("ConditionalCheckFailedException") if request.operation in WRITES else \
            reply({})

    lossy = Lossy(upstream, lose, then=gone)
    assert ask(daemon, DELETE).status in (204, 404)
    assert all("attribute_exists" in request.json["ConditionExpression"]
               for request in lossy.writes)


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
def test_a_version_is_counted_once(daemon, upstream, lose):
    lossy = Lossy(upstream, lose, then=failed)
    answer = ask(daemon, ("PUT", "/models/docs/1", JSON, {"n": 1, "rev": 7}))
    assert answer.status in (204, 412)
    for request in lossy.writes:
        assert "7" in json.dumps(request.json["ExpressionAttributeValues"])
        assert request.json["Item"]["rev"] == {"N": "8"}


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
def test_an_entity_tag_is_good_once(daemon, upstream, lose):
    upstream.script = good
    tag = Connection(daemon.port).get("/models/todo/1").headers["etag"]
    upstream.requests.clear()
    lossy = Lossy(upstream, lose, then=failed)

    def script(request):
        if request.operation != "GetItem":
            return lossy(request)
        return reply({"Item": {**ITEM, "n": {"N": "2"}}} if lossy.writes else PRESENT)

    upstream.script = script
    answer = ask(daemon, ("PUT", "/models/todo/1", JSON, {"n": 2}), ("If-Match", tag))
    assert answer.status in (204, 412, 502, 503, 504), answer
    assert len(lossy.writes) <= 2
    assert all("ConditionExpression" in request.json for request in lossy.writes)


class Growing:
    """A list that a JSON Patch appends to: done, whatever becomes of the reply."""

    def __init__(self, upstream, lose):
        self.upstream, self.lose = upstream, lose
        self.elements, self.lost = [{"N": "1"}], False
        upstream.script = self

    def __call__(self, request):
        if request.operation == "GetItem":
            return reply({"Item": {"id": {"S": "1"}, "l": {"L": self.elements}}})
        assert request.operation == "UpdateItem"
        values = request.json["ExpressionAttributeValues"]
        named = {part: [values[name] for name in re.findall(r":\w+", request.json[part])]
                 for part in ("ConditionExpression", "UpdateExpression")}
        if {"L": self.elements} not in named["ConditionExpression"]:
            return error("ConditionalCheckFailedException")
        [changed] = named["UpdateExpression"]
        self.elements = changed["L"]
        if not self.lost:
            self.lost = True
            return self.lose(request)
        return good(request)


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
def test_a_json_patch_is_not_applied_to_what_it_made(daemon, upstream, lose):
    """The condition that it is as read fails the second time, because of the first."""
    growing = Growing(upstream, lose)
    answer = ask(daemon, ("PATCH", "/models/todo/1", PATCH,
                          [{"op": "add", "path": "/l/-", "value": 2}]))
    assert growing.elements == [{"N": "1"}, {"N": "2"}]
    assert answer.status in (200, 204, 409, 412, 502, 503, 504), answer


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("key", [None, "mine"])
def test_a_transaction_has_one_token_for_all_its_tries(daemon, upstream, lose, key):
    lossy = Lossy(upstream, lose)
    fields = [("Idempotency-Key", key)] if key else []
    answer = ask(daemon, TRANSACTION, *fields)
    assert answer.status == 200 and answer.json == {"written": 1}
    [token] = {request.json["ClientRequestToken"] for request in lossy.writes}
    assert len(lossy.writes) == 2 and token and (not key or token == key)


def test_transactions_have_tokens_of_their_own(daemon, upstream):
    upstream.script = good
    for _ in range(2):
        assert ask(daemon, TRANSACTION).status == 200
    tokens = {request.json["ClientRequestToken"] for request in upstream.requests}
    assert len(tokens) == 2


@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("what", [ADD, APPEND, SET, PUT, POST, DELETE],
                         ids=["add", "append", "set", "put", "post", "delete"])
def test_an_idempotency_key_makes_any_write_one_that_may_be_sent_again(daemon, upstream, lose,
                                                                      what):
    lossy = Lossy(upstream, lose)
    answer = ask(daemon, what, ("Idempotency-Key", "mine"))
    assert answer.status in (200, 201, 204), (answer.status, answer.body)
    assert [request.operation for request in lossy.writes] == ["TransactWriteItems"] * 2
    assert {request.json["ClientRequestToken"] for request in lossy.writes} == {"mine"}
    assert len(set(bodies(lossy.writes))) == 1


def test_a_token_that_is_under_way_is_asked_for_again(daemon, upstream):
    """TransactionInProgressException: the try before is still at work."""
    lossy = Lossy(upstream, lambda request: error("TransactionInProgressException"))
    assert ask(daemon, ADD, ("Idempotency-Key", "mine")).status == 204
    assert len(lossy.writes) == 2


@pytest.mark.survives("DynamoDB: replies that are lost")
@pytest.mark.parametrize("lose", [close, reset, internal_error])
def test_replies_that_are_always_lost_end_in_an_error(daemon, upstream, lose):
    lossy = Lossy(upstream, lose, times=100)
    answer = ask(daemon, PUT)
    answer.assert_problem(502, "upstream-failed")
    assert len(lossy.writes) == 4  # the first, and max_retry_attempts


@pytest.mark.parametrize("what, operation", [
    (ADD, "UpdateItem"), (SET, "UpdateItem"), (PUT, "PutItem"), (POST, "PutItem"),
    (DELETE, "DeleteItem"), (BATCH, "BatchWriteItem"), (TRANSACTION, "TransactWriteItems")],
    ids=["add", "set", "put", "post", "delete", "batch", "transaction"])
def test_one_request_for_a_write(daemon, upstream, what, operation):
    """Nothing is read before, or after."""
    upstream.script = good
    assert ask(daemon, what).status in (200, 201, 204)
    assert [request.operation for request in upstream.requests] == [operation]


@pytest.mark.parametrize("what", [ADD, PUT, TRANSACTION], ids=["add", "put", "transaction"])
def test_a_client_that_leaves_before_the_answer(daemon, upstream, what):
    """An add is sent once; the next is served."""
    gate = threading.Event()

    def wait(request):
        gate.wait(60)
        return good(request)

    upstream.script = wait
    method, target, content, body = what
    connection = Connection(daemon.port).http
    connection.request(method, target, json.dumps(body), {"Content-Type": content})
    upstream.wait_for_requests(1)
    connection.close()
    gate.set()
    upstream.script = good
    assert ask(daemon, SET).status == 204
    if what == ADD:
        assert [request.operation for request in upstream.requests] == ["UpdateItem"] * 2


OVER_4_KB = ",".join(f"{'a.' * 20}b{number}.eq.1" for number in range(100))


@pytest.mark.parametrize("what", [
    ("PATCH", "/models/todo/1", UPDATE, {"set": {"n": 1}, "if": {"or": f"({OVER_4_KB})"}}),
    ("PATCH", "/models/todo/1", UPDATE, {"set": {
        f"m{number}.{'a.' * 20}b": number for number in range(150)}}),
    ("PATCH", "/models/todo/1", MERGE, {f"a{number}": number for number in range(1000)}),
    ("POST", "/transactions", JSON, {"write": [{"model": "todo", "put": {"id": "1"}, "if": {
        "or": f"({OVER_4_KB})"}}]}),
], ids=["if", "set", "merge", "transaction"])
def test_an_expression_over_4_kb_is_not_sent(daemon, upstream, what):
    answer = ask(daemon, what)
    assert answer.status == 400, (answer.status, answer.body)
    assert re.search("xpression size|4096 bytes", answer.json["detail"])
    assert not upstream.requests


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("what", [ADD, PUT, DELETE, BATCH, TRANSACTION],
                         ids=["add", "put", "delete", "batch", "transaction"])
def test_traceparent_is_passed_on(daemon, upstream, what):
    upstream.script = good
    ask(daemon, what, ("traceparent", TRACE))
    assert [request.header("traceparent") for request in upstream.requests] == [TRACE]


def test_a_write_that_is_refused_is_not_sent(daemon, upstream):
    for what in [("PUT", "/models/todo/1", JSON, {"id": "2"}), ("PUT", "/models/todo/1", JSON, [])]:
        assert ask(daemon, what).status == 400
    assert not upstream.requests


REFUSALS = [
    ("ValidationException", 400, "validation-failed"),
    ("ResourceNotFoundException", 404, "table-not-found"),
    ("AccessDeniedException", 502, "upstream-refused"),
    ("TransactionConflictException", 409, "conflict"),
    ("ItemCollectionSizeLimitExceededException", None, None),
    ("ProvisionedThroughputExceededException", 503, "throttled"),
]


@pytest.mark.parametrize("what", [ADD, PUT, POST, DELETE], ids=["add", "put", "post", "delete"])
@pytest.mark.parametrize("kind, status, problem_type", REFUSALS, ids=[one[0] for one in REFUSALS])
def test_what_dynamodb_refuses(start, upstream, what, kind, status, problem_type):
    daemon = start({"app": {"dynamodb": apps.connection(upstream.url), "models": MODELS}},
                   threads=1)
    upstream.script = lambda request: error(kind, message="the reason")
    answer = ask(daemon, what)
    if status:
        answer.assert_problem(status, problem_type)
    else:
        assert answer.status in (400, 413, 502), answer
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
