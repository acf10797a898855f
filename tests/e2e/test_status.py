"""/status: as JSON, as a page in a browser and in a terminal, without a secret, whatever the
names in the configuration are."""
import html.parser
import os
import re
import signal
import subprocess
import threading
import xml.dom.minidom

import pytest

import apps
from client import curl
from upstream import error

ADMIN = "127.0.0.1:0"
EMBEDDED = apps.embedded_app("sqlite::memory:")
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu"]


def page(daemon, query=""):
    response = curl(f"{daemon.admin_url}/status{query}", "-H", "Accept: text/html")
    assert response.status == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response


def status(daemon):
    response = curl(f"{daemon.admin_url}/status", "-H", "Accept: application/json")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    return response.json


def wait_for(daemon, wanted):
    """The first status that is wanted: a request is counted once its reply is sent."""
    for _ in range(200):
        found = status(daemon)
        if wanted(found):
            return found
        threading.Event().wait(0.05)
    pytest.fail(f"/status says {found}")


def model_of(document, app, model):
    (found,) = [each for of_app in document["apps"] if of_app["name"] == app
                for each in of_app["models"] if each["name"] == model]
    return found


# --- figures ---

def test_it_tells_of_apps_models_and_load(start, each_binary, upstream):
    daemon = start({"shop": apps.todo_app(upstream.url), "todo": {**EMBEDDED, "default": True}},
                   use=each_binary, admin=ADMIN, threads=2)
    for i in range(20):
        curl(f"{daemon.url}/models/todo/{i}")
    found = wait_for(daemon, lambda found: found["requests"]["last_hour"]["requests"] == 20)
    assert (found["version"], found["state"]) == ("0.1.0", "serving")
    assert found["listening"] == [daemon.url] and found["admin"] == [daemon.admin_url]
    assert found["process"]["threads"] == 2 and found["process"]["silent_threads"] == 0
    assert [app["name"] for app in found["apps"]] == ["shop", "todo"]
    assert [app["default"] for app in found["apps"]] == [False, True]
    shop, todo = (app["dynamodb"] for app in found["apps"])
    assert (shop["ready"], shop["provider"], shop["breaker"]) == (True, "configuration", "closed")
    assert todo is None
    load = model_of(found, "todo", "todo")["requests"]
    assert load["last_hour"] == {"requests": 20, "status_4xx": 20, "status_5xx": 0}
    assert 0 < load["p50_ms"] <= load["p99_ms"]
    assert load["per_second"] > 0
    assert model_of(found, "shop", "todo")["requests"]["p50_ms"] is None


def test_the_last_failures_are_told_newest_first(start, upstream):
    upstream.script = lambda _: error("AccessDeniedException")
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=2)
    for i in range(60):
        curl(f"{daemon.url}/models/todo/key{i}", "-H", f"X-Request-Id: request-{i}")
    curl(f"{daemon.url}/models/nonesuch/1")  # 404: nothing failed
    failures = status(daemon)["failures"]
    assert len(failures) == 50
    assert len({failure["request_id"] for failure in failures}) == 50
    times = [failure["time"] for failure in failures]
    assert times == sorted(times, reverse=True)
    assert failures[0]["app"] == "app" and failures[0]["model"] == "todo"
    assert failures[0]["status"] == 502 and failures[0]["type"] == "upstream-refused"
    assert "key59" not in str(failures)


def test_an_app_that_cannot_sign_is_told_with_its_reason(start, upstream):
    away = {"dynamodb": {"region": "eu-west-1", "host": upstream.url},
            "models": {"todo": apps.TASK}}
    daemon = start({"app": EMBEDDED, "away": away}, admin=ADMIN)
    found = wait_for(daemon, lambda found: "no credentials" in str(found))
    assert found["state"] == "not ready"
    assert found["apps"][1]["dynamodb"]["ready"] is False
    text = page(daemon).body.decode()
    assert "not ready" in text and "no credentials: looked at" in text


def test_the_history_has_a_point_every_ten_seconds(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=1)
    curl(f"{daemon.url}/models/todo/1")
    for _ in range(40):
        points = status(daemon)["history"]
        if points:
            break
        threading.Event().wait(0.5)
    assert points[0]["requests"] == 1 and points[0]["status_4xx"] == 1
    assert 9 < points[0]["seconds"] < 20


# --- the configuration ---

def test_the_configuration_is_shown_without_secrets(start, upstream):
    secrets = {"aws_access_key_id": "AKIDSECRET", "aws_secret_access_key": "KEYSECRET",
               "aws_session_token": "TOKENSECRET",
               "extra_headers": [{"name": "X-Team", "value": "HEADERSECRET"}]}
    own = {**apps.TASK, "dynamodb": {"aws_access_key_id": "OWNSECRET",
                                     "aws_secret_access_key": "OWNKEYSECRET"}}
    daemon = start({"app": {"token_secret": "0123456789SECRET",
                            "dynamodb": apps.connection(upstream.url, **secrets),
                            "models": {"todo": own}}}, admin=ADMIN, max_connections=77)
    curl(f"{daemon.url}/models/todo/1")
    shown = status(daemon)["configuration"]
    assert shown["dynamod"]["max_connections"] == 77
    assert shown["dynamod"]["request_timeout_seconds"] == 10
    app = shown["apps"]["app"]
    assert app["token_secret"] == "(secret)"
    assert app["dynamodb"]["aws_secret_access_key"] == "(secret)"
    assert app["dynamodb"]["extra_headers"] == [{"name": "X-Team", "value": "(secret)"}]
    assert app["dynamodb"]["host"] == upstream.url
    assert app["models"]["todo"]["allow"] == ["read"]
    for answer in (page(daemon).body.decode(), str(status(daemon))):
        assert "(secret)" in answer and "SECRET" not in answer


def test_every_setting_that_may_hold_a_secret_is_one(start, upstream):
    """Nothing that a file says of keys, tokens or passwords is shown, known or not."""
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN)

    def look(settings):
        for name, value in settings.items():
            if isinstance(value, dict):
                look(value)
            elif re.search("secret|token|password|access_key", name):
                assert value == "(secret)", name

    look(status(daemon)["configuration"])


# --- the page ---

class Page(html.parser.HTMLParser):
    """What it loads, runs and links; its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loads, self.links, self.handlers, self.text = set(), [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name == "href" and tag == "a":
                self.links.append(value)
            elif name in ("src", "href", "action", "data", "srcset"):
                self.loads.append((tag, value))
            elif name.startswith("on") or name == "style":
                self.handlers.append((tag, name))

    def handle_data(self, data):
        self.text += data


def test_the_page_is_one_file_that_loads_and_runs_nothing(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    response = page(daemon)
    found = Page(response.body.decode())
    assert not found.loads and not found.handlers and "script" not in found.tags
    assert found.links == ["metrics", "ready", "live", "status?refresh=5"]
    assert "url(" not in found.text and "@import" not in found.text
    policy = response.headers["content-security-policy"]
    (nonce,) = re.findall("style-src 'nonce-([0-9a-f]{32})'", policy)
    assert policy.startswith("default-src 'none'")
    assert f'<style nonce="{nonce}">' in response.body.decode()
    assert response.headers["cache-control"] == "no-store"
    assert nonce not in page(daemon).body.decode()


def test_it_asks_anew_only_when_told_to(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    assert b"http-equiv=refresh" not in page(daemon).body
    assert b"<meta http-equiv=refresh content=7>" in page(daemon, "?refresh=7").body
    for wrong in ("0", "x", "3601", ""):
        curl(f"{daemon.admin_url}/status?refresh={wrong}").assert_problem(400, "invalid-parameter")
    curl(f"{daemon.admin_url}/status?nonsense=1").assert_problem(400, "unknown-parameter")


def test_refresh_is_an_attribute_like_any_other_elsewhere(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    assert curl(f"{daemon.url}/models/todo?refresh=eq.5").status == 200


def test_what_it_is_follows_accept(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    for accept, kind in ((browser, "text/html"), ("*/*", "text/html"), ("text/*", "text/html"),
                         ("application/json", "application/json"),
                         ("application/json, text/html;q=0.5", "application/json")):
        headers = curl(f"{daemon.admin_url}/status", "-H", f"Accept: {accept}").headers
        assert headers["content-type"].startswith(kind), accept
    response = curl(f"{daemon.admin_url}/status", "-H", "Accept: image/png")
    response.assert_problem(406, "not-acceptable")


def test_names_are_text_whatever_they_hold(start):
    evil = "</pre><script>alert(1)</script>&\""
    daemon = start({"app": {"dynamodb": {"host": "sqlite::memory:"}, "models": {
        "todo": {**apps.TASK, "message": evil, "defaults": {"a": evil}}}}}, admin=ADMIN)
    text = page(daemon).body.decode()
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "script" not in Page(text).tags
    assert status(daemon)["configuration"]["apps"]["app"]["models"]["todo"]["message"] == evil


def test_it_reads_well_in_a_terminal(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    curl(f"{daemon.url}/models/todo/1")
    wait_for(daemon, lambda found: found["requests"]["last_hour"]["requests"] == 1)
    text = subprocess.run(["w3m", "-dump", "-cols", "110", f"{daemon.admin_url}/status"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    assert lines[0] == "dynamod 0.1.0"
    for title in ("Load", "Apps", "Models", "Recent failures", "Configuration in force"):
        assert title in lines
    assert "App Models State Provider Credentials Breaker" in lines
    assert "app all ready embedded needs none –" in lines
    (row,) = [line for line in lines if line.startswith("app todo todo ")]
    assert row.endswith(" 1 1 0")
    assert "request_timeout_seconds = 10;" in lines


def browse(folder, url, *options):
    """Chromium's standard output and error; its profile is the folder's."""
    return subprocess.run([*CHROMIUM, f"--user-data-dir={folder}/profile", *options, url],
                          capture_output=True, text=True, timeout=120)


def test_a_browser_draws_it_without_a_complaint(start, tmp_path):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    curl(f"{daemon.url}/models/todo/1")
    done = browse(tmp_path, f"{daemon.admin_url}/status", "--dump-dom", "--enable-logging=stderr",
                  "--virtual-time-budget=1000")
    assert done.returncode == 0, done.stderr
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    plots = re.findall(r"<svg.*?</svg>", done.stdout)
    assert len(plots) == 4  # three of all requests, one of the model
    for plot in plots:
        xml.dom.minidom.parseString(plot)
    assert done.stdout.count("<table") == 3  # no failures: no table of them


def test_it_fits_a_phone(start, tmp_path):
    """No page wider than its window: what is wide scrolls by itself. Measured by a page of ours
    around it, for it runs nothing itself."""
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    style = re.search("<style.*?</style>", page(daemon).body.decode(), re.S).group()
    body = page(daemon).body.decode().replace(style, re.sub(' nonce="[^"]*"', "", style))
    probe = ("<script>document.title = 'width ' + document.documentElement.scrollWidth + ' of ' "
             "+ document.documentElement.clientWidth</script>")
    (tmp_path / "page.html").write_text(body + probe)
    done = browse(tmp_path, f"file://{tmp_path}/page.html", "--dump-dom", "--window-size=500,900")
    width, window = re.search(r"<title>width (\d+) of (\d+)</title>", done.stdout).groups()
    assert int(width) <= int(window)


def test_many_readers_at_once(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, admin=ADMIN, threads=2)
    url = daemon.admin_url
    statuses = []

    def read():
        for accept in ("text/html", "application/json") * 4:
            statuses.append(curl(f"{url}/status", "-H", f"Accept: {accept}").status)
            curl(f"{daemon.url}/models/todo/1")

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert statuses == [200] * 48


# --- reloads ---

def test_a_reload_is_told(start, tmp_path):
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=1)
    before = status(daemon)
    assert before["reload"]["message"] is None and not before["reload"]["last_failed"]
    text = daemon.config.read_text()

    daemon.config.write_text(text + "nonsense = 1;\n")
    daemon.signal(signal.SIGHUP)
    failed = wait_for(daemon, lambda found: found["reload"]["failed"] == 1)
    assert failed["reload"]["last_failed"] and "nonsense" in failed["reload"]["message"]
    assert failed["configuration"] == before["configuration"]
    assert "A reload failed" in page(daemon).body.decode()

    daemon.config.write_text(text.replace("threads = 1", "threads = 2") + "max_connections = 5;\n")
    daemon.signal(signal.SIGHUP)
    found = wait_for(daemon, lambda found: found["reload"]["succeeded"] == 1)
    shown = found["configuration"]["dynamod"]
    assert shown["max_connections"] == 5
    assert shown["threads"] == 1, "what takes a restart is not in force"
    assert "threads" in found["reload"]["message"]


def test_bytes_of_a_name_that_are_no_text_are_told_as_in_the_log(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    with open(os.fsencode(daemon.config.parent / "apps.d") + b"/odd\xff\x1b.conf", "wb"):
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("not reloaded")
    found = wait_for(daemon, lambda found: found["reload"]["failed"] == 1)
    assert r"odd\xff\x1b.conf" in found["reload"]["message"]
    assert r"odd\xff\x1b.conf" in page(daemon).body.decode()
