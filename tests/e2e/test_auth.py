"""Who may ask: bearer tokens, what each of them may do, and what those who may not are told."""
import hashlib
import json
import re
import signal
import threading

import pytest

from client import Connection, curl, parse, raw_exchange
from daemon import Daemon, settings
from test_admin import ADMIN, scrape, value

ALL, READER, WRITER, PART, OTHER = (f"dynamod_{name}-0123456789" for name in
                                    ("all", "reader", "writer", "part", "other"))
CHALLENGE = 'Bearer realm="dynamod"'
CHALLENGE_AGAIN = CHALLENGE + ', error="invalid_token"'


def sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


def model(**more):
    return {"hash_key": "id", "attributes": {"id": "S"}, "allow": ["read", "write"], **more}


def app(auth, **more):
    return {"dynamodb": {"host": "sqlite::memory:"},
            "models": {"todo": model(), "ledger": model()}, "auth": auth, **more}


def tokens(**names):
    return {"tokens": [{"name": name.replace("_", "-"), "sha256": [sha256(token)]}
                       for name, token in names.items()]}


AUTH = {"tokens": [
    {"name": "all", "sha256": [sha256(ALL)]},
    {"name": "reader", "sha256": [sha256(READER)], "allow": ["read"]},
    {"name": "writer", "sha256": [sha256(WRITER)], "allow": ["write"]},
    {"name": "part", "sha256": [sha256(PART)], "models": ["todo"]},
]}


@pytest.fixture(scope="module")
def shared(binary, tmp_path_factory):
    """The app `guarded`, the default, and `other`, whose token is another."""
    daemon = Daemon(binary, tmp_path_factory.mktemp("guarded"),
                    {"guarded": app(AUTH, default=True), "other": app(tokens(other=OTHER))},
                    threads=1, max_auth_failures=0)
    try:
        yield daemon.wait_ready()
        daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture
def guarded(shared):
    """Its items are as they were."""
    for name in ("todo", "ledger"):
        assert ask(shared, f"/models/{name}/1", ALL, "PUT", {"n": 1}).status in (200, 201, 204)
    return shared


def ask(daemon, target, token=None, method="GET", body=None, *headers):
    options = ["-X", method] if method != "HEAD" else ["-I"]
    if token:
        options += ["-H", f"Authorization: Bearer {token}"]
    for header in headers:
        options += ["-H", header]
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body)
        options += ["-H", "Content-Type: application/json", "-d", text]
    return curl(daemon.url + target, *options)


def told(response, *names):
    """All that a client sees of an answer, but what is of that request alone."""
    text = response.body.decode()
    for header in ("x-request-id", "server-timing", "date"):
        response.headers.pop(header, None)
    text = re.sub(r'"request_id":"[^"]*"', "", text)
    for name in names:
        text = text.replace(name, "NAME")
    headers = {name: value for name, value in response.headers.items()
               if name != "content-length"}
    return response.status, headers, text


# --- the good way

@pytest.mark.parametrize("header", [
    f"Authorization: Bearer {ALL}", f"authorization: bearer {ALL}",
    f"AUTHORIZATION: BEARER   {ALL}", f"Authorization: Bearer {ALL}  "])
def test_whoever_shows_a_token_is_served(guarded, header):
    assert curl(f"{guarded.url}/models/todo/1", "-H", header).json == {"id": "1", "n": 1}


def test_an_app_without_auth_asks_nobody(start):
    open_app = {key: value for key, value in app(AUTH).items() if key != "auth"}
    daemon = start({"open": open_app, "guarded": app(AUTH)}, threads=1)
    assert ask(daemon, "/apps/open/models/todo").status == 200
    assert ask(daemon, "/apps/open/models/todo", "nobodys").status == 200
    ask(daemon, "/apps/guarded/models/todo").assert_problem(401, "unauthorized")
    assert [one["name"] for one in ask(daemon, "/apps").json] == ["open"]
    assert [one["name"] for one in ask(daemon, "/apps", ALL).json] == ["guarded", "open"]
    ask(daemon, "/apps", "nobodys").assert_problem(401, "unauthorized")
    assert ask(daemon, "/apps/nothing").status == 401, "as guarded, where it is not shown"


# --- the bad ways

WRONG = ["Basic dXNlcjpwYXNz", "Digest username=x", "Bearer", "Bearer ", f"Token {ALL}",
         f"Bearer{ALL}", f"Bearer {ALL}x", f"Bearer {ALL[:-1]}", f"Bearer {ALL.upper()}",
         f"Bearer {ALL},", f"Bearer {ALL} {ALL}", f'Bearer "{ALL}"', f"Bearer ={ALL}",
         f"Bearer {ALL}=", f"Bearer token={ALL}", f"Bearer {sha256(ALL)}", "Bearer ü",
         f"Bearer\t{ALL}", "Bearer " + "a" * 4096, f"Bearer {ALL};", f"Bearer {OTHER}",
         ALL, f"bearer:{ALL}", "Bearer %00", f"Bearer {ALL}%00", "Bearer null",
         f"Basic {ALL}", f"Bearer <{ALL}>", f"Bearer {ALL[::-1]}", "Bearer *", "null"]

TARGETS = [("GET", "/models"), ("GET", "/models/todo"), ("GET", "/models/todo/1"),
           ("HEAD", "/models/todo/1"), ("OPTIONS", "/models/todo/1"), ("GET", "/apps"),
           ("GET", "/openapi.json"), ("PUT", "/models/todo/1"), ("POST", "/models/todo"),
           ("PATCH", "/models/todo/1"), ("DELETE", "/models/todo/1"),
           ("GET", "/models/todo:first"), ("GET", "/models/todo:item?hash=1"),
           ("POST", "/models/todo:query"), ("POST", "/models/todo:batchGet"),
           ("POST", "/models/todo:batchWrite"), ("POST", "/transactions"),
           ("GET", "/models/todo/1?explain=true"), ("GET", "/models/todo/1?raw=n"),
           ("GET", "/apps/guarded"), ("GET", "/apps/guarded/models"),
           ("GET", "/apps/guarded/models/todo/1"), ("GET", "/models/nothing"),
           ("GET", "/models/todo@nothing"), ("GET", "/apps/nothing/models/todo"),
           ("GET", "/models/todo?after=x"), ("GET", "/apps/nothing"),
           ("GET", "/apps/other/openapi.json"), ("POST", "/apps/other/transactions"),
           ("GET", "/models/todo/1?nonsense=1")]


@pytest.mark.parametrize("wrong", WRONG)
def test_whoever_shows_something_else_is_not(guarded, survived, wrong):
    response = curl(f"{guarded.url}/models/todo/1", "-H", f"Authorization: {wrong}")
    problem = response.assert_problem(401, "unauthorized")
    assert response.headers["www-authenticate"] == CHALLENGE_AGAIN
    assert "allow" not in response.headers and "etag" not in response.headers
    assert ALL not in json.dumps(problem) and ALL not in guarded.log
    survived("auth: what is no token of the app")


@pytest.mark.parametrize("method, target", TARGETS)
def test_every_address_asks(guarded, survived, method, target):
    for token, challenge in ((None, CHALLENGE), ("nobodys", CHALLENGE_AGAIN)):
        response = ask(guarded, target, token, method)
        assert response.status == 401, response
        assert response.headers["www-authenticate"] == challenge
        assert method == "HEAD" or response.json["type"] == "urn:dynamod:unauthorized"
        survived("auth: addresses without a token, and with a wrong one")
    assert ask(guarded, "/models/todo/1", ALL).json == {"id": "1", "n": 1}, "nothing was done"


def test_two_headers_are_none(guarded):
    token = f"Authorization: Bearer {ALL}\r\n".encode()
    answer = parse(raw_exchange(guarded.port, b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n"
                                b"Connection: close\r\n" + token + token + b"\r\n"))
    answer.assert_problem(400, "malformed-request")
    empty = b"Authorization:\r\n"
    answer = parse(raw_exchange(guarded.port, b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n"
                                b"Connection: close\r\n" + empty + b"\r\n"))
    answer.assert_problem(401, "unauthorized")


@pytest.mark.parametrize("target", ["", "/models", "/models/todo/1", "/models/nothing",
                                    "/openapi.json", "/models/todo:first", "/models/x@y/z"])
@pytest.mark.parametrize("token", [None, "nobodys", ALL])
def test_an_app_is_not_told_from_one_that_there_is_not(guarded, target, token):
    """Not by who has no token, nor by who has another app's."""
    there = told(ask(guarded, f"/apps/other{target}", token), "other")
    nowhere = told(ask(guarded, f"/apps/ghost{target}", token), "ghost")
    assert there == nowhere and there[0] == 401


def test_a_body_is_not_kept_before_its_sender_is_known(guarded):
    connection = Connection(guarded.port)
    for size in (5, 5000, 200_000):
        refused = connection.ask("POST", "/models/todo", [("Content-Type", "application/json")],
                                 b"x" * size)
        assert refused.status == 401
    again = connection.ask("GET", "/models/todo/1", [("Authorization", f"Bearer {ALL}")])
    assert again.status == 200, "the connection goes on behind the body"


# --- what one may do

ROUTES = [("GET", "/models/{}", None), ("GET", "/models/{}?count=true", None),
          ("GET", "/models/{}/1", None), ("GET", "/models/{}/1/2", None),
          ("HEAD", "/models/{}/1", None), ("GET", "/models/{}/1?raw=n", None),
          ("GET", "/models/{}/1?explain=true", None), ("GET", "/models/{}?explain=true", None),
          ("GET", "/models/{}:first", None), ("GET", "/models/{}:first?explain=true", None),
          ("GET", "/models/{}:item?hash=1", None), ("GET", "/models/{}:item", None),
          ("GET", "/models/{}?after=AAAA", None), ("GET", "/models/{}?n__gt=1", None),
          ("GET", "/models/{}?nonsense", None), ("GET", "/models/{}?attributes_to_get=n", None),
          ("GET", "/models/{}@by_n", None), ("GET", "/models/{}@by_n/1", None),
          ("GET", "/models/{}@by_n:first", None), ("POST", "/models/{}@by_n:query", {}),
          ("POST", "/models/{}:query", {}), ("POST", "/models/{}:query", "{"),
          ("POST", "/models/{}", {"id": "9"}), ("POST", "/models/{}", "no json"),
          ("PUT", "/models/{}/9", {"n": 1}), ("PUT", "/models/{}/1/2", {"n": 1}),
          ("PUT", "/models/{}:item?hash=9", {"n": 1}), ("PATCH", "/models/{}/1", {"n": 2}),
          ("PATCH", "/models/{}/nope", {"n": 2}), ("PATCH", "/models/{}:item?hash=1", {"n": 2}),
          ("DELETE", "/models/{}/1", None), ("DELETE", "/models/{}/1/2", None),
          ("DELETE", "/models/{}:item?hash=1", None),
          ("POST", "/models/{}:batchGet", {"keys": [{"id": "1"}]}),
          ("POST", "/models/{}:batchGet", {"nonsense": 1}),
          ("POST", "/models/{}:batchWrite", {"put": [{"id": "9"}]}),
          ("GET", "/apps/guarded/models/{}/1", None), ("OPTIONS", "/models/{}/1", None)]

TRANSACTIONS = [{"get": [{"model": "{}", "key": {"id": "1"}}]},
                {"get": [{"model": "todo", "key": {"id": "1"}},
                         {"model": "{}", "key": {"id": "1"}}]},
                {"write": [{"put": {"model": "{}", "item": {"id": "9"}}}]},
                {"write": [{"delete": {"model": "{}", "key": {"id": "1"}}}]},
                {"write": [{"check": {"model": "{}", "key": {"id": "1"}}}]},
                {"write": [{"update": {"model": "{}", "key": {"id": "1"}}}]}]


@pytest.mark.parametrize("method, route, body", ROUTES)
def test_a_model_that_is_not_ones_own_is_not_told_from_none(guarded, survived, method, route,
                                                            body):
    there = told(ask(guarded, route.format("ledger"), PART, method, body), "ledger")
    nowhere = told(ask(guarded, route.format("phantom"), PART, method, body), "phantom")
    assert there == nowhere
    assert there[0] in (204 if method == "OPTIONS" else 403, 400), there
    survived("auth: models that a token is not for")
    assert ask(guarded, "/models/ledger/1", ALL).json == {"id": "1", "n": 1}


@pytest.mark.parametrize("transaction", TRANSACTIONS, ids=str)
def test_nor_in_a_transaction(guarded, survived, transaction):
    def of(name):
        body = json.dumps(transaction).replace("{}", name)
        return told(ask(guarded, "/transactions", PART, "POST", body), name)
    there, nowhere = of("ledger"), of("phantom")
    assert there == nowhere and there[0] in (400, 403), there
    survived("auth: models that a token is not for")
    assert ask(guarded, "/models/ledger/1", ALL).json == {"id": "1", "n": 1}


def test_one_sees_what_one_may_use(guarded):
    assert [one["name"] for one in ask(guarded, "/models", PART).json] == ["todo"]
    assert [one["name"] for one in ask(guarded, "/models", ALL).json] == ["todo", "ledger"]
    assert [one["allow"] for one in ask(guarded, "/models", READER).json] == [["read"]] * 2
    assert ask(guarded, "/apps", PART).json == [
        {"name": "guarded", "default": True, "models": ["todo"], "href": "/apps/guarded"}]
    assert ask(guarded, "/apps/guarded", PART).json["models"] == ["todo"]
    assert [one["name"] for one in ask(guarded, "/apps", OTHER).json] == ["other"]


def test_a_document_is_of_what_one_may_use(guarded):
    """In any order, since some of them are kept."""
    for token in (ALL, PART, READER, ALL, PART):
        text = ask(guarded, "/openapi.json", token).body.decode()
        assert ("ledger" in text) == (token != PART)
        assert ("deleteByHash" in text) == (token != READER)


def test_a_reader_reads_and_a_writer_writes(guarded):
    assert ask(guarded, "/models/todo/1", READER).status == 200
    for method, target, body in (("PUT", "/models/todo/2", {}), ("POST", "/models/todo", {"id": "2"}),
                                 ("PATCH", "/models/todo/1", {"n": 2}),
                                 ("DELETE", "/models/todo/1", None),
                                 ("POST", "/models/todo:batchWrite", {"put": [{"id": "2"}]})):
        ask(guarded, target, READER, method, body).assert_problem(
            403, "operation-not-allowed", "this caller may not write")
    for target in ("/models/todo/1", "/models/todo", "/models/todo:first", "/models/todo/1?raw=n",
                   "/models/todo?explain=true"):
        ask(guarded, target, WRITER).assert_problem(403, "operation-not-allowed", "this caller may not read")
    assert ask(guarded, "/models/todo/3", WRITER, "PUT", {"n": 3}).status == 201


def test_a_writer_is_not_told_what_is_there(guarded):
    """Neither by what a write answers, nor by what it compares."""
    wants = "Prefer: return=representation"
    patched = ask(guarded, "/models/todo/1", WRITER, "PATCH", {"m": 5}, wants,)
    assert b'"n"' not in patched.body, patched
    ask(guarded, "/models/todo/1", WRITER, "PUT", {"n": 7}, 'If-Match: "x"').assert_problem(
        403, "operation-not-allowed")
    deleted = ask(guarded, "/models/todo/1", WRITER, "DELETE", None, wants)
    assert deleted.status in (200, 204) and b'"m"' not in deleted.body


# --- tokens that change

def test_a_token_is_replaced_without_a_failed_request(start, tmp_path):
    """Both are good for a while; a file that is read anew is enough."""
    file = tmp_path / "tokens"
    file.write_text(f"# first\n{sha256('one')}\n")
    file.chmod(0o640)
    daemon = start({"app": app({"tokens": [{"name": "client", "file": str(file)}]})}, threads=2)
    token, failures, counts = ["one"], [], [0]
    ended = threading.Event()

    def client():
        connection = Connection(daemon.port)
        while not ended.is_set():
            response = connection.ask("GET", "/models", [("Authorization", f"Bearer {token[0]}")])
            counts[0] += 1
            if response.status != 200:
                failures.append(response)

    def reload(*good):
        before = counts[0]
        file.write_text("".join(f"{sha256(one)}  # {i}\n" for i, one in enumerate(good)))
        count = sum("reloaded: " in line for line in daemon.lines)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded: ", count + 1)
        while counts[0] < before + 20 and not failures:
            assert ask(daemon, "/models", good[0]).status == 200

    clients = [threading.Thread(target=client) for _ in range(4)]
    for thread in clients:
        thread.start()
    try:
        reload("one", "two")
        token[0] = "two"
        reload("two", "one")
        reload("two")
    finally:
        ended.set()
        for thread in clients:
            thread.join()
    assert not failures and counts[0] >= 60
    ask(daemon, "/models", "one").assert_problem(401, "unauthorized")


def test_a_reload_with_a_broken_file_changes_nothing(start, tmp_path):
    file = tmp_path / "tokens"
    file.write_text(sha256("one"))
    file.chmod(0o600)
    daemon = start({"app": app({"tokens": [{"name": "client", "file": str(file)}]})}, threads=1)
    for broken in ("", "# none\n", "one\n", sha256("x") + "\n" + sha256("x")):
        file.write_text(broken)
        count = sum("not reloaded" in line for line in daemon.lines)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("not reloaded", count + 1)
        assert f"{file}:" in [line for line in daemon.lines if "not reloaded" in line][-1]
    assert ask(daemon, "/models", "one").status == 200


def test_a_file_that_everybody_reads_is_warned_of(start, tmp_path):
    file = tmp_path / "tokens"
    file.write_text(sha256("one"))
    file.chmod(0o644)
    daemon = start({"app": app({"tokens": [{"name": "client", "file": str(file)}]})}, threads=1)
    daemon.wait_for_log("can be read by every user")


def test_systemd_hands_tokens_over(start, tmp_path):
    (tmp_path / "ci").write_text(sha256("one"))
    (tmp_path / "ci").chmod(0o400)
    daemon = start({"app": app({"tokens": [{"name": "ci", "credential": "ci"}]})}, threads=1,
                   environment={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert ask(daemon, "/models", "one").status == 200


# --- those who try

def test_whoever_tries_too_often_waits(start):
    daemon = start({"app": app(AUTH)}, threads=1, max_auth_failures=5, admin=ADMIN)
    assert [ask(daemon, "/models", f"wrong{i}").status for i in range(5)] == [401] * 5
    for token in ("wrong", ALL):
        refused = ask(daemon, "/models", token)
        refused.assert_problem(429, "rate-limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert ask(daemon, "/models").status == 401, "who shows nothing guesses nothing"
    samples = scrape(daemon)
    of = {"listener": "tcp", "app": "app"}
    name = "dynamod_refused_callers_total"
    assert value(samples, name, reason="wrong", **of) == 5
    assert value(samples, name, reason="too-many", **of) == 2
    assert value(samples, name, reason="missing", **of) == 1


def test_a_storm_is_a_few_lines(start):
    daemon = start({"app": app(AUTH)}, threads=1, max_auth_failures=0, admin=ADMIN)
    connection = Connection(daemon.port)
    for i in range(200):
        connection.ask("GET", "/models", [("Authorization", f"Bearer secret{i}")])
    line = next(line for line in daemon.lines if "caller refused" in line)
    assert f"listener={daemon.url}" in line and "client=127.0.0.1" in line
    assert "app=app" in line and "reason=wrong" in line and "request_id=" in line
    assert sum("caller refused" in line for line in daemon.lines) < 20
    assert "secret" not in daemon.log


def test_the_access_log_names_who_asked(start, tmp_path):
    log = tmp_path / "access.log"
    daemon = start({"app": app(AUTH)}, threads=1, access_log={
        "file": str(log), "format": "$principal $status"})
    ask(daemon, "/models", READER)
    ask(daemon, "/models")
    daemon.stop()
    assert log.read_text() == "reader 200\n- 401\n"


# --- the admin

def test_the_admin_asks_for_figures_and_not_for_life(start, binary, tmp_path):
    daemon = start({"app": app(AUTH)}, threads=1, admin={
        "address": "127.0.0.1:0", "auth": tokens(ops="ops-token")})
    for path in ("/metrics", "/status"):
        for options in ((), ("-H", f"Authorization: Bearer {ALL}")):
            curl(daemon.admin_url + path, *options).assert_problem(401, "unauthorized")
        good = curl(daemon.admin_url + path, "-H", "Authorization: Bearer ops-token")
        assert good.status == 200
        assert sha256("ops-token") not in good.body.decode()
        assert sha256(ALL) not in good.body.decode()
    for path in ("/live", "/ready"):
        assert curl(daemon.admin_url + path).status == 200
    status = curl(daemon.admin_url + "/status", "-H", "Authorization: Bearer ops-token").body
    assert b"reader" in status, "principals are shown by name"


def test_an_admin_that_only_a_restart_ends_lets_nobody_in_until_then(start):
    """What its callers are known by is gone from the file, and it still listens."""
    daemon = start({"app": app(AUTH)}, threads=1, admin={
        "address": "127.0.0.1:0", "auth": tokens(ops="ops-token")})
    before = daemon.config.read_text()
    without = settings({"apps": "apps.d", "admin": "", "listen": daemon.listen, "threads": 1})
    for count, text in enumerate((without, without, before), 1):
        daemon.config.write_text(text)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded: 1 app", count)
        for token, status in (("ops-token", 200 if text == before else 401), (ALL, 401)):
            assert status == curl(daemon.admin_url + "/metrics",
                                  "-H", f"Authorization: Bearer {token}").status
        curl(daemon.admin_url + "/metrics").assert_problem(401, "unauthorized")
        assert curl(daemon.admin_url + "/live").status == 200
