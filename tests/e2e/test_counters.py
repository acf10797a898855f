"""Many clients at once lose nothing: 10 000 increments, half of them on each store."""
import concurrent.futures
import json

import pytest

import apps
from client import Connection
from daemon import Daemon
from kept import place

CLIENTS = 32
ADDS, LOOPS = 4000, 500  # of one store; the loops of ETags, and as many of versions
SHARED_BY = 4  # clients that loop on one item: more of them would mostly wait for each other

TABLE = "counters"
PLAIN = {**apps.TASK, "table_name": TABLE, "allow": ["read", "write"], "create_table": True}
MODELS = {"plain": PLAIN,
          "versioned": {**PLAIN, "attributes": {"id": "S", "rev": "version"}}}

JSON = ("Content-Type", "application/json")
MERGE = ("Content-Type", "application/merge-patch+json")
PATCH = ("Content-Type", "application/json-patch+json")
UPDATE = ("Content-Type", "application/vnd.dynamod.update+json")


@pytest.fixture(scope="module")
def counters(binary, store, request, tmp_path_factory):
    """(the daemon, its tables)"""
    folder = tmp_path_factory.mktemp("counters")
    connection, tables = place(store, folder, request)
    patient = {"max_pool_connections": CLIENTS, "read_timeout_seconds": 60.0}
    app = {"dynamodb": {**connection, **patient}, "models": MODELS}
    daemon = Daemon(binary, folder, {"app": app}, threads=2, request_timeout_seconds=60)
    try:
        yield daemon.wait_ready(), tables
        daemon.stop()
    finally:
        daemon.kill()


def ask(connection, method, target, body, *fields):
    return connection.ask(method, target, fields, json.dumps(body).encode())


def all_at_once(daemon, client):
    """client(connection, number) of each; what they return, added up."""
    def run(number):
        connection = Connection(daemon.port)
        try:
            return client(connection, number)
        finally:
            connection.close()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(run, range(CLIENTS)))


def shares(total, number):
    """How many of the total are that client's."""
    return total // CLIENTS + (number < total % CLIENTS)


def make(daemon, model, keys):
    connection = Connection(daemon.port)
    for key in keys:
        assert ask(connection, "POST", f"/models/{model}", {"id": key, "n": 0}, JSON).status == 201
    connection.close()


def total(tables, keys):
    return sum(int(tables.get(TABLE, {"id": {"S": key}})["n"]["N"]) for key in keys)


def test_adds(counters):
    daemon, tables = counters
    make(daemon, "plain", ["adds"])

    def client(connection, number):
        for _ in range(shares(ADDS, number)):
            answer = ask(connection, "PATCH", "/models/plain/adds", {"add": {"n": 1}}, UPDATE)
            assert answer.status == 204, answer
        return shares(ADDS, number)

    assert all_at_once(daemon, client) == ADDS
    assert total(tables, ["adds"]) == ADDS


def etag_loop(connection, target):
    """One increment, on condition of the entity tag."""
    while True:
        read = connection.get(target)
        changed = {"n": read.json["n"] + 1}
        answer = ask(connection, "PUT", target, changed, JSON, ("If-Match", read.headers["etag"]))
        if answer.status == 204:
            return
        assert answer.status == 412, answer


def version_loop(connection, target):
    """One increment, on condition of the version in the body."""
    while True:
        read = connection.get(target).json
        answer = ask(connection, "PUT", target, {**read, "n": read["n"] + 1}, JSON)
        if answer.status == 204:
            return
        assert answer.status == 412, answer


def versioned_etag_loop(connection, target):
    """Likewise, by PATCH."""
    while True:
        read = connection.get(target)
        change = {"set": {"n": read.json["n"] + 1}}
        answer = ask(connection, "PATCH", target, change, UPDATE,
                     ("If-Match", read.headers["etag"]))
        if answer.status == 204:
            return
        assert answer.status == 412, answer


@pytest.mark.parametrize("model, loop, loops", [
    ("plain", etag_loop, LOOPS), ("versioned", version_loop, LOOPS // 2),
    ("versioned", versioned_etag_loop, LOOPS // 2)],
    ids=["ETag", "version", "ETag of a version"])
def test_loops(counters, model, loop, loops):
    daemon, tables = counters
    keys = [f"{loop.__name__}-{n}" for n in range(CLIENTS // SHARED_BY)]
    make(daemon, model, keys)

    def client(connection, number):
        for _ in range(shares(loops, number)):
            loop(connection, f"/models/{model}/{keys[number // SHARED_BY]}")
        return shares(loops, number)

    assert all_at_once(daemon, client) == loops
    assert total(tables, keys) == loops
    for key in keys if model == "versioned" else ():
        item = tables.get(TABLE, {"id": {"S": key}})
        assert int(item["rev"]["N"]) == int(item["n"]["N"]) + 1


def test_appends(counters):
    daemon, tables = counters
    make(daemon, "plain", ["appends"])

    def client(connection, number):
        for n in range(10):
            answer = ask(connection, "PATCH", "/models/plain/appends",
                         {"append": {"log": [f"{number}/{n}"]}}, UPDATE)
            assert answer.status == 204, answer
        return 10

    all_at_once(daemon, client)
    log = [entry["S"] for entry in tables.get(TABLE, {"id": {"S": "appends"}})["log"]["L"]]
    assert sorted(log) == sorted(f"{number}/{n}" for number in range(CLIENTS) for n in range(10))
    for number in range(CLIENTS):
        mine = [entry for entry in log if entry.startswith(f"{number}/")]
        assert mine == [f"{number}/{n}" for n in range(10)]


def patch_until_done(connection, target, patch, content):
    """Each reads, patches and writes on condition: 409 says that it found no turn."""
    while (answer := ask(connection, "PATCH", target, patch, content)).status == 409:
        answer.assert_problem(409, "conflict")
    assert answer.status == 204, answer


def test_merges_into_one_map(counters):
    daemon, tables = counters
    make(daemon, "plain", ["merges"])

    def client(connection, number):
        for n in range(3):
            patch_until_done(connection, "/models/plain/merges", {"m": {f"{number}/{n}": n}}, MERGE)
        return 3

    all_at_once(daemon, client)
    members = tables.get(TABLE, {"id": {"S": "merges"}})["m"]["M"]
    assert members == {f"{number}/{n}": {"N": str(n)} for number in range(CLIENTS)
                       for n in range(3)}


def test_json_patches_of_one_list(counters):
    daemon, tables = counters
    make(daemon, "versioned", ["patches"])
    patch_until_done(Connection(daemon.port), "/models/versioned/patches", {"l": []}, MERGE)

    def client(connection, number):
        for n in range(3):
            patch = [{"op": "add", "path": "/l/-", "value": f"{number}/{n}"}]
            patch_until_done(connection, "/models/versioned/patches", patch, PATCH)
        return 3

    all_at_once(daemon, client)
    item = tables.get(TABLE, {"id": {"S": "patches"}})
    elements = [element["S"] for element in item["l"]["L"]]
    assert sorted(elements) == sorted(f"{number}/{n}" for number in range(CLIENTS)
                                      for n in range(3))
    assert item["rev"] == {"N": str(2 + len(elements))}


def test_threads_that_write_one_file(tsan_binary, tmp_path):
    """ThreadSanitizer sees the shards and the writer of the embedded store."""
    connection, tables = place("sqlite", tmp_path, None)
    app = {"dynamodb": connection, "models": MODELS}
    daemon = Daemon(tsan_binary, tmp_path, {"app": app}, threads=4)
    try:
        daemon.wait_ready()
        make(daemon, "plain", ["threads"])

        def client(connection, number):
            for _ in range(5):
                change = {"add": {"n": 1}, "append": {"log": [number]}}
                assert ask(connection, "PATCH", "/models/plain/threads", change,
                           UPDATE).status == 204
                etag_loop(connection, "/models/plain/threads-loop")
            return 5

        make(daemon, "plain", ["threads-loop"])
        assert all_at_once(daemon, client) == total(tables, ["threads"])
        assert total(tables, ["threads-loop"]) == 5 * CLIENTS
        daemon.stop()
    finally:
        daemon.kill()


def test_one_of_all_who_create(counters):
    daemon, tables = counters

    def client(connection, number):
        answer = ask(connection, "POST", "/models/plain", {"id": "race", "n": number}, JSON)
        assert answer.status in (201, 409), answer
        return answer.status == 201

    assert all_at_once(daemon, client) == 1
    assert tables.get(TABLE, {"id": {"S": "race"}})


def test_one_of_all_who_send_the_same_key(counters):
    """An Idempotency-Key: whoever else comes while it is under way is told so, or waits."""
    daemon, tables = counters
    make(daemon, "plain", ["token"])

    def client(connection, number):
        answer = ask(connection, "PATCH", "/models/plain/token", {"add": {"n": 1}}, UPDATE,
                     ("Idempotency-Key", "the-same"))
        assert answer.status in (204, 409), answer
        return answer.status == 204

    assert all_at_once(daemon, client) >= 1
    assert total(tables, ["token"]) == 1
