"""What a page of somebody else can do with a daemon: read nothing, write nothing, and not even
find it under a name of its own (DNS rebinding), unless the configuration says otherwise."""
import hashlib
import json
import socket
import subprocess

import pytest

import apps
from client import curl, parse, raw_exchange
from daemon import clean_environment, write_config
from upstream import item, reply

APP, EVIL = "https://app.example", "https://evil.example"
CORS = {"origins": [APP, "http://localhost:3000"], "max_age_seconds": 60}
WRITING = {"allow": ["read", "write"]}


def cors_fields(response):
    return {name for name in response.headers if name.startswith("access-control-")}


@pytest.fixture
def embedded(start, tmp_path):
    """embedded(cors=…): a daemon on the embedded store with one item."""
    def start_one(**options):
        app = apps.embedded_app(f"sqlite:{tmp_path}/todo.db", **WRITING)
        daemon = start({"app": app}, threads=1, **options)
        put = curl(f"{daemon.url}/models/todo/1", "-X", "PUT", "--json", '{"text":"secret"}')
        assert put.status in (201, 204)
        return daemon
    return start_one


def ask(daemon, origin, *options, path="/models/todo/1"):
    return curl(daemon.url + path, *(["-H", f"Origin: {origin}"] if origin else []), *options)


def preflight(daemon, origin, method="PUT", path="/models/todo/1", headers="content-type"):
    return ask(daemon, origin, "-X", "OPTIONS", "-H", f"Access-Control-Request-Method: {method}",
               "-H", f"Access-Control-Request-Headers: {headers}", path=path)


# --- CORS ---

def test_without_a_setting_no_origin_may_read(embedded):
    daemon = embedded()
    for origin in (None, APP, "null", "http://localhost", daemon.url):
        assert cors_fields(ask(daemon, origin)) == cors_fields(preflight(daemon, origin)) == set()
        assert ask(daemon, origin).headers["vary"] == "Accept, Prefer"


def test_an_origin_of_the_setting_may_read(embedded):
    daemon = embedded(cors=CORS)
    for origin in CORS["origins"]:
        response = ask(daemon, origin)
        assert response.status == 200
        assert response.headers["access-control-allow-origin"] == origin
        exposed = response.headers["access-control-expose-headers"].split(", ")
        seen = set(response.headers) - cors_fields(response) - {
            "date", "vary", "connection", "content-length", "content-type",
            "x-content-type-options", "cache-control"}
        assert seen <= {name.lower() for name in exposed}
        assert "access-control-allow-credentials" not in response.headers
    assert "Origin" in ask(daemon, None).headers["vary"]


@pytest.mark.parametrize("origin", [
    EVIL, "null", "https://app.example.evil", "https://xapp.example", "http://app.example",
    "https://app.example:8443", "https://app.example/", "HTTPS://APP.EXAMPLE", "https://app.exampl",
    "*", APP + ", " + APP, "http://localhost"])
def test_another_origin_gets_an_ordinary_answer(embedded, origin):
    daemon = embedded(cors=CORS)
    response = ask(daemon, origin)
    assert response.status == 200 and not cors_fields(response)
    assert "Origin" in response.headers["vary"]
    asked = preflight(daemon, origin)
    assert asked.status == 204 and not cors_fields(asked)
    assert not cors_fields(curl(f"{daemon.url}/models/todo/1", "-H", f"Origin: {APP}",
                                "-H", f"Origin: {APP}"))


def test_a_preflight_is_answered(embedded):
    daemon = embedded(cors=CORS)
    response = preflight(daemon, APP)
    assert response.status == 204 and not response.body
    allowed = response.headers["access-control-allow-methods"]
    assert allowed == response.headers["allow"]
    assert {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} == set(allowed.split(", "))
    fields = response.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "if-match", "if-none-match", "prefer",
            "idempotency-key", "x-request-id", "accept", "traceparent"} == set(fields)
    assert response.headers["access-control-max-age"] == "60"
    query = preflight(daemon, APP, "POST", "/models/todo:query")
    assert query.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert preflight(daemon, APP, path="/nowhere").status == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("target", ["/models/todo/1", "/models/todo:first?text=eq.secret",
                                    "/models/todo:first?text=eq.other", "/nowhere"])
def test_a_page_elsewhere_sees_no_status(embedded, site, target):
    """An <object> or a stylesheet tells whether it was found."""
    daemon = embedded(cors=CORS)

    def fetched(dest, *options, origin=None):
        return ask(daemon, origin, "-H", f"Sec-Fetch-Site: {site}", "-H",
                   f"Sec-Fetch-Dest: {dest}", *options, path=target)
    for dest in "object", "iframe", "style", "empty":
        assert fetched(dest).assert_problem(403, "operation-not-allowed")["hint"]
        fetched(dest, origin=EVIL).assert_problem(403, "operation-not-allowed")
    fetched("document", "-X", "POST").assert_problem(403, "operation-not-allowed")
    plainly = ask(daemon, None, path=target).status
    assert fetched("document").status == fetched("empty", origin=APP).status == plainly
    site = "same-origin"
    assert fetched("empty").status == plainly


def test_a_preflight_alone_needs_no_token(start, tmp_path):
    token = {"name": "one", "sha256": [hashlib.sha256(b"one").hexdigest()]}
    guarded = {**apps.embedded_app(f"sqlite:{tmp_path}/todo.db"), "auth": {"tokens": [token]}}
    daemon = start({"app": guarded}, threads=1, cors=CORS)
    assert preflight(daemon, APP).status == 204
    assert preflight(daemon, None).status == 401
    assert ask(daemon, APP, "-X", "OPTIONS").status == 401
    without_cors = start({"app": guarded}, threads=1)
    assert preflight(without_cors, APP).status == 401


def test_an_answer_that_is_no_preflight_says_nothing_of_methods(embedded):
    response = ask(embedded(cors=CORS), APP, "-X", "OPTIONS")
    assert "access-control-allow-origin" in response.headers
    assert "access-control-allow-methods" not in response.headers


def test_a_page_may_read_why_it_was_refused(embedded):
    daemon = embedded(cors=CORS)
    for path, status in (("/models/todo/none", 404), ("/models/todo/%zz", 400), ("/x", 404)):
        response = ask(daemon, APP, path=path)
        assert response.status == status
        assert response.headers["access-control-allow-origin"] == APP


def test_credentials(embedded):
    daemon = embedded(cors={**CORS, "credentials": True})
    for response in (ask(daemon, APP), preflight(daemon, APP)):
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-allow-origin"] == APP
    assert not cors_fields(ask(daemon, EVIL))


def test_any_origin(embedded):
    daemon = embedded(cors={"origins": ["*"]})
    for origin in (EVIL, "null", None):
        response = ask(daemon, origin)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "Origin" not in response.headers["vary"]
    assert preflight(daemon, EVIL).headers["access-control-max-age"] == "600"


def test_a_reload_takes_another_setting(embedded):
    daemon = embedded(cors=CORS)
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace(APP, EVIL))
    daemon.signal(1)
    daemon.wait_for_log("reload|configuration", count=1)
    for _ in range(1000):
        if "access-control-allow-origin" in ask(daemon, EVIL).headers:
            break
    assert not cors_fields(ask(daemon, APP)) and cors_fields(ask(daemon, EVIL))


@pytest.mark.parametrize("cors", [
    {}, {"origins": []}, {"origins": ["*"], "credentials": True}, {"origins": ["*", APP]},
    {"origins": ["app.example"]}, {"origins": ["https://app.example/"]}, {"origins": ["null"]},
    {"origins": ["https://*.example"]}, {"origins": ["https://APP.example"]},
    {"origins": ["https://app.example:443"]}, {"origins": ["https://u@app.example"]},
    {"origins": [APP], "max_age_seconds": -1}, {"origins": [APP], "methods": ["GET"]}],
    ids=json.dumps)
def test_settings_that_mean_nothing(binary, tmp_path, cors):
    config = write_config(tmp_path, {"app": apps.todo_app("http://127.0.0.1:1")}, cors=cors)
    done = subprocess.run([binary, "-t", "-c", config], capture_output=True, text=True,
                          env=clean_environment(tmp_path), timeout=60)
    assert done.returncode == 1 and ": expected " in done.stderr, done.stderr


# --- what needs no leave: forms, and requests that browsers call simple ---

@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/plain; application/json", "text/plain, application/json", "application/jsonx", None])
@pytest.mark.parametrize("path", ["/models/todo", "/models/todo:batchWrite", "/transactions"])
def test_a_foreign_form_writes_nothing(embedded, kind, path):
    daemon = embedded(cors=CORS)
    body = {"/models/todo": '{"id":"new"}', "/models/todo:batchWrite": '{"put":[{"id":"new"}]}',
            "/transactions": '[{"model":"todo","put":{"id":"new"}}]'}[path]
    response = ask(daemon, EVIL, "-X", "POST", "-H", f"Content-Type: {kind}" if kind else
                   "Content-Type:", "--data-binary", body, path=path)
    response.assert_problem(415, "unsupported-media-type")
    assert curl(f"{daemon.url}/models/todo/new").status == 404


# --- what a browser makes of an answer ---

@pytest.mark.parametrize("path, options", [
    ("/models/todo/1", []), ("/models/todo", []), ("/models/todo/1?raw=text", []),
    ("/models/todo/none", []), ("/nowhere", []), ("/models", []), ("/openapi.json", []),
    ("/models/todo/1", ["-X", "POST"]), ("/models/todo/1", ["-I"])])
def test_no_answer_is_sniffed(embedded, path, options):
    assert ask(embedded(), None, *options, path=path).headers["x-content-type-options"] == "nosniff"


def test_no_error_is_cached(embedded):
    daemon = embedded()
    for path, options, status in (
            ("/models/todo/none", [], 404), ("/nowhere", [], 404), ("/models/todo/%zz", [], 400),
            ("/models/todo/1", ["-X", "POST"], 405), ("/models/todo/1", ["-H", "Accept: x/y"], 406),
            ("/models/todo/1", ["-H", "If-Match: \"x\""], 412)):
        response = ask(daemon, None, *options, path=path)
        assert response.status == status
        assert response.headers["cache-control"] == "no-store"
    assert "cache-control" not in ask(daemon, None).headers


def test_of_a_cache_only_what_is_there_or_not_is_kept(start, upstream):
    app = apps.todo_app(upstream.url)
    app["models"]["todo"] = {**apps.TASK, "cache": {"ttl": 60, "negative_ttl": 60}}
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": app}, threads=1)
    assert ask(daemon, None).headers["cache-control"] == "max-age=60"
    refused = ask(daemon, None, "-H", 'If-Match: "x"')
    assert (refused.status, refused.headers["cache-control"]) == (412, "no-store")
    upstream.script = lambda _: reply(b"{}")
    missing = ask(daemon, None, path="/models/todo/2")
    assert missing.status == 404 and missing.headers["cache-control"].startswith("max-age=")


# --- Host ---

def get(port, host, target="/models/todo/1"):
    fields = "" if host is None else f"Host: {host}\r\n"
    return parse(raw_exchange(port, f"GET {target} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"
                              .encode()))


KNOWN = ["localhost", "localhost:8080", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.0.0.1:80",
         "[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]", "localhost:"]
FOREIGN = ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
           "127.0.0.2", "127.1", "0", "[::2]", "[::ffff:127.0.0.1]", "0x7f.1", "", ":80",
           "localhosts", "xlocalhost", "localhost..", "api.example"]


def test_a_loopback_listener_keeps_to_its_names(embedded):
    daemon = embedded()
    for host in KNOWN:
        assert get(daemon.port, host).status == 200, host
    for host in FOREIGN:
        get(daemon.port, host).assert_problem(421, "misdirected-request")
        get(daemon.port, host, "/nowhere").assert_problem(421, "misdirected-request")
    for host in (None, "user@localhost", "localhost/x", "local host", "[::1"):
        get(daemon.port, host).assert_problem(400, "malformed-request")
    assert get(daemon.port, "localhost").status == 200


def test_the_connection_goes_on_after_a_foreign_name(embedded):
    daemon = embedded()
    one = "PUT /models/todo/1 HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\n{}\r\nxx"
    received = raw_exchange(daemon.port, (one.format("evil", "") + one.format(
        "localhost", "Connection: close\r\n")).encode())
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"421", b"415"]


def test_the_names_of_the_setting_are_known_too(embedded):
    daemon = embedded(allowed_hosts=["api.example", "[2001:db8::1]", "Other.Example."])
    for host in [*KNOWN, "api.example", "API.example.:8443", "[2001:DB8:0::1]", "other.example"]:
        assert get(daemon.port, host).status == 200, host
    for host in ("evil.example", "x.api.example", "api.example.evil"):
        get(daemon.port, host).assert_problem(421, "misdirected-request")


def test_any_name_where_the_setting_says_so(embedded):
    daemon = embedded(allowed_hosts=["*"])
    for host in [*KNOWN, *FOREIGN]:
        assert get(daemon.port, host).status == 200, host
    get(daemon.port, "a b").assert_problem(400, "malformed-request")


def test_the_name_that_a_target_has_is_the_one(embedded):
    """RFC 9112 section 3.2.2."""
    daemon = embedded()
    target = "http://{}/models/todo/1"
    assert get(daemon.port, "evil.example", target.format("localhost:1")).status == 200
    get(daemon.port, "localhost", target.format("evil.example")).assert_problem(
        421, "misdirected-request")
    for name in ("", "u@localhost", "local host"):
        get(daemon.port, "localhost", target.format(name)).assert_problem(400, "malformed-request")


def test_the_address_listened_on_is_a_name(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, listen=["127.0.0.7:0"], ready=False)
    daemon.wait_for_log(r"listening on http://127\.0\.0\.7:")
    port = int(daemon.log.split("http://127.0.0.7:")[1].split()[0].strip('"'))
    with socket.create_connection(("127.0.0.7", port), timeout=60) as connection:
        for host, status in (("127.0.0.7", b"200"), ("localhost", b"200"), ("evil", b"421")):
            connection.sendall(f"GET /models HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)


def test_other_listeners_take_any_name_unless_some_are_set(start, upstream, tmp_path):
    everywhere = {"address": "0.0.0.0:0", "insecure": True}
    path = tmp_path / "socket"
    for hosts, status in (({}, b"200"), ({"allowed_hosts": ["api.example"]}, b"421")):
        daemon = start({"app": apps.todo_app(upstream.url)}, ready=False,
                       listen=[everywhere, f"unix:{path}"], **hosts)
        daemon.wait_for_log("listening on", count=2)
        port = int(daemon.log.split("http://0.0.0.0:")[1].split()[0].strip('"'))
        request = b"GET /models HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n"
        assert raw_exchange(port, request).startswith(b"HTTP/1.1 " + status)
        assert curl("http://evil/models", "--unix-socket", str(path)).status == 200
        daemon.stop()


def test_the_admin_keeps_to_its_names_and_answers_no_page(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, admin="127.0.0.1:0", cors=CORS)
    response = curl(f"{daemon.admin_url}/live", "-H", f"Origin: {APP}")
    assert response.status == 200 and not cors_fields(response)
    curl(f"{daemon.admin_url}/metrics", "-H", "Host: evil.example").assert_problem(
        421, "misdirected-request")


@pytest.mark.parametrize("hosts", ["api.example", ["api.example:80"], ["http://api.example"],
                                   ["a b"], [""], ["::1"], ["*.example/"], [1]], ids=json.dumps)
def test_names_that_are_none(binary, tmp_path, hosts):
    config = write_config(tmp_path, {"app": apps.todo_app("http://127.0.0.1:1")},
                          allowed_hosts=hosts)
    done = subprocess.run([binary, "-t", "-c", config], capture_output=True, text=True,
                          env=clean_environment(tmp_path), timeout=60)
    assert done.returncode == 1 and ": expected " in done.stderr, done.stderr
