"""Each setting of a connection takes effect, and a model's own wins over its app's; so do those of
a model's cache, and how many wrong tokens are listened to."""
import contextlib
import concurrent.futures
import hashlib
import socket
import threading
import time

import pytest

import apps
from client import curl
from daemon import free_port
from upstream import error, item, reply
from verify import assert_signed
from waiting import WAIT_S


def get(daemon, model="todo", key="1"):
    return curl(f"{daemon.url}/models/{model}/{key}")


def test_region(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url, region="ap-southeast-2")})
    get(daemon)
    assert_signed(upstream.requests[0], apps.KEY, apps.SECRET, "ap-southeast-2")


def test_host(start, upstream, other_upstream):
    daemon = start({"app": apps.todo_app(other_upstream.url)})
    get(daemon)
    assert (len(upstream.requests), len(other_upstream.requests)) == (0, 1)
    assert other_upstream.requests[0].header("Host") == f"127.0.0.1:{other_upstream.port}"


def test_keys_and_session_token(start, upstream):
    daemon = start({"app": apps.todo_app(
        upstream.url, aws_access_key_id="AKIDOTHER", aws_secret_access_key="other",
        aws_session_token="to+ken/==")})
    get(daemon)
    assert_signed(upstream.requests[0], "AKIDOTHER", "other", "eu-west-1", token="to+ken/==")


def test_extra_headers_are_sent_and_signed(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url, extra_headers=[
        {"name": "X-Team", "value": "core"}, {"name": "X-Spaced", "value": "a   b"}])})
    get(daemon)
    [request] = upstream.requests
    assert request.header("X-Team") == "core"
    assert request.header("X-Spaced") == "a   b"
    assert_signed(request, apps.KEY, apps.SECRET, "eu-west-1", extra=["x-team", "x-spaced"])


@contextlib.contextmanager
def address_that_never_accepts():
    """A listener whose backlog is full: the kernel drops every further SYN."""
    with socket.socket() as listener, contextlib.ExitStack() as fillers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_connect_timeout_seconds(start):
    with address_that_never_accepts() as url:
        daemon = start({"app": apps.todo_app(
            url, connect_timeout_seconds=0.3, read_timeout_seconds=300.0)},
            request_timeout_seconds=50)
        began = time.monotonic()
        response = get(daemon)
        waited = time.monotonic() - began
    assert response.status in (502, 504), response.body
    assert 0.3 <= waited < 40


def test_read_timeout_seconds(start, upstream):
    never = threading.Event()
    upstream.script = lambda _: never.wait(120) or b""
    daemon = start({"app": apps.todo_app(
        upstream.url, read_timeout_seconds=0.3, connect_timeout_seconds=300.0)},
        request_timeout_seconds=50)
    began = time.monotonic()
    get(daemon).assert_problem(504, "timeout")
    waited = time.monotonic() - began
    assert 0.3 <= waited < 40
    upstream.script = lambda _: item(id={"S": "1"})
    assert get(daemon).status == 200


def test_request_timeout_bounds_all_of_it(start, upstream):
    upstream.script = lambda _: error("ThrottlingException")
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=20,
                                         base_backoff_ms=5000)}, request_timeout_seconds=1)
    began = time.monotonic()
    assert get(daemon).status in (503, 504)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_max_retry_attempts(start, upstream, retries):
    upstream.script = lambda _: error("InternalServerError", 500)
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=retries)})
    get(daemon).assert_problem(502, "upstream-failed")
    assert len(upstream.requests) == 1 + retries


def test_a_retry_that_succeeds_is_all_that_the_client_sees(start, upstream):
    upstream.script = lambda _: (reply(b"", 500) if len(upstream.requests) == 1
                                 else item(id={"S": "1"}))
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=1)})
    assert get(daemon).json == {"id": "1"}
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("kind", ["ValidationException", "ResourceNotFoundException",
                                  "AccessDeniedException", "ConditionalCheckFailedException"])
def test_what_retrying_cannot_help_is_not_retried(start, upstream, kind):
    upstream.script = lambda _: error(kind)
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=3)})
    get(daemon)
    assert len([r for r in upstream.requests if r.operation == "GetItem"]) == 1


def retry_gaps(start, upstream, base_ms):
    """Between each of twelve first tries and its retry, in seconds."""
    def script(request):
        return reply(b"", 500)
    upstream.script = script
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=1,
                                         base_backoff_ms=base_ms, batch_width=0)})
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda key: get(daemon, key=key), map(str, range(12))))
    times = {}
    for request in upstream.requests:
        times.setdefault(request.json["Key"]["id"]["S"], []).append(request.at)
    return [second - first for first, second in times.values()]


def test_base_backoff_ms(start, upstream, other_upstream):
    """Full jitter: each gap is anywhere up to the base, so all of twelve within a tenth of
    it comes once in 10^12 runs; and a base of 1 ms never waits long."""
    assert max(retry_gaps(start, upstream, 1000)) > 0.1
    assert min(retry_gaps(start, other_upstream, 1)) < 0.1


def in_flight_at_once(start, upstream, connections, requests=6):
    """How many requests the upstream holds at once when it lets one go at a time."""
    turns = threading.Semaphore(0)

    def script(_):
        turns.acquire(timeout=60)
        return item(id={"S": "1"})

    upstream.script = script
    daemon = start({"app": apps.todo_app(upstream.url, max_pool_connections=connections,
                                         read_timeout_seconds=60.0, batch_width=0)},
                   threads=1, request_timeout_seconds=60)
    with concurrent.futures.ThreadPoolExecutor(requests) as pool:
        answers = [pool.submit(get, daemon) for _ in range(requests)]
        for done in range(requests):
            upstream.wait_for_requests(min(requests, done + connections))
            turns.release()
        assert all(answer.result().status == 200 for answer in answers)
    return upstream.most_in_flight


@pytest.mark.parametrize("connections", [1, 2, 6])
def test_max_pool_connections(start, upstream, connections):
    assert in_flight_at_once(start, upstream, connections) == connections
    assert upstream.most_connections <= connections


def test_capacity_units(start, dynamodb, dynamodb_local):
    def app(name, **settings):
        return {"dynamodb": apps.connection(dynamodb_local, **settings),
                "models": {name: {**apps.TASK, "create_table": True}}}
    start({"provisioned": app("made-provisioned", read_capacity_units=7, write_capacity_units=3),
           "on-demand": app("made-on-demand")})
    made = dynamodb.describe_table(TableName="made-provisioned")["Table"]
    assert made["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    assert made["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert made["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    made = dynamodb.describe_table(TableName="made-on-demand")["Table"]
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_nothing_is_served_before_the_tables_are_made(start, upstream):
    asked, gate = threading.Event(), threading.Event()

    def script(_):
        asked.set()
        gate.wait(120)
        return reply({"Table": {
            "TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}})

    upstream.script = script
    port = free_port()
    daemon = start({"app": {"dynamodb": apps.connection(upstream.url),
                            "models": {"todo": {**apps.TASK, "create_table": True}}}},
                   ready=False, listen=[f"127.0.0.1:{port}"])
    assert asked.wait(WAIT_S)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    gate.set()
    daemon.wait_ready()
    assert [request.operation for request in upstream.requests] == ["DescribeTable"]


def test_create_table_leaves_a_table_that_is_there(start, library_app, library):
    app = {"dynamodb": library_app["dynamodb"],
           "models": {"single": {**apps.TASK, "create_table": True}}}
    daemon = start({"app": app})
    assert get(daemon, "single", "only").status == 200


# A model's own settings. Each is overridden alone; the others stay the app's.

BASE = {"region": "eu-west-1", "aws_access_key_id": "AKIDAPP", "aws_secret_access_key": "app",
        "aws_session_token": "app-token", "extra_headers": [{"name": "X-From", "value": "app"}],
        "max_retry_attempts": 1}

OVERRIDES = [
    {"region": "us-west-2"},
    {"aws_access_key_id": "AKIDMODEL", "aws_secret_access_key": "model",
     "aws_session_token": "model-token"},
    {"extra_headers": [{"name": "X-From", "value": "model"}]},
    {"max_retry_attempts": 3},
    {"host": None},  # the other upstream
]


def assert_settings(upstream, settings):
    """Every request that came was made by these settings."""
    assert len(upstream.requests) == 1 + settings["max_retry_attempts"]
    for request in upstream.requests:
        assert request.header("X-From") == settings["extra_headers"][0]["value"]
        assert_signed(request, settings["aws_access_key_id"], settings["aws_secret_access_key"],
                      settings["region"], settings["aws_session_token"], extra=["x-from"])


@pytest.mark.parametrize("override", OVERRIDES, ids=lambda override: next(iter(override)))
def test_a_models_own_setting_wins_alone(start, upstream, other_upstream, override):
    for fake in (upstream, other_upstream):
        fake.script = lambda _: reply(b"", 500)
    own = {name: value or other_upstream.url for name, value in override.items()}
    daemon = start({"app": {
        "dynamodb": apps.connection(upstream.url, **BASE),
        "models": {"usual": apps.TASK, "special": {**apps.TASK, "dynamodb": own}}}})

    get(daemon, "usual")
    assert_settings(upstream, BASE)
    upstream.requests.clear()
    get(daemon, "special")
    assert_settings(other_upstream if "host" in own else upstream, {**BASE, **own})


def test_a_models_own_timeouts(start, upstream):
    never = threading.Event()
    upstream.script = lambda _: never.wait(120) or b""
    daemon = start({"app": {
        "dynamodb": apps.connection(upstream.url, read_timeout_seconds=300.0),
        "models": {"todo": {**apps.TASK, "dynamodb": {"read_timeout_seconds": 0.2}}}}},
        request_timeout_seconds=50)
    began = time.monotonic()
    get(daemon).assert_problem(504, "timeout")
    assert time.monotonic() - began < 40


def test_a_models_own_capacity_units(start, dynamodb, dynamodb_local):
    model = {**apps.TASK, "create_table": True, "dynamodb": {"write_capacity_units": 4}}
    start({"app": {"dynamodb": apps.connection(dynamodb_local, read_capacity_units=9,
                                               write_capacity_units=1),
                   "models": {"made-by-model": model}}})
    made = dynamodb.describe_table(TableName="made-by-model")["Table"]["ProvisionedThroughput"]
    assert (made["ReadCapacityUnits"], made["WriteCapacityUnits"]) == (9, 4)


# A model's cache, and callers.

STALE = {"ttl": 0.001}
CACHED = [
    # its settings, whether the item is there, what comes after it, how often DynamoDB is asked
    (None, True, None, 3),
    ({"ttl": 60.0}, True, None, 1),
    (STALE, True, None, 3),
    ({"ttl": 60.0}, False, None, 3),
    ({"ttl": 60.0, "negative_ttl": 60.0}, False, None, 1),
    ({**STALE, "stale_if_error": 60.0}, True, error("InternalServerError", 500), 3),
]


@pytest.mark.parametrize("cache, is_there, later, asked", CACHED)
def test_cache(start, upstream, cache, is_there, later, asked):
    first = item(id={"S": "1"}) if is_there else reply({})
    upstream.script = lambda _: later if later and len(upstream.requests) > 1 else first
    model = {**apps.TASK, **({"cache": cache} if cache else {})}
    daemon = start({"app": {"dynamodb": apps.connection(upstream.url),
                            "models": {"todo": model}}}, threads=1)
    assert [get(daemon).status for _ in range(3)] == [200 if is_there else 404] * 3
    assert len(upstream.requests) == asked


def test_cache_stale_while_revalidate(start, upstream):
    """What is stale is given while its successor does not come."""
    held = threading.Event()

    def script(_):
        if len(upstream.requests) > 1:
            held.wait(120)
        return item(id={"S": "1"})

    upstream.script = script
    model = {**apps.TASK, "cache": {**STALE, "stale_while_revalidate": 60.0}}
    daemon = start({"app": {"dynamodb": apps.connection(upstream.url),
                            "models": {"todo": model}}}, threads=1)
    assert [get(daemon).status for _ in range(3)] == [200] * 3
    held.set()


@pytest.mark.parametrize("size, holds_all", [("64M", True), ("1M", False)])
def test_cache_size(start, upstream, size, holds_all):
    upstream.script = lambda _: item(id={"S": "1"}, text={"S": "x" * 300_000})
    model = {**apps.TASK, "cache": {"ttl": 60.0, "size": size}}
    daemon = start({"app": {"dynamodb": apps.connection(upstream.url),
                            "models": {"todo": model}}}, threads=1)
    for key in [*range(8), *range(8)]:
        assert get(daemon, key=str(key)).status == 200
    assert (len(upstream.requests) == 8) == holds_all


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_max_auth_failures(start, failures):
    digest = hashlib.sha256(b"token").hexdigest()
    app = {**apps.embedded_app("sqlite::memory:"),
           "auth": {"tokens": [{"name": "one", "sha256": [digest]}]}}
    daemon = start({"app": app}, threads=1, max_auth_failures=failures)

    def show(token):
        return curl(f"{daemon.url}/models", "-H", f"Authorization: Bearer {token}").status

    assert [show("wrong") for _ in range(failures or 5)] == [401] * (failures or 5)
    assert show("token") == (429 if failures else 200)
