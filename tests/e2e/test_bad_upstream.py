"""An upstream that misbehaves: each way has its status and type, in time, and the next
request is served."""
import pytest

import apps
from client import curl
from daemon import free_port
from upstream import Close, Reset, error, item, reply

REFUSALS = [
    # DynamoDB's error, its HTTP status → ours, and the problem's type
    ("ValidationException", 400, 400, "validation-failed"),
    ("ResourceNotFoundException", 400, 404, "table-not-found"),
    ("AccessDeniedException", 400, 502, "upstream-refused"),
    ("UnrecognizedClientException", 400, 502, "upstream-refused"),
    ("InvalidSignatureException", 400, 502, "upstream-refused"),
    ("IncompleteSignatureException", 400, 502, "upstream-refused"),
    ("MissingAuthenticationTokenException", 400, 502, "upstream-refused"),
    ("ExpiredTokenException", 400, 502, "upstream-refused"),
    ("ConditionalCheckFailedException", 400, 412, "condition-failed"),
    ("TransactionConflictException", 400, 409, "conflict"),
    ("ResourceInUseException", 400, 409, "conflict"),
    ("ProvisionedThroughputExceededException", 400, 503, "throttled"),
    ("ThrottlingException", 400, 503, "throttled"),
    ("RequestLimitExceeded", 400, 503, "throttled"),
    ("InternalServerError", 500, 502, "upstream-failed"),
    ("SomethingNobodyHasHeardOfException", 400, 502, "upstream-failed"),
]

HTML = b"<html><body><h1>It works!</h1></body></html>"
CHUNKED = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n")


def close_with(first):
    def script(_):
        raise Close(first)
    return script


def reset(_):
    raise Reset()


NONSENSE = {
    "html": lambda _: reply(HTML, content_type="text/html"),
    "html-500": lambda _: reply(HTML, 500, content_type="text/html"),
    "html-403": lambda _: reply(HTML, 403, content_type="text/html"),
    "half-a-json": lambda _: reply(b'{"Item":{"id":{"S":"1"'),
    "empty": lambda _: reply(b""),
    "array": lambda _: reply(b"[]"),
    "a-type-that-is-none": lambda _: reply({"Item": {"id": {"Q": "1"}}}),
    "item-is-no-object": lambda _: reply({"Item": 3}),
    "not-utf-8": lambda _: reply(b'{"Item":{"id":{"S":"\xff"}}}'),
    "a-name-twice": lambda _: reply(b'{"Item":{"id":{"S":"1"},"id":{"S":"2"}}}'),
    "too-deep": lambda _: reply(b'{"Item":{"id":' + b'{"L":[' * 5000 + b"]}" * 5000 + b"}}"),
    "500": lambda _: reply(b"", 500),
    "503": lambda _: reply(b"", 503),
    "400-without-a-type": lambda _: reply({}, 400),
    "400-with-an-odd-type": lambda _: reply({"__type": 7}, 400),
    "302": lambda _: reply(b"", 302, [("Location", "http://127.0.0.1:1/")]),
    "204": lambda _: reply(b"", 204),
    "20-mb": lambda _: reply(b'{"Item":{"id":{"S":"' + b"x" * 20_000_000 + b'"}}}'),
    "closes": close_with(b""),
    "closes-in-the-header": close_with(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "closes-in-the-body": close_with(item(id={"S": "1"})[:-5]),
    "closes-in-a-chunk": close_with(CHUNKED + b'20\r\n{"Item":'),
    "resets": reset,
    "not-http": close_with(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "endless-header": close_with(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000),
}


def assert_next_is_served(daemon, upstream):
    upstream.script = lambda _: item(id={"S": "next"})
    assert curl(f"{daemon.url}/models/todo/next").json == {"id": "next"}


@pytest.mark.survives("DynamoDB: errors")
@pytest.mark.parametrize("kind, their_status, status, problem_type", REFUSALS,
                         ids=[refusal[0] for refusal in REFUSALS])
def test_dynamodb_refuses(todo, upstream, kind, their_status, status, problem_type):
    upstream.script = lambda _: error(kind, their_status, "the reason")
    response = curl(f"{todo.url}/models/todo/1")
    problem = response.assert_problem(status, problem_type)
    assert problem["upstream"] == {"type": kind, "request_id": "UPSTREAM-REQUEST-ID"}
    if status == 503:
        assert int(response.headers["retry-after"]) > 0
    assert_next_is_served(todo, upstream)


@pytest.mark.survives("DynamoDB: answers that are none")
@pytest.mark.parametrize("name", NONSENSE)
def test_dynamodb_answers_nonsense(todo, upstream, name):
    upstream.script = NONSENSE[name]
    curl(f"{todo.url}/models/todo/1").assert_problem(502, "upstream-failed")
    assert_next_is_served(todo, upstream)


@pytest.mark.parametrize("field", ["message", "Message"])
def test_dynamodbs_own_words_are_passed_on(todo, upstream, field):
    upstream.script = lambda _: reply({"__type": "x#ValidationException", field: "too red"}, 400)
    problem = curl(f"{todo.url}/models/todo/1").assert_problem(400, "validation-failed")
    assert "too red" in problem["detail"]


def test_nothing_internal_leaks_in_a_refusal(todo, upstream):
    account = ("User: arn:aws:iam::123456789012:user/ada is not authorized to perform: "
               f"dynamodb:GetItem with {apps.KEY}")
    upstream.script = lambda _: error("AccessDeniedException", message=account)
    response = curl(f"{todo.url}/models/todo/1")
    response.assert_problem(502, "upstream-refused")
    for secret in (b"123456789012", apps.KEY.encode(), apps.SECRET.encode()):
        assert secret not in response.body


@pytest.mark.survives("DynamoDB: answers that are none")
def test_upstream_that_refuses_connections(start):
    daemon = start({"app": apps.todo_app(f"http://127.0.0.1:{free_port()}")})
    for _ in range(2):
        curl(f"{daemon.url}/models/todo/1").assert_problem(502, "upstream-failed")


@pytest.mark.survives("DynamoDB: answers that are none")
def test_upstream_whose_name_is_unknown(start):
    daemon = start({"app": apps.todo_app("http://no-such-host.invalid")})
    curl(f"{daemon.url}/models/todo/1").assert_problem(502, "upstream-failed")


def test_chunked_reply(todo, upstream):
    upstream.script = lambda _: CHUNKED + b'b\r\n{"Item":{"i\r\ne\r\nd":{"S":"1"}}}\r\n0\r\n\r\n'
    assert curl(f"{todo.url}/models/todo/1").json == {"id": "1"}


def test_a_connection_closed_while_idle_costs_nothing(todo, upstream):
    def once(_):
        raise Close(item(id={"S": "1"}))
    upstream.script = once
    for _ in range(5):
        assert curl(f"{todo.url}/models/todo/1").json == {"id": "1"}
