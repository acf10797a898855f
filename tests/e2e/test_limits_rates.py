"""So much a second, of an app: requests, and capacity units, which are paid afterwards."""
import concurrent.futures
import json
import pathlib
import signal
import time

import pytest

import apps
from client import Connection, curl
from daemon import settings
from upstream import reply

READ, WRITE = {"read_units_per_second": 2}, {"write_units_per_second": 2}


def embedded(folder, limits, **task):
    return {**apps.embedded_app(f"sqlite:{folder}/todo.db", allow=["read", "write"], **task),
            "limits": limits}


def consumed(units):
    """An item, and what it cost."""
    return reply(json.dumps({"Item": {"id": {"S": "1"}},
                             "ConsumedCapacity": {"TableName": "todo",
                                                  "CapacityUnits": units}}).encode())


def refused(response, setting):
    problem = response.assert_problem(429, "rate-limited")
    assert setting in problem["detail"]
    assert "allow" not in response.headers
    return int(response.headers["retry-after"])


def reload(daemon, name, app):
    before = len([line for line in daemon.lines if "reloaded" in line])
    path = pathlib.Path(daemon.config).parent / "apps.d" / f"{name}.conf"
    path.write_text(settings(app) + "\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reloaded", before + 1)


def test_requests_a_second(start, tmp_path, survived):
    daemon = start({"app": embedded(tmp_path, {"requests_per_second": 0.01})}, threads=1)
    assert curl(f"{daemon.url}/models/todo/1").status == 404
    assert 90 < refused(curl(f"{daemon.url}/models/todo/1"), "requests_per_second") <= 100
    assert curl(f"{daemon.url}/apps").status == 200  # of no app
    refused(curl(f"{daemon.url}/apps/app/models"), "requests_per_second")
    daemon.wait_for_log("limit reached.*limit=requests_per_second.*app=app")
    survived("HTTP: requests over a limit", 2)


def test_a_rate_is_one_for_all_threads(start, tmp_path):
    daemon = start({"app": embedded(tmp_path, {"requests_per_second": 20.5})}, threads=4)

    def ask(_):
        return curl(f"{daemon.url}/models/todo/1").status

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(60)))
    most = 20.5 * (1 + time.monotonic() - began) + 1
    assert answers.count(404) <= most and answers.count(429) + answers.count(404) == 60
    assert answers.count(404) >= 20


def test_a_request_that_is_refused_has_its_body_read_past(start, tmp_path):
    daemon = start({"app": embedded(tmp_path, {"requests_per_second": 0.01})}, threads=1)
    connection = Connection(daemon.port)
    json_ = [("Content-Type", "application/json")]
    assert connection.ask("POST", "/models/todo", json_, b'{"id":"1"}').status == 201
    assert connection.ask("POST", "/models/todo", json_, b" " * 200_000).status == 429
    assert connection.ask("GET", "/apps").status == 200
    connection.close()


def test_read_units_are_owed(start, upstream):
    upstream.script = lambda _: consumed(50.0)
    daemon = start({"app": {**apps.todo_app(upstream.url), "limits": READ}}, threads=1)
    assert curl(f"{daemon.url}/models/todo/1").headers["x-consumed-capacity"] == "50"
    assert 20 <= refused(curl(f"{daemon.url}/models/todo/1"), "read_units_per_second") <= 25
    refused(curl(f"{daemon.url}/models/todo:query", "-d", ""), "read_units_per_second")
    assert len(upstream.requests) == 1


def test_write_units_are_owed_by_writes_alone(start, tmp_path):
    daemon = start({"app": embedded(tmp_path, WRITE)}, threads=1)
    body = json.dumps({"id": "1", "text": "x" * 20_000})
    put = ["-X", "PUT", "-H", "Content-Type: application/json", "-d", body]
    assert curl(f"{daemon.url}/models/todo/1", *put).status == 201
    refused(curl(f"{daemon.url}/models/todo/2", *put), "write_units_per_second")
    refused(curl(f"{daemon.url}/transactions", "-H", "Content-Type: application/json", "-d",
                 '{"write":[]}'), "write_units_per_second")
    assert curl(f"{daemon.url}/models/todo/1").status == 200


def test_what_the_cache_answers_costs_nothing(start, upstream):
    upstream.script = lambda _: consumed(1.5)
    app = {"dynamodb": apps.connection(upstream.url), "limits": {"read_units_per_second": 1},
           "models": {"todo": {**apps.TASK, "cache": {"ttl": 600.0}}}}
    daemon = start({"app": app}, threads=1)
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    time.sleep(1.6)  # until what was owed is paid
    for _ in range(5):
        assert curl(f"{daemon.url}/models/todo/1").status == 200
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("change", [{"default": True}, {"limits": {"requests_per_second": 0.02}}],
                         ids=["elsewhere", "rate"])
def test_a_reload_keeps_what_was_taken(start, tmp_path, change):
    app = embedded(tmp_path, {"requests_per_second": 0.01})
    daemon = start({"app": app}, threads=1)
    assert curl(f"{daemon.url}/models/todo/1").status == 404
    reload(daemon, "app", {**app, **change})
    refused(curl(f"{daemon.url}/models/todo/1"), "requests_per_second")


def test_a_limit_comes_and_goes_with_a_reload(start, tmp_path):
    app = embedded(tmp_path, {"requests_per_second": 0.01})
    daemon = start({"app": {**app, "limits": {}}}, threads=1)
    for limits, status in [(app["limits"], 404), (app["limits"], 429), ({}, 404), ({}, 404)]:
        reload(daemon, "app", {**app, "limits": limits})
        assert curl(f"{daemon.url}/models/todo/1").status == status


@pytest.mark.parametrize("rate", [-1, 0.0001, 2000000, '"much"'])
def test_what_no_rate_is_stops_the_start(start, tmp_path, rate):
    app = f"""dynamodb = {{ host = "sqlite::memory:"; }};
models = {{ todo = {{ hash_key = "id"; attributes = {{ id = "S"; }}; }}; }};
limits = {{ requests_per_second = {rate}; }};"""
    daemon = start({"app": app}, ready=False)
    daemon.assert_ended_well(1)
    assert "app.conf:3: requests_per_second: expected a number" in daemon.log


def test_a_token_s_limits_are_its_own(start, tmp_path):
    import hashlib
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a" * 32, "b" * 32)}
    tokens = [{"name": name[0], "sha256": [digest], "limits": {"requests_per_second": 0.01}}
              for name, digest in hashes.items()]
    app = {**embedded(tmp_path, {"requests_per_second": 1000}), "auth": {"tokens": tokens}}
    daemon = start({"app": app}, threads=1)

    def ask(token):
        return curl(f"{daemon.url}/models/todo/1", "-H", f"Authorization: Bearer {token}")

    assert ask("a" * 32).status == 404
    refused(ask("a" * 32), "requests_per_second of who asks")
    assert ask("b" * 32).status == 404
