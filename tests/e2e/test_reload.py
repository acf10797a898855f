"""SIGHUP: apps are added, removed and changed while clients go on, and not one request fails;
what is wrong changes nothing, and says why."""
import http.client
import itertools
import json
import os
import resource
import shutil
import signal
import threading

import pytest

import apps
from aws_servers import Authority
from client import Connection, curl
from daemon import settings
from test_admin import ADMIN, EMBEDDED, scrape, value
from upstream import Upstream, error, item
from waiting import WAIT_S, wait_until

CLIENTS = 6


class Reloads:
    """Writes a daemon's files anew and has it read them."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.folder = daemon.config.parent
        self.apps = self.folder / "apps.d"

    def put(self, name, app):
        """As careful people do it: a whole file takes the place of another."""
        text = app if isinstance(app, str) else settings(app) + "\n"
        other = self.folder / "new.conf"
        other.write_text(text)
        other.rename(self.apps / f"{name}.conf")

    def remove(self, name):
        (self.apps / f"{name}.conf").unlink()

    def options(self, **options):
        self.daemon.config.write_text(
            settings({"apps": "apps.d", "admin": "", "listen": self.daemon.listen, **options}))

    def _go(self, ending):
        count = sum(1 for line in self.daemon.lines if ending in line)
        self.daemon.signal(signal.SIGHUP)
        self.daemon.wait_for_log(ending, count + 1)

    def reload(self):
        self._go("reloaded: ")
        assert curl(f"{self.daemon.url}/apps").status == 200

    def refuse(self):
        self._go("not reloaded")
        return next(line for line in reversed(self.daemon.lines) if "not reloaded" in line)


@pytest.fixture
def items(upstream):
    """The upstream has an item of every key."""
    upstream.script = lambda request: item(id=request.json["Key"]["id"])
    return upstream


def one_app(url, text, **connection):
    """Its 404 text tells which configuration answers."""
    app = apps.todo_app(url, **connection)
    app["models"] = {"todo": {**apps.TASK, "message": text}}
    return app


def names(daemon):
    return [app["name"] for app in curl(f"{daemon.url}/apps").json]


# --- under load


class Load:
    """Clients that keep their connections and ask for an item again and again."""

    def __init__(self, port, paths):
        self.port, self.paths = port, paths
        self.wrong, self.count = [], 0
        self._lock, self._end = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,))
                         for number in range(CLIENTS)]

    def _ask(self, number):
        path = self.paths[number % len(self.paths)]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        connection.connect()
        connection.auto_open = False  # a connection that is closed is a failure
        try:
            for turn in range(10**9):
                if self._end.is_set():
                    break
                key = f"{number}-{turn}"
                connection.request("GET", f"{path}/{key}")
                response = connection.getresponse()
                body = response.read()
                good = response.status == 200 and json.loads(body) == {"id": key}
                with self._lock:
                    self.count += 1
                    if not good:
                        self.wrong.append((path, response.status, body))
        except (OSError, http.client.HTTPException) as error:
            with self._lock:
                self.wrong.append((path, repr(error)))
        finally:
            connection.close()

    def wait_for_more(self, count=CLIENTS * 10):
        """Until so many more are answered."""
        wanted = self.count + count
        wait_until(lambda: self.count >= wanted or self.wrong)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


def test_apps_come_go_and_change_while_clients_go_on(start, each_binary, items, other_upstream):
    other_upstream.script = items.script
    stays = one_app(items.url, "stays")
    daemon = start({"stays": {"default": True, **stays}, "changes": one_app(items.url, "0")},
                   use=each_binary, threads=3)
    reloads = Reloads(daemon)
    with Load(daemon.port, ["/models/todo", "/apps/stays/models/todo",
                            "/apps/changes/models/todo"]) as load:
        for turn in range(1, 9):
            load.wait_for_more()
            url = (items, other_upstream)[turn % 2].url
            reloads.put("changes", one_app(url, str(turn)))
            if turn % 2:
                reloads.put("comes", one_app(url, "comes"))
            else:
                reloads.remove("comes")
            reloads.reload()
            expected = ["changes"] + ["comes"] * (turn % 2) + ["stays"]
            assert names(daemon) == expected
        load.wait_for_more()
    assert not load.wrong, load.wrong[:3]


def test_what_is_under_way_ends_by_the_configuration_that_it_began_with(start, each_binary,
                                                                        upstream):
    gate = threading.Event()

    def script(request):
        gate.wait(WAIT_S)
        return item()

    upstream.script = script
    daemon = start({"app": one_app(upstream.url, "old"), "gone": one_app(upstream.url, "gone")},
                   use=each_binary, threads=2)
    reloads = Reloads(daemon)
    answers = []

    def ask(path):
        answers.append(curl(f"{daemon.url}{path}").json["detail"])

    paths = ["/apps/app/models/todo/1"] * 4 + ["/apps/gone/models/todo/1"] * 4
    askers = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for asker in askers:
        asker.start()
    upstream.wait_for_requests(8)
    reloads.put("app", one_app(upstream.url, "new"))
    reloads.remove("gone")
    reloads.reload()
    reloads.reload()
    assert curl(f"{daemon.url}/apps/gone/models/todo/1").status == 404
    gate.set()
    for asker in askers:
        asker.join()
    assert sorted(answers) == ["gone"] * 4 + ["old"] * 4
    assert curl(f"{daemon.url}/models/todo/1").json["detail"] == "new"


def test_an_end_while_the_old_is_in_use(start, each_binary, upstream):
    gate = threading.Event()
    upstream.script = lambda _: gate.wait(WAIT_S) and item(id={"S": "1"})
    daemon = start({"app": one_app(upstream.url, "old")}, use=each_binary, threads=2)
    reloads = Reloads(daemon)
    connection = Connection(daemon.port)
    connection.http.request("GET", "/models/todo/1")
    upstream.wait_for_requests(1)
    reloads.put("app", one_app(upstream.url, "new"))
    reloads.reload()
    daemon.signal()
    daemon.wait_for_log("draining")
    gate.set()
    assert connection.http.getresponse().status == 200
    daemon.assert_ended_well()


# --- what is kept


def test_an_app_that_is_not_changed_keeps_its_connections(start, items):
    daemon = start({"app": one_app(items.url, "same")}, threads=1)
    reloads = Reloads(daemon)
    for turn in range(3):
        assert curl(f"{daemon.url}/apps/app/models/todo/{turn}").status == 200
        reloads.put("app", one_app(items.url, "same"))
        reloads.put("other", one_app(items.url, str(turn)))
        reloads.reload()
    assert {request.connection for request in items.requests} == {0}
    reloads.put("app", one_app(items.url, "another"))
    reloads.reload()
    assert curl(f"{daemon.url}/apps/app/models/todo/9").status == 200
    assert items.requests[-1].connection == 1


def test_what_an_app_includes_is_of_it(start, items, tmp_path):
    part = tmp_path / "part.conf"
    part.write_text('message = "old";')
    app = settings(apps.todo_app(items.url)).replace("todo = {", f'todo = {{\n@include "{part}"\n')
    items.script = lambda _: item()
    daemon = start({"app": app})
    reloads = Reloads(daemon)
    assert curl(f"{daemon.url}/models/todo/1").json["detail"] == "old"
    part.write_text('message = "new";')
    reloads.reload()
    assert curl(f"{daemon.url}/models/todo/1").json["detail"] == "new"


def test_memory_keeps_its_items(start, each_binary):
    daemon = start({"app": apps.embedded_app("sqlite::memory:", allow=["read", "write"])},
                   use=each_binary, threads=2)
    reloads = Reloads(daemon)
    for turn in range(4):
        stored = curl(f"{daemon.url}/models/todo/{turn}", "-X", "PUT", "-H",
                      "Content-Type: application/json", "-d", "{}")
        assert stored.status == 201
        app = apps.embedded_app("sqlite::memory:", allow=["read", "write"], message=str(turn))
        app["models"][f"more{turn}"] = apps.TASK
        reloads.put("app", app)
        reloads.reload()
        assert curl(f"{daemon.url}/models/todo/no").json["detail"] == str(turn)
        assert curl(f"{daemon.url}/models/more{turn}").json == []
        assert len(curl(f"{daemon.url}/models/todo").json) == turn + 1


def test_memory_of_an_app_that_was_gone_is_gone(start):
    app = apps.embedded_app("sqlite::memory:", allow=["read", "write"])
    daemon = start({"app": app, "other": EMBEDDED})
    reloads = Reloads(daemon)
    url = f"{daemon.url}/apps/app/models/todo"
    assert curl(f"{url}/1", "-X", "PUT", "-H", "Content-Type: application/json",
                "-d", "{}").status == 201
    reloads.remove("app")
    reloads.reload()
    reloads.put("app", app)
    reloads.reload()
    assert curl(url).json == []


def test_the_file_of_an_app_that_goes_is_closed(start, each_binary, tmp_path):
    def is_open():
        folder = f"/proc/{daemon.process.pid}/fd"
        return any(os.path.realpath(f"{folder}/{fd}") == f"{tmp_path}/kept.db"
                   for fd in os.listdir(folder))

    daemon = start({"goes": apps.embedded_app(f"sqlite:{tmp_path}/kept.db"), "stays": EMBEDDED},
                   use=each_binary, threads=2)
    assert is_open()
    reloads = Reloads(daemon)
    reloads.remove("goes")
    reloads.reload()
    wait_until(lambda: not is_open())  # each thread frees it in its next turn


def test_a_seed_fills_the_table_that_a_reload_adds(start, tmp_path):
    (tmp_path / "seed.jsonl").write_text('{"id": "1"}\n')
    daemon = start({"app": EMBEDDED})
    reloads = Reloads(daemon)
    app = apps.embedded_app("sqlite::memory:")
    app["models"]["more"] = {**apps.TASK, "seed": str(tmp_path / "seed.jsonl")}
    reloads.put("app", app)
    reloads.reload()
    assert curl(f"{daemon.url}/models/more").json == [{"id": "1"}]


def test_counters_go_on(start, items):
    daemon = start({"app": one_app(items.url, "0"), "gone": one_app(items.url, "0")},
                   admin=ADMIN, threads=2)
    reloads = Reloads(daemon)
    for turn in range(1, 4):
        for name in ("app", "gone")[:1 + (turn == 1)]:
            assert curl(f"{daemon.url}/apps/{name}/models/todo/1").status == 200
        reloads.put("app", one_app(items.url, str(turn)))
        if turn == 1:
            reloads.remove("gone")
        reloads.options(admin=ADMIN, threads=2)
        reloads.reload()
    families = scrape(daemon)
    for name, count in (("app", 3), ("gone", 1)):
        assert value(families, "dynamod_requests_total", app=name, model="todo",
                     status="2xx", method="GET") == count


# --- what is wrong changes nothing


@pytest.mark.parametrize("spoil, words", [
    (lambda reloads: reloads.put("app", "models = {"), ["app.conf:1: syntax error"]),
    (lambda reloads: reloads.put("app", 'dynamodb = { region = "x"; };'
                                        'models = { todo = { hash_kee = "id"; }; };'),
     ["app.conf:1: hash_kee: ", "expected"]),
    (lambda reloads: reloads.options(threads="many"), ["dynamod.conf:1: threads: expected"]),
    (lambda reloads: reloads.options(apps="nowhere"), ["nowhere: cannot be read"]),
    (lambda reloads: shutil.rmtree(reloads.apps), ["apps.d: cannot be read"]),
    (lambda reloads: reloads.daemon.config.unlink(), ["dynamod.conf: cannot be read"]),
    (lambda reloads: reloads.put("two", {"default": True, **EMBEDDED}) or
     reloads.put("app", {"default": True, **EMBEDDED}), ["two.conf: default: expected"]),
    (lambda reloads: reloads.put("more", apps.embedded_app("sqlite:/nowhere/x.db")),
     ["sqlite:/nowhere/x.db: "]),
    (lambda reloads: reloads.put("store", {"dynamodb": {"host": "sqlite::memory:"},
                                           "models": {"todo": {"hash_key": "other",
                                                               "attributes": {"other": "S"}}}}),
     ['app "store": model "todo": its table is there already']),
], ids=["syntax", "setting", "daemon", "no-folder", "no-apps", "no-file", "defaults", "embedded",
        "keys"])
def test_what_is_wrong_changes_nothing(start, items, spoil, words):
    daemon = start({"app": {"default": True, **one_app(items.url, "old")}, "store": EMBEDDED})
    reloads = Reloads(daemon)
    saved = daemon.config.read_text()
    shutil.copytree(reloads.apps, reloads.folder / "saved")
    reloads.put("new", EMBEDDED)
    spoil(reloads)
    line = reloads.refuse()
    for word in words:
        assert word in line, line
    assert names(daemon) == ["app", "store"]
    assert curl(f"{daemon.url}/models/todo/1").status == 200

    shutil.rmtree(reloads.apps, ignore_errors=True)
    (reloads.folder / "saved").rename(reloads.apps)
    daemon.config.write_text(saved)
    reloads.put("new", EMBEDDED)
    reloads.reload()
    assert names(daemon) == ["app", "new", "store"]
    assert {request.connection for request in items.requests} == {0}


def first_free(daemon, count):
    """The first number past so many descriptors that are free."""
    taken = {int(fd) for fd in os.listdir(f"/proc/{daemon.process.pid}/fd")}
    free = (fd for fd in itertools.count() if fd not in taken)
    return next(itertools.islice(free, count, None))


def test_what_one_thread_cannot_make_ready_no_thread_takes(start, each_binary):
    """Descriptors run out at every place of a reload, those of the threads included."""
    daemon = start({"app": EMBEDDED}, use=each_binary, threads=4)
    reloads = Reloads(daemon)
    most = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
    open_before, refusals = open_files(daemon), []
    for count in range(1, 15):
        reloads.put("more", apps.embedded_app(f"sqlite:{count}.db"))
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE,
                         (first_free(daemon, count), most[1]))
        refusals.append(reloads.refuse())
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, most)
        assert names(daemon) == ["app"]
    assert open_files(daemon) <= open_before + 1  # a client's connection
    assert sum('app "more": ' in line for line in refusals) > 8, refusals
    reloads.reload()
    assert names(daemon) == ["app", "more"]


# --- the daemon's own settings


def test_timeouts_of_requests_change(start, upstream):
    gate = threading.Event()
    upstream.script = lambda _: gate.wait(WAIT_S) and item()
    daemon = start({"app": apps.todo_app(upstream.url, read_timeout_seconds=300.0)},
                   request_timeout_seconds=600)
    reloads = Reloads(daemon)
    reloads.options(request_timeout_seconds=0.2)
    reloads.reload()
    curl(f"{daemon.url}/models/todo/1").assert_problem(504, "timeout")
    gate.set()


def test_idle_connections_end_by_the_new_setting(start, each_binary):
    daemon = start({"app": EMBEDDED}, use=each_binary, threads=1, idle_timeout_seconds=600)
    reloads = Reloads(daemon)
    asked, silent = Connection(daemon.port), Connection(daemon.port)
    assert asked.get("/apps").status == 200
    silent.http.connect()
    reloads.options(threads=1, idle_timeout_seconds=1)
    reloads.reload()
    later, silent_later = Connection(daemon.port), Connection(daemon.port)
    assert later.get("/apps").status == 200
    silent_later.http.connect()
    for connection in (asked, silent, later, silent_later):
        connection.http.sock.settimeout(WAIT_S)
        assert connection.http.sock.recv(1) == b""


def test_the_number_of_connections_changes(start):
    daemon = start({"app": EMBEDDED}, threads=1, max_connections=1)
    reloads = Reloads(daemon)
    first, second = Connection(daemon.port), Connection(daemon.port)
    assert first.get("/apps").status == 200
    second.http.request("GET", "/apps")
    daemon.wait_for_log("max_connections is reached")
    reloads.options(threads=1, max_connections=50)
    daemon.signal(signal.SIGHUP)
    assert second.http.getresponse().status == 200


def test_what_takes_a_restart_stays_and_is_told(start):
    daemon = start({"app": EMBEDDED}, threads=1, admin=ADMIN)
    reloads = Reloads(daemon)
    reloads.options(listen=["127.0.0.1:1"], threads=2, admin="127.0.0.1:2")
    reloads.reload()
    reloads.reload()
    warnings = [line for line in daemon.lines if "takes a restart" in line]
    assert len(warnings) == 2 and "listen, admin, threads: " in warnings[0]
    assert value(scrape(daemon), "dynamod_threads") == 1
    reloads.options(threads=1, admin=ADMIN)
    reloads.reload()
    assert len([line for line in daemon.lines if "takes a restart" in line]) == 2


# --- certificates


def test_authorities_are_read_again(start, each_binary, authority, serving, tmp_path):
    """The app's file stays what it is: the bundle that it names is another."""
    server = serving(Upstream(lambda request: item(id=request.json["Key"]["id"]),
                              tls=authority.server_context()))
    folder = tmp_path / "stranger"
    folder.mkdir()
    stranger, bundle = Authority(folder), tmp_path / "bundle.pem"
    shutil.copy(stranger.file, bundle)
    daemon = start({"app": one_app(server.url, "same", ca_bundle=str(bundle))},
                   use=each_binary, threads=1)
    reloads = Reloads(daemon)
    assert curl(f"{daemon.url}/models/todo/1").status == 502
    for trusted, status in ((authority, 200), (stranger, 502)):  # not even a kept connection
        shutil.copy(trusted.file, bundle)
        reloads.reload()
        assert curl(f"{daemon.url}/models/todo/1").status == status


# --- many


def open_files(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def test_many_in_a_row_leave_nothing_behind(start, each_binary, items):
    daemon = start({"app": one_app(items.url, "0"), "store": EMBEDDED}, use=each_binary,
                   threads=2)
    reloads = Reloads(daemon)
    counts = []
    for turn in range(40):
        reloads.put("app", one_app(items.url, str(turn)))
        reloads.put("store", apps.embedded_app("sqlite::memory:", message=str(turn)))
        reloads.reload()
        assert curl(f"{daemon.url}/apps/app/models/todo/{turn}").status == 200
        counts.append(open_files(daemon))
    assert max(counts[20:]) <= max(counts[:20]) + 4, counts


def test_signals_that_come_too_fast_are_one(start, each_binary, items):
    daemon = start({"app": one_app(items.url, "0")}, use=each_binary, threads=4)
    reloads = Reloads(daemon)
    with Load(daemon.port, ["/models/todo"]) as load:
        for turn in range(1, 31):
            reloads.put("app", one_app(items.url, str(turn)))
            daemon.signal(signal.SIGHUP)
        load.wait_for_more()
    assert not load.wrong, load.wrong[:3]
    reloads.reload()


def test_an_end_while_it_is_read(start, each_binary, items):
    daemon = start({"app": one_app(items.url, "0")}, use=each_binary, threads=4)
    Reloads(daemon).put("app", one_app(items.url, "1"))
    daemon.signal(signal.SIGHUP)
    daemon.signal(signal.SIGTERM)
    daemon.assert_ended_well()


def test_clients_are_served_while_tables_are_made(start, each_binary, upstream):
    gate = threading.Event()

    def script(request):
        if request.operation == "GetItem":
            return item(id=request.json["Key"]["id"])
        gate.wait(WAIT_S)
        return error("InternalServerError", 500)

    upstream.script = script
    daemon = start({"app": one_app(upstream.url, "old")}, use=each_binary, threads=2)
    reloads = Reloads(daemon)
    app = one_app(upstream.url, "new")
    app["models"]["todo"]["create_table"] = True
    reloads.put("app", app)
    daemon.signal(signal.SIGHUP)
    upstream.wait_for_requests(1)
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    gate.set()
    daemon.wait_for_log("reloaded: ")
    daemon.wait_for_log("tables are not made")


def test_an_end_while_tables_are_made(start, each_binary, upstream):
    gate = threading.Event()
    upstream.script = lambda _: gate.wait(WAIT_S) and error("InternalServerError", 500)
    daemon = start({"app": EMBEDDED}, use=each_binary, threads=2)
    for name in ("one", "two"):
        app = one_app(upstream.url, "new")
        app["models"]["todo"]["create_table"] = True
        Reloads(daemon).put(name, app)
    daemon.signal(signal.SIGHUP)
    upstream.wait_for_requests(1)
    daemon.signal()
    daemon.wait_for_log("draining")
    gate.set()
    daemon.assert_ended_well()
    assert "reloaded" not in daemon.log
    assert len(upstream.requests) == 1
