"""The cases of writes/ (README.md there), on DynamoDB Local and on the embedded store. What is
stored is looked at past the daemon too."""
import pathlib
import re

import pytest

import http_cases
from client import Connection
from daemon import Daemon, settings
from kept import assert_same, place

FOLDER = pathlib.Path(__file__).resolve().parent / "writes"
CASES = http_cases.load(FOLDER)
ITEM = re.compile(r"(/apps/\w+)?/models/[^/:@?]+(/[^?]*)?(\?.*)?")
ETAG = re.compile(r'"[\x21\x23-\x7e]+"')
WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Served:
    """One app before one store: a connection to its daemon, and its tables past the daemon."""

    def __init__(self, binary, folder, app, store, request):
        connection, self.tables = place(store, folder, request)
        text = (FOLDER / app / "app.conf").read_text() + settings({"dynamodb": connection})
        self.daemon = Daemon(binary, folder, {app: text}, threads=1)
        self.connection = None

    def ask(self, method, target, headers=(), body=None):
        if self.connection is None:
            self.connection = Connection(self.daemon.port)
        connection, self.connection = self.connection, None
        response = connection.ask(method, target, headers, body)
        if response.headers.get("connection") != "close":
            self.connection = connection
        return response

    def judge(self, step):
        """What is kept, or what it is to begin with."""
        if step.role == "GIVEN":
            self.tables.put(step.table, step.item)
            return
        found = self.tables.get(step.table, step.item)
        if step.role == "ABSENT":
            assert found is None, found
        else:
            assert_same(found, step.item)


@pytest.fixture(scope="module")
def serve(binary, request, tmp_path_factory):
    """(app, store) → what serves it, for all the cases of that app."""
    running = {}

    def served(app, store):
        if (app, store) not in running:
            one = Served(binary, tmp_path_factory.mktemp(app), app, store, request)
            running[app, store] = one
            one.daemon.wait_ready()
        return running[app, store]

    try:
        yield served
        for one in running.values():
            one.tables.stop()
            one.daemon.stop()
    finally:
        for one in running.values():
            one.daemon.kill()


def is_write_only(step):
    """Of whose items nothing is told but what the client sent."""
    return step.target.startswith("/models/box")


def assert_header_fields(step, response):
    """What every answer to a write of one item has."""
    assert response.headers["x-request-id"]
    assert re.fullmatch(r"upstream;dur=\d+\.\d{3}, total;dur=\d+\.\d{3}",
                        response.headers["server-timing"])
    if response.status == 204:
        assert response.body == b"" and "content-type" not in response.headers
    if response.status == 201:
        assert response.headers["location"]
    if response.status in (200, 201, 204) and step.method != "DELETE" and not is_write_only(step):
        assert ETAG.fullmatch(response.headers["etag"])


def assert_reads_the_same(served, step, response):
    """The entity tag is the one that a GET has; Location can be fetched as it is."""
    target = response.headers.get("location", step.target.partition("?")[0])
    accept = [field for field in step.headers if field[0] == "Accept"]
    read = served.ask("GET", http_cases.quoted(target), accept)
    assert read.status in (200, 404), (target, read.status, read.body)
    if read.status == 200:
        assert read.headers["etag"] == response.headers["etag"]
        assert not response.body or \
            http_cases.sorted_deep(read.json) == http_cases.sorted_deep(response.json)
    elif read.status == 404:
        assert "hidden" in target, f"{target} is not there"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_write(serve, store, case):
    if case.store not in (None, store):
        pytest.skip(f"for {case.store} alone")
    served, known, asked = serve(case.app, store), {}, 0
    for step in case.steps:
        if isinstance(step, http_cases.Kept):
            served.judge(step)
            continue
        response = http_cases.run(step, served.ask, known)
        asked += 1
        known |= http_cases.variables(response)
        known[f"etag{asked}"] = known["etag"]
        if step.method not in WRITES or not ITEM.fullmatch(step.target):
            continue
        assert_header_fields(step, response)
        if response.status < 300 and step.method != "DELETE" and not is_write_only(step):
            assert_reads_the_same(served, step, response)


def test_the_table_of_the_contract_names_what_there_is():
    http_cases.assert_table_names(FOLDER, CASES)


def test_titles_are_unique():
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) >= 300
