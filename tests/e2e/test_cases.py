"""The cases of cases/ (README.md there), on DynamoDB Local and on the embedded store."""
import json
import pathlib
import re
import urllib.request

import pytest

import apps
import http_cases
from client import Connection
from daemon import Daemon, settings
from tables import from_json

FOLDER = pathlib.Path(__file__).resolve().parent / "cases"
CASES = http_cases.load(FOLDER)
SEED = re.compile(r'\bseed = "([^"]+)";')
READS = re.compile(r"(/apps/\w+)?/models/[^?]+(\?.*)?")
OF_THE_MOMENT = ("date", "x-request-id", "server-timing")


class Served:
    """One app before one store, and a connection to its daemon."""

    def __init__(self, daemon):
        self.daemon, self.connection = daemon, None

    def ask(self, method, target, headers=(), body=None):
        if self.connection is None:
            self.connection = Connection(self.daemon.port)
        connection, self.connection = self.connection, None
        response = connection.ask(method, target, headers, body)
        if response.headers.get("connection") != "close":
            self.connection = connection
        return response


def app_text(app, store, url):
    """The app's file on that store. Only the embedded store takes seeds."""
    text = (FOLDER / app / "app.conf").read_text()
    if store == "sqlite":
        return SEED.sub(rf'seed = "{FOLDER / app}/\1";', text) + settings(
            {"dynamodb": {"host": "sqlite::memory:"}})
    return SEED.sub("", text) + settings({"dynamodb": apps.connection(url)})


def put_seeds(dynamodb, app):
    """A seed is named as its table is."""
    for seed in (FOLDER / app).glob("*.jsonl"):
        for line in seed.read_text().splitlines():
            dynamodb.put_item(TableName=seed.stem, Item=from_json(line))


@pytest.fixture(scope="module")
def serve(binary, dynamodb_local, dynamodb, tmp_path_factory):
    """(app, store) → what serves it, for all the cases of that app."""
    running = {}

    def start(app, store):
        text = app_text(app, store, dynamodb_local)
        daemon = Daemon(binary, tmp_path_factory.mktemp(app), {app: text}, threads=1)
        running[app, store] = Served(daemon)
        daemon.wait_ready()
        if store == "dynamodb":
            put_seeds(dynamodb, app)

    def served(app, store):
        if (app, store) not in running:
            start(app, store)
        return running[app, store]

    try:
        yield served
        for one in running.values():
            one.daemon.stop()
    finally:
        for one in running.values():
            one.daemon.kill()


def assert_header_fields(step, response):
    """What every answer that is an item or a page has."""
    if response.status in (200, 304):
        assert re.fullmatch(r'"[\x21\x23-\x7e]+"', response.headers["etag"])
        assert response.headers["vary"] == "Accept, Prefer"
        assert re.fullmatch(r"upstream;dur=\d+\.\d{3}, total;dur=\d+\.\d{3}",
                            response.headers["server-timing"])
    if response.status == 200 and (step.answer or "x")[0] in "[{":
        assert response.headers["content-type"] in (
            "application/json", "application/x-amz-json-1.0", "text/plain; charset=utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case(serve, store, case):
    if case.store not in (None, store):
        pytest.skip(f"for {case.store} alone")
    served, known = serve(case.app, store), {}
    for step in case.steps:
        response = http_cases.run(step, served.ask, known)
        known = http_cases.variables(response)
        assert response.headers["x-request-id"]
        if READS.fullmatch(step.target) and "explain=" not in step.target \
                and step.method in ("GET", "HEAD"):
            assert_header_fields(step, response)


def first_gets():
    """Each case's first request that reads something."""
    return [(case, case.steps[0]) for case in CASES
            if case.steps[0].method == "GET" and case.steps[0].status == 200]


def test_head_is_get_without_the_body(serve, store):
    for case, step in first_gets():
        served, target = serve(case.app, store), http_cases.quoted(step.target)
        get, head = (served.ask(method, target, step.headers) for method in ("GET", "HEAD"))
        assert head.status == get.status and head.body == b"", case.title
        fields = [{name: value for name, value in response.headers.items()
                   if name not in OF_THE_MOMENT} for response in (get, head)]
        assert fields[0] == fields[1], case.title


def run_explained(url, explained):
    """What DynamoDB answers to an explained request."""
    request = urllib.request.Request(
        url, json.dumps(explained["request"]).encode(),
        {"Content-Type": "application/x-amz-json-1.0",
         "X-Amz-Target": f"DynamoDB_20120810.{explained['operation']}",
         "Authorization": f"AWS4-HMAC-SHA256 Credential={apps.KEY}/20240101/eu-west-1/dynamodb/"
                          "aws4_request, SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def with_parameter(target, text):
    return target + ("&" if "?" in target else "?") + text


def test_what_explain_says_is_what_is_sent(serve, dynamodb_local):
    """Where nothing is hidden, it finds what the request itself finds."""
    asked = 0
    for case, step in first_gets():
        if case.app not in ("shop", "things") or not READS.fullmatch(step.target) or \
                step.headers or re.search("explain=|count=true|raw=|:first|:item", step.target):
            continue
        asked += 1
        served, target = serve(case.app, "dynamodb"), http_cases.quoted(step.target)
        explained = served.ask("GET", with_parameter(target, "explain=true")).json
        assert "request" in explained, (target, explained)
        found = run_explained(dynamodb_local, explained)
        typed = served.ask("GET", target, [("Accept", "application/x-amz-json-1.0")]).json
        expected = found.get("Items", found.get("Item"))
        assert http_cases.sorted_deep(typed) == http_cases.sorted_deep(expected), case.title
        assert apps.SECRET not in json.dumps(explained) and apps.KEY not in json.dumps(explained)
    assert asked > 200


LEARNT = """
models = {
  orders = { table_name = "shop-orders"; message = "{hash} has no order {range}"; };
  counters = { table_name = "shop-counters"; };
  empty = { table_name = "shop-empty"; message = "nothing here yet"; };
  sealed = { table_name = "shop-counters"; allow = [ "write" ]; };
};
"""


def test_what_the_file_does_not_say_of_a_table_is_learnt(serve, binary, dynamodb_local, tmp_path):
    """The cases of shop, where DescribeTable is asked for keys, types and indexes."""
    serve("shop", "dynamodb")
    text = LEARNT + settings({"dynamodb": apps.connection(dynamodb_local)})
    daemon = Daemon(binary, tmp_path, {"shop": text}, threads=1)
    try:
        served = Served(daemon.wait_ready())
        for case in CASES:
            known = {}
            for step in case.steps if case.app == "shop" else ():
                try:
                    known = http_cases.variables(http_cases.run(step, served.ask, known))
                except AssertionError as failed:
                    raise AssertionError(case.title) from failed
        daemon.stop()
    finally:
        daemon.kill()


def test_the_table_of_the_contract_names_what_there_is():
    http_cases.assert_table_names(FOLDER, CASES)


def test_titles_are_unique():
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) >= 300
