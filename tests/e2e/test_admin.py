"""The admin's listener: /live, /ready and /metrics, read with Prometheus' own parser. /status
has test_status.py."""
import ctypes
import os
import pathlib
import socket
import subprocess
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

import apps
from client import curl
from upstream import error, item, reply
from waiting import WAIT_S, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADMIN = "127.0.0.1:0"
EMBEDDED = apps.embedded_app("sqlite::memory:")


def scrape(daemon):
    """Family name → Metric."""
    response = curl(f"{daemon.admin_url}/metrics")
    assert response.status == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(response.body.decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    return {family.name: family for family in families}


def value(families, name, **labels):
    """The value of the only sample of that name that has these labels; 0 without one."""
    family = name.removesuffix("_total").removesuffix("_count").removesuffix("_sum")
    found = [sample.value for sample in families[family].samples
             if sample.name == name and labels.items() <= sample.labels.items()]
    assert len(found) <= 1, found
    return found[0] if found else 0


def wait_for_value(daemon, expected, name, **labels):
    """A request is counted when its reply is sent: a moment after the client has it."""
    def actual():
        return value(scrape(daemon), name, **labels)
    wait_until(lambda: actual() == expected, lambda: f"{name} is {actual()}, not {expected}")


# --- what it serves ---

def test_it_serves_four_addresses_and_no_other(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    for path in ("/live", "/ready", "/metrics", "/status"):
        assert curl(daemon.admin_url + path).status == 200
        head = curl(daemon.admin_url + path, "-I")
        assert (head.status, head.body) == (200, b"")
        denied = curl(daemon.admin_url + path, "-X", "POST")
        denied.assert_problem(405, "method-not-allowed")
        assert denied.headers["allow"] == "GET, HEAD, OPTIONS"
        curl(daemon.url + path).assert_problem(404, "route-not-found")
    for path in ("/", "/models", "/apps", "/live/x"):
        assert curl(daemon.admin_url + path).status in (400, 404)


def test_whatever_is_accepted(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    for accept in ("text/plain", "text/html", "application/openmetrics-text;q=0.5"):
        assert curl(f"{daemon.admin_url}/metrics", "-H", f"Accept: {accept}").status == 200


def test_there_need_be_none(start):
    daemon = start({"app": EMBEDDED}, admin="")
    daemon.stop()
    assert "admin on" not in daemon.log


def test_a_unix_socket(start, tmp_path):
    path = tmp_path / "admin.sock"
    daemon = start({"app": EMBEDDED}, admin=f"unix:{path}")
    assert daemon.admin_url == f"unix:{path}"
    assert curl("http://localhost/live", "--unix-socket", str(path)).status == 200
    daemon.stop()
    assert not path.exists()


def test_an_address_in_use_stops_the_start(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        daemon = start({"app": EMBEDDED}, ready=False, admin=address)
        assert daemon.wait() == 1
        assert address in daemon.log
        daemon.assert_ended_well(1)


# --- readiness ---

def test_an_embedded_app_needs_no_credentials(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, admin=ADMIN, threads=2)
    ready = curl(f"{daemon.admin_url}/ready")
    assert (ready.status, ready.json) == (200, {"ready": True, "reasons": []})


def test_configured_keys_are_ready_before_the_first_request(start, upstream):
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=2)
    assert curl(f"{daemon.admin_url}/ready").json == {"ready": True, "reasons": []}
    assert not upstream.requests


def without_keys(url):
    settings = apps.connection(url)
    return {name: settings[name] for name in settings if not name.startswith("aws_")}


NO_INSTANCE = {"AWS_EC2_METADATA_DISABLED": "true"}


def ask_until(daemon, wanted):
    """/ready's first answer that is wanted(answer): what it tells of may be under way."""
    def answer():
        said = curl(f"{daemon.admin_url}/ready")
        return said if wanted(said) else None
    return wait_until(answer, lambda: f"/ready says {curl(f'{daemon.admin_url}/ready')}")


def test_an_app_without_credentials_is_told(start, each_binary, upstream):
    daemon = start({"good": apps.todo_app(upstream.url),
                    "bad": {"dynamodb": without_keys(upstream.url),
                            "models": {"todo": apps.TASK}}},
                   use=each_binary, admin=ADMIN, threads=2, environment=NO_INSTANCE)
    assert curl(f"{daemon.admin_url}/ready").status == 503
    answer = ask_until(daemon, lambda answer: b"being loaded" not in answer.body)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json["ready"] is False
    (reason,) = answer.json["reasons"]
    assert reason["app"] == "bad" and "model" not in reason
    assert reason["reason"].startswith("no credentials")
    assert curl(f"{daemon.admin_url}/live").status == 200
    families = scrape(daemon)
    assert value(families, "dynamod_credentials_ready", app="good") == 1
    assert value(families, "dynamod_credentials_ready", app="bad") == 0


def test_a_model_with_settings_of_its_own_is_told_by_name(start, upstream):
    own = {**apps.TASK, "dynamodb": {"aws_access_key_id": "AKID", "aws_secret_access_key": "s"}}
    daemon = start({"app": {"dynamodb": without_keys(upstream.url),
                            "models": {"special": own, "todo": apps.TASK}}},
                   admin=ADMIN, threads=1, environment=NO_INSTANCE)
    families = scrape(daemon)
    assert value(families, "dynamod_credentials_ready", app="app", model="") == 0
    assert value(families, "dynamod_credentials_ready", app="app", model="special") == 1


def test_it_becomes_ready_when_credentials_appear(start, upstream, tmp_path):
    path = tmp_path / "credentials"
    daemon = start({"app": {"dynamodb": without_keys(upstream.url),
                            "models": {"todo": apps.TASK}}}, admin=ADMIN,
                   environment={**NO_INSTANCE, "AWS_SHARED_CREDENTIALS_FILE": str(path)})
    assert curl(f"{daemon.admin_url}/ready").status == 503
    path.write_text(f"[default]\naws_access_key_id = {apps.KEY}\n"
                    f"aws_secret_access_key = {apps.SECRET}\n")
    answer = ask_until(daemon, lambda answer: answer.status == 200)
    assert answer.json == {"ready": True, "reasons": []}


def test_no_secret_is_shown(start, upstream):
    upstream.script = lambda _: error("UnrecognizedClientException")
    daemon = start({"app": apps.todo_app(upstream.url, aws_session_token="SESSION-TOKEN")},
                   admin=ADMIN)
    curl(f"{daemon.url}/models/todo/1")
    for path in ("/live", "/ready", "/metrics", "/status"):
        body = curl(daemon.admin_url + path).body.decode()
        for secret in (apps.KEY, apps.SECRET, "SESSION-TOKEN"):
            assert secret not in body


@pytest.fixture
def gated(upstream):
    """An upstream that answers once the event is set; the event."""
    gate = threading.Event()

    def script(_):
        gate.wait(WAIT_S)
        return item(id={"S": "1"})

    upstream.script = script
    try:
        yield gate
    finally:
        gate.set()


def ask(daemon):
    connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=WAIT_S)
    connection.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection


def test_it_is_not_ready_while_it_drains(start, each_binary, upstream, gated):
    daemon = start({"app": apps.todo_app(upstream.url)}, use=each_binary, admin=ADMIN, threads=2)
    assert curl(f"{daemon.admin_url}/ready").status == 200
    with ask(daemon):
        upstream.wait_for_requests(1)
        daemon.signal()
        daemon.wait_for_log("draining")
        answer = ask_until(daemon, lambda answer: answer.status == 503)
        assert answer.json == {"ready": False, "reasons": [{"reason": "draining"}]}
        assert curl(f"{daemon.admin_url}/live").status == 200
        assert value(scrape(daemon), "dynamod_requests_in_flight") == 1
        gated.set()
        daemon.assert_ended_well()


def test_it_ends_while_an_operator_is_connected(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, admin=ADMIN, threads=2)
    port = int(daemon.admin_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        daemon.signal()
        daemon.assert_ended_well()


# --- a thread that hangs ---

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


def ptrace(request, thread):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(request, thread, None, None) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def shard_threads(process):
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        if (task / "comm").read_text() == "shard\n":
            yield int(task.name)


def test_a_thread_that_hangs_is_told(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=2)
    assert curl(f"{daemon.admin_url}/live").json == {"live": True, "reasons": []}
    thread = min(shard_threads(daemon.process))
    try:
        ptrace(PTRACE_SEIZE, thread)
    except PermissionError:
        pytest.skip("no thread may be stopped here")
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, 0x40000000)  # __WALL
    answer = curl(f"{daemon.admin_url}/live")
    assert answer.status == 503
    assert answer.json == {"live": False,
                           "reasons": [{"reason": "1 of 2 threads do not answer"}]}
    assert value(scrape(daemon), "dynamod_silent_threads") == 1
    ptrace(PTRACE_DETACH, thread)
    assert curl(f"{daemon.admin_url}/live").status == 200


# --- metrics ---

def test_requests_are_counted_by_what_was_asked(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, admin=ADMIN, threads=2)
    expected = {
        ("app", "todo", "/models/{model}/{hash}", "GET", "4xx"): 3,
        ("app", "", "/models/{model}/{hash}", "GET", "4xx"): 1,
        ("app", "", "/models", "GET", "2xx"): 2,
        ("", "", "/apps", "GET", "2xx"): 1,
        ("", "", "/apps", "HEAD", "2xx"): 1,
        ("", "", "", "GET", "4xx"): 2,
        ("", "", "", "PUT", "4xx"): 1,
        ("", "", "", "other", "4xx"): 1,
    }
    for path in ("/models/todo/1", "/models/todo/2", "/apps/app/models/todo/2",
                 "/models/nonesuch/1", "/models", "/models", "/apps", "/nope", "/nope2"):
        curl(daemon.url + path)
    curl(daemon.url + "/apps", "-I")
    curl(daemon.url + "/apps", "-X", "PUT")
    curl(daemon.url + "/apps", "-X", "BREW")
    wait_for_value(daemon, 1, "dynamod_requests_total", method="other")
    families = scrape(daemon)
    names = ("app", "model", "route", "method", "status")
    actual = {tuple(sample.labels[name] for name in names): sample.value
              for sample in families["dynamod_requests"].samples}
    assert actual == expected
    assert value(families, "dynamod_requests_uncounted_total") == 0
    assert value(families, "dynamod_request_duration_seconds_count", app="app",
                 route="/models/{model}/{hash}") == 4
    assert value(families, "dynamod_connections_accepted_total") == 12


def test_no_request_makes_a_label(start):
    """Whatever is asked for, the number of samples has a bound."""
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=1)
    before = curl(f"{daemon.admin_url}/metrics").body.count(b"\n")
    for i in range(50):
        curl(f"{daemon.url}/models/model{i}/{i}", "-X", f"METHOD{i}")
        curl(f"{daemon.url}/apps/app{i}/models/todo/{i}")
    wait_for_value(daemon, 50, "dynamod_requests_total", method="other")
    assert curl(f"{daemon.admin_url}/metrics").body.count(b"\n") < before + 50


def test_a_client_that_left_within_its_request_is_counted_apart(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=1)
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(b"GET /models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        wait_for_value(daemon, 1, "dynamod_requests_in_flight")
    wait_for_value(daemon, 1, "dynamod_requests_total", status="none")
    assert value(scrape(daemon), "dynamod_requests_in_flight") == 0


def test_what_is_under_way_is_counted(start, upstream, gated):
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=1)
    with ask(daemon) as connection:
        upstream.wait_for_requests(1)
        families = scrape(daemon)
        assert value(families, "dynamod_requests_in_flight") == 1
        assert value(families, "dynamod_connections") == 1
        assert value(families, "dynamod_upstream_in_flight", app="app") == 1
        gated.set()
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    wait_for_value(daemon, 0, "dynamod_requests_in_flight")
    assert value(scrape(daemon), "dynamod_upstream_in_flight", app="app") == 0


def test_durations_are_those_that_clients_see(start, upstream):
    pause = threading.Event()
    upstream.script = lambda _: pause.wait(0.3) or item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=1)
    curl(f"{daemon.url}/models/todo/1")
    wait_for_value(daemon, 1, "dynamod_requests_total")
    families = scrape(daemon)
    for name in ("dynamod_request_duration_seconds", "dynamod_upstream_duration_seconds"):
        assert value(families, f"{name}_count", app="app") == 1
        assert 0.3 <= value(families, f"{name}_sum", app="app") < WAIT_S
        at_most = {sample.labels["le"]: sample.value for sample in families[name].samples
                   if sample.name == f"{name}_bucket"}
        assert at_most["0.25"] == 0 and at_most["+Inf"] == 1


def test_what_dynamodb_answers_is_counted(start, upstream):
    replies = [error("ProvisionedThroughputExceededException"), error("InternalServerError", 500),
               item(id={"S": "1"})]
    upstream.script = lambda _: replies.pop(0)
    daemon = start({"app": apps.todo_app(upstream.url, max_retry_attempts=3)}, admin=ADMIN,
                   threads=1)
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    families = scrape(daemon)
    assert value(families, "dynamod_upstream_attempts_total", app="app") == 3
    assert value(families, "dynamod_upstream_retries_total", reason="throttled") == 1
    assert value(families, "dynamod_upstream_retries_total", reason="server") == 1
    assert value(families, "dynamod_upstream_throttles_total",
                 type="ProvisionedThroughputExceededException") == 1
    assert value(families, "dynamod_upstream_breakers", state="closed") == 1
    assert value(families, "dynamod_upstream_breakers", state="open") == 0
    loads = [sample.value for sample in families["dynamod_credential_loads"].samples]
    assert sum(loads) == 1


def charged(units, table="todo"):
    return {"TableName": table, "CapacityUnits": units}


def test_capacity_is_counted_by_table(start, upstream):
    replies = [reply({"Item": {"id": {"S": "1"}}, "ConsumedCapacity": charged(0.5)}),
               reply({"Responses": {"todo": []}, "UnprocessedKeys": {},
                      "ConsumedCapacity": [charged(2), charged(1, "other")]}),
               reply({"ConsumedCapacity": charged(1.5)})]
    upstream.script = lambda _: replies.pop(0)
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=1)
    curl(f"{daemon.url}/models/todo/1")
    curl(f"{daemon.url}/models/todo:batchGet", "-H", "Content-Type: application/json",
         "-d", '{"keys":[{"id":"1"}]}')
    curl(f"{daemon.url}/models/todo/1")
    families = scrape(daemon)
    capacity = "dynamod_consumed_capacity_units_total"
    assert value(families, capacity, app="app", table="todo") == 4
    assert value(families, capacity, app="app", table="other") == 1


def test_the_log_and_the_configuration_are_told(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    families = scrape(daemon)
    assert value(families, "dynamod_log_lines_total", outcome="written") > 0
    assert value(families, "dynamod_log_lines_total", outcome="dropped") == 0
    assert value(families, "dynamod_config_last_reload_successful") == 1
    assert value(families, "dynamod_config_reloads_total", outcome="failed") == 0
    loaded = value(families, "dynamod_config_last_reload_success_timestamp_seconds")
    assert abs(loaded - value(families, "process_start_time_seconds")) < WAIT_S


def test_figures_never_go_back_while_threads_come_and_go_from_a_drain(start, upstream, gated):
    daemon = start({"app": apps.todo_app(upstream.url)}, admin=ADMIN, threads=4)
    for _ in range(20):
        curl(f"{daemon.url}/apps")
    wait_for_value(daemon, 20, "dynamod_requests_total", route="/apps")
    with ask(daemon):
        upstream.wait_for_requests(1)
        daemon.signal()
        daemon.wait_for_log("draining")
        for _ in range(20):
            assert value(scrape(daemon), "dynamod_requests_total", route="/apps") == 20


def test_figures_of_the_process(start):
    daemon = start({"app": EMBEDDED}, admin=ADMIN, threads=3)
    families = scrape(daemon)
    status = pathlib.Path(f"/proc/{daemon.process.pid}")
    resident = int((status / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    started = (status / "stat").stat().st_ctime
    assert value(families, "dynamod_threads") == 3
    assert value(families, "dynamod_silent_threads") == 0
    assert value(families, "dynamod_build_info", version="0.1.0") == 1
    assert abs(value(families, "process_resident_memory_bytes") - resident) < resident
    assert abs(value(families, "process_start_time_seconds") - started) < WAIT_S
    assert 10 < value(families, "process_open_fds") <= len(list((status / "fd").iterdir())) + 5
    assert value(families, "process_max_fds") > 0
    assert value(families, "process_cpu_seconds_total") > 0


def test_many_scrapes_at_once(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, admin=ADMIN, threads=2)
    url = daemon.admin_url
    statuses = []

    def read():
        for path in ("/metrics", "/ready", "/live") * 5:
            statuses.append(curl(url + path).status)
            curl(f"{daemon.url}/models/todo/1")

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert statuses == [200] * (8 * 15)


def test_every_metric_is_documented(binary, start):
    table = subprocess.run([binary, "-M"], capture_output=True, text=True, check=True).stdout
    assert (ROOT / "daemon/METRICS.md").read_text().endswith("\n\n" + table)
    daemon = start({"app": EMBEDDED}, admin=ADMIN)
    for family in scrape(daemon).values():
        suffix = "_total" if family.type == "counter" else ""
        assert f"| `{family.name}{suffix}` | {family.type} | " in table
        assert family.documentation in table
