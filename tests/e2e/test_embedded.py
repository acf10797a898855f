"""The embedded store as an app's: its file, its neighbours, and what stops the start."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import pytest

import apps
from client import curl
from daemon import Daemon, write_config
from test_command_line import run
from test_seed import get, run_to_its_end
from upstream import item

ORDERS = {"hash_key": "customer", "range_key": "at",
          "attributes": {"customer": "S", "at": "N", "status": "S"}}
BY_STATUS = {"by_status": {"hash_key": "status", "range_key": "at"}}


def seeded(path, *items):
    path.write_text("".join(json.dumps(one) + "\n" for one in items))
    return str(path)


@pytest.fixture
def kept(tmp_path):
    """An app in the file todo.db, with one item."""
    seed = seeded(tmp_path / "todo.jsonl", {"id": "1", "n": 7})
    return apps.embedded_app(f"sqlite:{tmp_path}/todo.db", seed=seed)


@pytest.fixture
def database(start, kept, tmp_path):
    """That file, made and left."""
    start({"app": kept}).stop()
    return tmp_path / "todo.db"


# --- its life


def test_the_check_makes_no_file(binary, kept, tmp_path):
    config = write_config(tmp_path / "checked", {"app": kept})
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "todo.db").exists()


def test_items_outlive_the_daemon(start, kept, database):
    del kept["models"]["todo"]["seed"]
    assert get(start({"app": kept}), "1") == {"id": "1", "n": 7}


def test_items_outlive_a_daemon_that_is_killed(start, binary, kept, tmp_path):
    folder = tmp_path / "killed"
    folder.mkdir()
    daemon = Daemon(binary, folder, {"app": kept}).wait_ready()
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    del kept["models"]["todo"]["seed"]
    assert get(start({"app": kept}), "1") == {"id": "1", "n": 7}


def test_nothing_is_left_beside_the_file(database):
    assert {path.name for path in database.parent.glob("todo.db*")} == {"todo.db"}


def test_memory_ends_with_the_process(start, tmp_path):
    def folders():
        return set(pathlib.Path("/dev/shm").glob("dynamod-*"))

    before = folders()
    seed = seeded(tmp_path / "todo.jsonl", {"id": "1"})
    daemon = start({"app": apps.embedded_app("sqlite::memory:", seed=seed)})
    mine = folders() - before
    assert get(daemon, "1") == {"id": "1"}
    daemon.stop()
    assert not mine & folders()
    curl(start({"app": apps.embedded_app("sqlite::memory:")}).url + "/models/todo/1") \
        .assert_problem(404, "item-not-found")


def test_the_sqlite3_shell_reads_the_items(start, kept, tmp_path):
    daemon = start({"app": kept})
    done = subprocess.run(["sqlite3", tmp_path / "todo.db",
                           'SELECT "table", hash, range, item FROM item'],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == 'todo|1||{"id":{"S":"1"},"n":{"N":"7"}}\n'
    assert get(daemon, "1") == {"id": "1", "n": 7}


def test_two_daemons_on_one_file(start, kept):
    daemons = [start({"app": kept}) for _ in range(2)]
    assert [get(daemon, "1") for daemon in daemons] == [{"id": "1", "n": 7}] * 2


def test_a_read_behind_another_programs_write(start, kept, tmp_path):
    """A writer's lock keeps no reader waiting, and what it has not committed is not there."""
    daemon = start({"app": kept})
    with contextlib.closing(sqlite3.connect(tmp_path / "todo.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM items")
        assert get(daemon, "1") == {"id": "1", "n": 7}


# --- several of them


def test_two_apps_in_two_files(start, each_binary, tmp_path):
    def app(name):
        seed = seeded(tmp_path / f"{name}.jsonl",
                      *({"id": str(number), "of": name} for number in range(50)))
        return apps.embedded_app(f"sqlite:{tmp_path}/{name}.db", seed=seed)

    daemon = start({"first": app("first"), "second": app("second")}, use=each_binary, threads=4)
    asked = [(name, number) for number in range(50) for name in ("first", "second")]

    def ask(one):
        name, number = one
        return curl(f"{daemon.url}/apps/{name}/models/todo/{number}").json

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, asked))
    assert answers == [{"id": str(number), "of": name} for name, number in asked]
    curl(f"{daemon.url}/apps/first/models/todo/50").assert_problem(404, "item-not-found")


def test_threads_share_what_is_in_memory(start, each_binary, tmp_path):
    seed = seeded(tmp_path / "todo.jsonl", *({"id": str(number)} for number in range(100)))
    daemon = start({"app": apps.embedded_app("sqlite::memory:", seed=seed)}, use=each_binary,
                   threads=4)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: get(daemon, str(number % 100)), range(300)))
    assert answers == [{"id": str(number % 100)} for number in range(300)]


def test_a_model_on_the_embedded_store_in_an_app_on_dynamodb(start, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "far"})
    seed = seeded(tmp_path / "near.jsonl", {"id": "1", "is": "near"})
    app = apps.todo_app(upstream.url)
    app["models"]["near"] = {**apps.TASK, "seed": seed,
                             "dynamodb": {"host": f"sqlite:{tmp_path}/near.db"}}
    daemon = start({"app": app})
    assert get(daemon, "1") == {"id": "far"}
    assert curl(f"{daemon.url}/models/near/1").json == {"id": "1", "is": "near"}
    assert [request.operation for request in upstream.requests] == ["GetItem"]


def test_a_model_on_dynamodb_in_an_app_on_the_embedded_store(start, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "far"})
    app = apps.embedded_app(f"sqlite:{tmp_path}/todo.db",
                            seed=seeded(tmp_path / "todo.jsonl", {"id": "1", "is": "near"}))
    app["models"]["far"] = {**apps.TASK, "dynamodb": apps.connection(upstream.url)}
    daemon = start({"app": app})
    assert get(daemon, "1") == {"id": "1", "is": "near"}
    assert curl(f"{daemon.url}/models/far/1").json == {"id": "far"}
    assert [request.operation for request in upstream.requests] == ["GetItem"]


def test_models_of_an_app_in_two_files(start, tmp_path):
    def model(name):
        return {**apps.TASK, "table_name": "todo",
                "seed": seeded(tmp_path / f"{name}.jsonl", {"id": "1", "of": name}),
                "dynamodb": {"host": f"sqlite:{tmp_path}/{name}.db"}}

    app = apps.embedded_app("sqlite::memory:", seed=model("todo")["seed"])
    app["models"] |= {"first": model("first"), "second": model("second")}
    daemon = start({"app": app})
    for name in ("todo", "first", "second"):
        assert curl(f"{daemon.url}/models/{name}/1").json == {"id": "1", "of": name}


def test_models_of_one_table(start, tmp_path):
    seed = seeded(tmp_path / "todo.jsonl", {"id": "1"})
    app = apps.embedded_app(f"sqlite:{tmp_path}/todo.db", seed=seed)
    app["models"]["task"] = {**apps.TASK, "table_name": "todo", "message": "no task {hash}"}
    daemon = start({"app": app})
    assert curl(f"{daemon.url}/models/task/1").json == {"id": "1"}
    curl(f"{daemon.url}/models/task/2").assert_problem(404, "item-not-found", "no task 2")


def test_its_models_are_listed(start):
    daemon = start({"app": {
        "dynamodb": {"host": "sqlite::memory:"},
        "models": {"orders": {**ORDERS, "indexes": BY_STATUS, "allow": ["read", "write"]},
                   "todo": {**apps.TASK, "table_name": "todo-test"}}}})
    assert curl(f"{daemon.url}/models").json == [
        {"name": "orders", "table": "orders", "allow": ["read", "write"],
         "href": "/models/orders",
         "key_schema": [{"name": "customer", "type": "S", "role": "hash"},
                        {"name": "at", "type": "N", "role": "range"}],
         "indexes": [{"name": "by_status", "projection": "ALL", "global": True,
                      "key_schema": [{"name": "status", "type": "S", "role": "hash"},
                                     {"name": "at", "type": "N", "role": "range"}]}]},
        {"name": "todo", "table": "todo-test", "allow": ["read"], "href": "/models/todo",
         "indexes": [],
         "key_schema": [{"name": "id", "type": "S", "role": "hash"}]}]


def test_every_kind_of_index_at_once(start, tmp_path):
    indexes = {**BY_STATUS,
               "by_state": {"range_key": "status", "projection": "keys_only"},
               "by_time": {"hash_key": "at", "projection": ["status", "total"]}}
    seed = seeded(tmp_path / "orders.jsonl", {"customer": "ada", "at": 1, "status": "open"},
                  {"customer": "ada", "at": 2})
    app = {"dynamodb": {"host": f"sqlite:{tmp_path}/orders.db", "sqlite_synchronous": "normal"},
           "models": {"orders": {**ORDERS, "indexes": indexes, "seed": seed}}}
    for _ in range(2):
        daemon = start({"app": app})
        assert curl(f"{daemon.url}/models/orders/ada/1.0").json["status"] == "open"
        daemon.stop()


# --- what stops the start


def orders_in(path, **settings):
    return {"dynamodb": {"host": f"sqlite:{path}"}, "models": {"orders": {**ORDERS, **settings}}}


@pytest.mark.parametrize("changed, said", [
    ({"hash_key": "at", "range_key": "customer"}, "with other keys"),
    ({"range_key": "status"}, "with other keys"),
    ({"attributes": {"customer": "S", "at": "S"}}, "with other keys"),
    ({"indexes": BY_STATUS}, 'without such an index "by_status"')])
def test_a_table_that_is_there_in_another_shape(binary, start, tmp_path, changed, said):
    start({"app": orders_in(tmp_path / "orders.db")}).stop()
    error = run_to_its_end(binary, tmp_path / "refused",
                           orders_in(tmp_path / "orders.db", **changed))
    assert 'model "orders": its table is there already, ' + said in error


@pytest.mark.parametrize("changed", [
    {"projection": "keys_only"}, {"projection": ["note"]}, {"hash_key": "customer"}])
def test_an_index_that_is_there_in_another_shape(binary, start, tmp_path, changed):
    start({"app": orders_in(tmp_path / "orders.db", indexes=BY_STATUS)}).stop()
    other = {"by_status": {**BY_STATUS["by_status"], **changed}}
    error = run_to_its_end(binary, tmp_path / "refused",
                           orders_in(tmp_path / "orders.db", indexes=other))
    assert 'its table is there already, without such an index "by_status"' in error


@pytest.mark.parametrize("wrong, said", [
    ({"models": {"todo": {**apps.TASK, "seed": "x.jsonl"}},
      "dynamodb": {"region": "eu-west-1"}}, "seed: expected no seed"),
    ({"models": {"todo": {**apps.TASK, "indexes": BY_STATUS}},
      "dynamodb": {"host": "sqlite::memory:"}}, 'expected attributes to give the key "status"'),
    ({"models": {"todo": apps.TASK}, "dynamodb": {"host": "sqlite:"}},
     "host: expected a file behind sqlite:"),
    ({"models": {"todo": {}}, "dynamodb": {"host": "sqlite::memory:"}},
     "todo: expected hash_key, which the embedded store needs"),
    ({"models": {"todo": {"hash_key": "id"}}, "dynamodb": {"host": "sqlite::memory:"}},
     'todo: expected attributes to give the type of the key "id"'),
    ({"models": {"todo": apps.TASK},
      "dynamodb": {"host": "sqlite::memory:", "sqlite_synchronous": "extra"}},
     'sqlite_synchronous: expected "full" or "normal"')])
def test_settings_that_make_no_sense(binary, tmp_path, wrong, said):
    error = run_to_its_end(binary, tmp_path / "refused", wrong)
    assert "app.conf:1: " in error and said in error


def test_a_folder_that_is_not_there(binary, tmp_path):
    path = tmp_path / "nowhere/todo.db"
    error = run_to_its_end(binary, tmp_path / "refused", apps.embedded_app(f"sqlite:{path}"))
    assert f"sqlite:{path}: the database file cannot be opened" in error


def test_a_file_that_is_a_folder(binary, tmp_path):
    error = run_to_its_end(binary, tmp_path / "refused", apps.embedded_app(f"sqlite:{tmp_path}"))
    assert f"sqlite:{tmp_path}: the database file cannot be opened" in error


def text_file(path):
    path.write_text("no database, by far\n" * 100)


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


def of_another_program(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")


def of_a_newer_version(path):
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")


def test_a_file_that_is_damaged_while_it_is_served(start, kept, database):
    daemon = start({"app": kept}, threads=1)
    overwritten(database)
    problem = curl(f"{daemon.url}/models/todo/1").assert_problem(502, "upstream-failed")
    assert problem["detail"] == "the database file is damaged"
    assert "todo.db" not in daemon.log
    assert curl(f"{daemon.url}/models").status == 200


@pytest.mark.parametrize("spoil, said", [
    (text_file, "the file is no database"),
    (cut_off, "the database file is damaged"),
    (overwritten, "the database file is damaged"),
    (of_another_program, "the file is the database of another program"),
    (of_a_newer_version, "made by a newer dynamod")])
def test_a_file_that_is_not_ours_to_use(binary, kept, database, tmp_path, spoil, said):
    spoil(database)
    before = database.read_bytes()
    error = run_to_its_end(binary, tmp_path / "refused", kept)
    assert f"sqlite:{database}: " in error or 'model "todo": ' in error
    assert said in error
    assert database.read_bytes() == before, "it is left as it was"


@pytest.fixture
def unprivileged(tmp_path, binary):
    """The daemon without root's right to ignore a file's mode."""
    if os.geteuid() != 0:
        return binary
    script = tmp_path / "unprivileged"
    script.write_text("#!/bin/sh\nexec setpriv --bounding-set=-dac_override,-dac_read_search "
                      f'--inh-caps=-dac_override,-dac_read_search {binary} "$@"\n')
    script.chmod(0o755)
    return script


def test_a_file_that_may_not_be_written(unprivileged, kept, database, tmp_path):
    database.chmod(0o444)
    error = run_to_its_end(unprivileged, tmp_path / "refused", kept)
    assert f"sqlite:{database}: the database file cannot be written" in error


def test_a_file_that_may_not_be_read(unprivileged, kept, database, tmp_path):
    database.chmod(0)
    error = run_to_its_end(unprivileged, tmp_path / "refused", kept)
    assert f"sqlite:{database}: the database file cannot be opened" in error


def test_a_folder_that_may_not_be_written(unprivileged, kept, database, tmp_path):
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    shutil.copy(database, sealed / "todo.db")
    sealed.chmod(0o555)
    kept["dynamodb"]["host"] = f"sqlite:{sealed}/todo.db"
    error = run_to_its_end(unprivileged, tmp_path / "refused", kept)
    assert f"sqlite:{sealed}/todo.db: the database file cannot be " in error


def test_a_file_that_another_program_keeps_locked(binary, kept, database, tmp_path):
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        error = run_to_its_end(binary, tmp_path / "refused", kept)
    assert f"sqlite:{database}: the database file is locked by another program" in error
