"""The cache of a model: what it answers, what it says of it, and what ends it."""
import concurrent.futures
import json
import re
import threading
import time
import urllib.request
import uuid

import pytest

import apps
from client import curl
from upstream import error, item, reply
from waiting import WAIT_S, wait_until

HOUR = 3600.0
ADMIN = "127.0.0.1:0"
WRITABLE = {**apps.TASK, "allow": ["read", "write"]}


def cached_app(url, **options):
    return {"dynamodb": apps.connection(url),
            "models": {"todo": {**WRITABLE, "cache": {"ttl": HOUR, **options}}}}


def get(daemon, path, *options):
    return curl(f"{daemon.url}/models/{path}", *options)


def put(daemon, path, body):
    return curl(f"{daemon.url}/models/{path}", "-X", "PUT", "-d", json.dumps(body),
                "-H", "Content-Type: application/json")


# --- what is said


def test_a_hit_says_so_and_costs_nothing(start, upstream):
    upstream.script = lambda request: item(id={"S": "1"})
    daemon = start({"app": cached_app(upstream.url)}, threads=2)
    miss, hit = get(daemon, "todo/1"), get(daemon, "todo/1")
    assert len(upstream.requests) == 1
    assert re.fullmatch(r"dynamod; fwd=miss; stored; ttl=3(600|599)", miss.headers["cache-status"])
    assert "age" not in miss.headers
    assert re.fullmatch(r"dynamod; hit; ttl=\d+", hit.headers["cache-status"])
    assert int(hit.headers["age"]) < 3600
    assert miss.headers["cache-control"] == hit.headers["cache-control"] == "max-age=3600"
    assert "x-consumed-capacity" not in hit.headers
    assert (hit.body, hit.headers["etag"]) == (miss.body, miss.headers["etag"])


def test_other_models_say_nothing(start, upstream):
    upstream.script = lambda request: item(id={"S": "1"})
    app = cached_app(upstream.url)
    app["models"]["other"] = apps.TASK
    response = get(start({"app": app}), "other/1")
    assert not {"age", "cache-control", "cache-status"} & response.headers.keys()


def test_a_consistent_read_asks_and_refreshes(start, upstream):
    daemon = start({"app": cached_app(upstream.url)}, threads=1)
    upstream.script = lambda request: item(id={"S": "1"}, n={"N": "1"})
    get(daemon, "todo/1")
    upstream.script = lambda request: item(id={"S": "1"}, n={"N": "2"})
    strong = get(daemon, "todo/1?consistent_read=true")
    assert strong.json["n"] == 2
    assert strong.headers["cache-control"] == "no-cache"
    assert strong.headers["cache-status"].startswith("dynamod; fwd=request; stored")
    assert get(daemon, "todo/1").json["n"] == 2
    assert len(upstream.requests) == 2


def test_validators_work_on_hits(start, upstream):
    upstream.script = lambda request: item(id={"S": "1"})
    daemon = start({"app": cached_app(upstream.url)}, threads=1)
    tag = get(daemon, "todo/1").headers["etag"]
    unchanged = get(daemon, "todo/1", "-H", f"If-None-Match: {tag}")
    assert unchanged.status == 304 and "; hit;" in unchanged.headers["cache-status"]


def test_an_item_that_is_not_there_is_remembered_as_long_as_it_may(start, upstream):
    upstream.script = lambda request: item()
    daemon = start({"app": cached_app(upstream.url, negative_ttl=HOUR)}, threads=1)
    for _ in range(3):
        get(daemon, "todo/1").assert_problem(404, "item-not-found")
    assert len(upstream.requests) == 1
    assert "; hit;" in get(daemon, "todo/1").headers["cache-status"]


def test_what_expires_is_hidden_at_its_time_though_it_is_kept(start, upstream):
    app = cached_app(upstream.url)
    app["models"]["todo"] = {**app["models"]["todo"],
                             "attributes": {"id": "S", "until": "ttl"}}
    daemon = start({"app": app}, threads=1)
    until = int(time.time()) + 2
    upstream.script = lambda request: item(id={"S": "1"}, until={"N": str(until)})
    assert get(daemon, "todo/1").status == 200
    wait_until(lambda: get(daemon, "todo/1").status == 404)
    assert time.time() >= until and len(upstream.requests) == 1


# --- one request for many


def test_a_burst_on_an_absent_key_is_one_request_a_thread(start, upstream):
    go = threading.Event()

    def script(request):
        assert go.wait(WAIT_S)
        return item(id={"S": "1"})

    upstream.script = script
    daemon = start({"app": cached_app(upstream.url)}, threads=1, admin=ADMIN)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(get, daemon, "todo/1") for _ in range(16)]
        wait_until(lambda: metric(daemon, "dynamod_cache_collapsed_total") == 15)
        go.set()
        responses = [one.result() for one in waiting]
    assert {response.status for response in responses} == {200}
    assert len(upstream.requests) == 1
    assert sum("collapsed" in one.headers["cache-status"] for one in responses) == 15


# --- past its time


def test_stale_while_revalidate_answers_at_once(start, upstream):
    go = threading.Event()
    upstream.script = lambda request: item(id={"S": "1"}, n={"N": "1"})
    daemon = start({"app": cached_app(upstream.url, ttl=0.001, stale_while_revalidate=HOUR)},
                   threads=1)
    get(daemon, "todo/1")

    def script(request):
        assert go.wait(WAIT_S)
        return item(id={"S": "1"}, n={"N": "2"})

    upstream.script = script
    for _ in range(3):
        stale = get(daemon, "todo/1")
        assert stale.json["n"] == 1 and "; hit; ttl=-" in stale.headers["cache-status"]
    assert len(upstream.requests) == 2
    go.set()
    wait_until(lambda: get(daemon, "todo/1").json["n"] == 2)


@pytest.mark.parametrize("failure", [
    error("InternalServerError", 500), error("ProvisionedThroughputExceededException")])
def test_stale_if_error_answers_with_what_was_known(start, upstream, failure):
    upstream.script = lambda request: item(id={"S": "1"})
    daemon = start({"app": cached_app(upstream.url, ttl=0.001, stale_if_error=HOUR)}, threads=1)
    get(daemon, "todo/1")
    upstream.script = lambda request: failure
    saved = get(daemon, "todo/1")
    assert saved.status == 200
    assert re.fullmatch(r"dynamod; fwd=stale; ttl=-\d+; detail=stale-if-error",
                        saved.headers["cache-status"])
    assert get(daemon, "todo/2").status >= 500


# --- pages


def test_pages_of_queries_are_kept_and_scans_are_not(start, upstream):
    upstream.script = lambda request: reply({"Items": [{"h": {"S": "a"}, "r": {"N": "1"}}],
                                             "Count": 1, "ScannedCount": 1})
    app = cached_app(upstream.url)
    app["models"]["todo"] = {**app["models"]["todo"], "hash_key": "h", "range_key": "r",
                             "attributes": {"h": "S", "r": "N"}}
    daemon = start({"app": app}, threads=2)
    pages = [get(daemon, "todo/a?limit=5") for _ in range(3)]
    assert len(upstream.requests) == 1
    assert "; hit;" in pages[2].headers["cache-status"]
    assert len({(page.body, page.headers["etag"]) for page in pages}) == 1
    get(daemon, "todo/a?limit=6")
    assert len(upstream.requests) == 2
    assert "cache-status" not in get(daemon, "todo").headers
    get(daemon, "todo")
    assert len(upstream.requests) == 4


# --- own writes, on real stores


@pytest.fixture(params=["dynamodb", "sqlite"])
def cached(request, start, tmp_path):
    """A daemon of two threads with one table and three models of it: todo and page keep what
    they read, plain does not."""
    if request.param == "dynamodb":
        connection = apps.connection(request.getfixturevalue("dynamodb_local"))
    else:
        connection = {"host": f"sqlite:{tmp_path}/cached.db"}
    model = {"table_name": f"cached-{uuid.uuid4()}", "allow": ["read", "write"],
             "hash_key": "h", "range_key": "r", "attributes": {"h": "S", "r": "N", "g": "S"},
             "indexes": {"by_g": {"hash_key": "g"}}, "create_table": True}
    kept = {**model, "cache": {"ttl": HOUR, "negative_ttl": HOUR}}
    return start({"app": {"dynamodb": connection,
                          "models": {"todo": kept, "page": kept, "plain": model}}}, threads=2)


def everywhere(daemon, path):
    """The answers of several connections, so of both threads."""
    return [get(daemon, path) for _ in range(6)]


def test_a_put_is_seen_at_once_everywhere(cached):
    for n in range(3):
        assert put(cached, "todo/a/1", {"n": n}).status in (200, 201, 204)
        for model in ("todo", "page", "plain"):
            assert {one.json["n"] for one in everywhere(cached, f"{model}/a/1")} == {n}
    assert "; hit;" in get(cached, "todo/a/1").headers["cache-status"]


def test_each_kind_of_write_ends_what_was_kept(cached):
    def patch(n):
        curl(f"{cached.url}/models/plain/a/1", "-X", "PATCH", "-d", json.dumps({"n": n}),
             "-H", "Content-Type: application/merge-patch+json")

    def batch(n):
        curl(f"{cached.url}/models/plain:batchWrite", "-d",
             json.dumps({"put": [{"h": "a", "r": 1, "n": n}]}),
             "-H", "Content-Type: application/json")

    def transaction(n):
        curl(f"{cached.url}/transactions", "-H", "Content-Type: application/json", "-d",
             json.dumps({"write": [{"model": "plain", "put": {"h": "a", "r": 1, "n": n}}]}))

    put(cached, "todo/a/1", {"n": 0})
    for n, write in enumerate([patch, batch, transaction], 1):
        everywhere(cached, "todo/a/1")
        write(n)
        strong = get(cached, "plain/a/1?consistent_read=true").json["n"]
        assert {one.json["n"] for one in everywhere(cached, "todo/a/1")} == {strong}
    everywhere(cached, "todo/a/1")
    curl(f"{cached.url}/models/plain/a/1", "-X", "DELETE")
    assert {one.status for one in everywhere(cached, "todo/a/1")} == {404}


def test_a_write_ends_the_pages_of_its_partition_and_of_indexes(cached):
    for r in range(3):
        for path in ("todo/a", "todo/b", "todo@by_g/x"):
            everywhere(cached, path)
        put(cached, f"plain/a/{r}", {"g": "x"})
        assert {len(one.json) for one in everywhere(cached, "todo/a")} == {r + 1}
        assert "; hit;" in get(cached, "todo/b").headers["cache-status"]


# --- threads


def metric(daemon, name, **labels):
    """The sum of the samples of that name with these labels."""
    text = urllib.request.urlopen(f"{daemon.admin_url}/metrics", timeout=WAIT_S).read().decode()
    total = 0.0
    for line in text.splitlines():
        if re.match(rf"{name}(\{{| )", line) and \
                all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def test_metrics_count_what_threads_share_once(start, upstream):
    upstream.script = lambda request: item(id={"S": "1"})
    daemon = start({"app": cached_app(upstream.url)}, threads=2, admin=ADMIN)
    for _ in range(5):
        get(daemon, "todo/1")
    answers = "dynamod_cache_answers_total"
    assert metric(daemon, answers, outcome="hit", model="todo") == 4
    assert metric(daemon, answers, outcome="miss") == 1
    assert metric(daemon, "dynamod_cache_entries") == 1
    assert 0 < metric(daemon, "dynamod_cache_bytes") < 10000


def test_threads_share_one_cache_without_a_race(start, tsan_binary, tmp_path):
    model = {**WRITABLE, "cache": {"ttl": 0.01, "negative_ttl": 0.01, "size": "1M",
                                   "stale_while_revalidate": 0.02, "stale_if_error": 1.0}}
    daemon = start({"app": {"dynamodb": {"host": f"sqlite:{tmp_path}/race.db"},
                            "models": {"todo": model}}}, use=tsan_binary, threads=3, admin=ADMIN)

    def client(number):
        for n in range(40):
            key = n % 3
            response = put(daemon, f"todo/{key}", {"n": n}) if number % 4 == 0 else \
                get(daemon, f"todo/{key}")
            assert response.status in (200, 201, 204, 404), response.body

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(client, number) for number in range(8)]:
            one.result()
    assert metric(daemon, "dynamod_cache_answers_total", outcome="hit") > 0
