"""Pages over HTTP, on both stores: where the next one is, however long its address; what is
POSTed; what is conditional; and that a large page leaves its connection sound."""
import re
import urllib.parse

import pytest

import apps
from client import Connection, curl
from daemon import Daemon
from tables import key_settings, typed, write_seed
from upstream import item

KEYS = [("who", "S"), ("nr", "S")]
# As long as DynamoDB lets keys be, and three times as long in a path.
LONG = "é" * 1024, "ü" * 510
ITEMS = [{"who": "ada", "nr": f"{number:02}", "even": number % 2 == 0} for number in range(25)]
ITEMS += [{"who": LONG[0], "nr": LONG[1] + str(number)} for number in range(3)]
ITEMS += [{"who": "large", "nr": f"{number:02}", "pad": "\"" * 100_000} for number in range(9)]
NEXT = re.compile(r'<([^>]+)>; rel="next"')


def on_dynamodb(request, _):
    dynamodb = request.getfixturevalue("dynamodb")
    dynamodb.create_table(
        TableName="numbered-pages", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in KEYS],
        KeySchema=[{"AttributeName": key, "KeyType": role}
                   for (key, _), role in zip(KEYS, ("HASH", "RANGE"))])
    for one in ITEMS:
        dynamodb.put_item(TableName="numbered-pages", Item=typed(one))
    return {"dynamodb": apps.connection(request.getfixturevalue("dynamodb_local")),
            "models": {"pages": {"table_name": "numbered-pages"}}}


def on_sqlite(_, folder):
    seed = write_seed(folder / "pages.jsonl", map(typed, ITEMS))
    return {"dynamodb": {"host": "sqlite::memory:"},
            "models": {"pages": {**key_settings(KEYS), "seed": seed}}}


@pytest.fixture(scope="module", params=[on_dynamodb, on_sqlite], ids=["dynamodb", "sqlite"])
def pages(request, binary, tmp_path_factory):
    """A daemon of one thread with the model pages."""
    folder = tmp_path_factory.mktemp("pages")
    daemon = Daemon(binary, folder, {"app": request.param(request, folder)}, threads=1)
    try:
        yield daemon.wait_ready()
        daemon.stop()
    finally:
        daemon.kill()


def follow(base, target, *options):
    """All pages from the target on, by their Links alone."""
    found = []
    while target:
        response = curl(base + target, *options)
        assert response.status == 200, response.body
        found.append(response)
        link = NEXT.fullmatch(response.headers.get("link", ""))
        target = link and link.group(1)
    return found


def items_of(responses):
    return [one for response in responses for one in response.json]


@pytest.mark.parametrize("query, numbers", [
    ("limit=7", range(25)),
    ("order=desc&limit=10", range(24, -1, -1)),
    ("nr=between.(03,12)&limit=3", range(3, 13)),
    ("even=eq.true&limit=4", range(0, 25, 2)),
])
def test_a_partition_is_followed_to_its_end(pages, query, numbers):
    found = items_of(follow(pages.url, f"/models/pages/ada?{query}"))
    assert [int(one["nr"]) for one in found] == list(numbers)


def test_a_scan_is_followed_to_its_end(pages):
    found = items_of(follow(pages.url, "/models/pages?limit=4&attributes_to_get=who,nr"))
    assert sorted((one["who"], one["nr"]) for one in found) == \
           sorted((one["who"], one["nr"]) for one in ITEMS)


def test_a_posted_place_gives_way_to_the_next(pages):
    """A body that holds `after` may go to the address of each next page as it is."""
    first = curl(f"{pages.url}/models/pages:query", "-d", "hash=ada&limit=2")
    place = NEXT.search(first.headers["link"])[1].split("after=")[1]
    body = ["-d", f"hash=ada&limit=2&after={place}"]
    found = first.json + items_of(follow(pages.url, "/models/pages:query", *body))
    assert [one["nr"] for one in found] == [f"{number:02}" for number in range(25)]


def test_a_posted_query_is_followed_by_posting_it_again(pages):
    for body in (["-d", "hash=ada", "-d", "limit=10", "-d", "even=eq.false"],
                 ["-H", "Content-Type: application/json",
                  "-d", '{"hash": "ada", "limit": 10, "even": ["eq.false", "ne.true"]}']):
        found = items_of(follow(pages.url, "/models/pages:query", *body))
        assert [int(one["nr"]) for one in found] == list(range(1, 25, 2))


def test_the_longest_addresses(pages):
    """Keys, filters and token as long as they may be: every page is told of, or none is."""
    key = urllib.parse.quote(LONG[0])
    response = curl(f"{pages.url}/models/pages/{key}?limit=1")
    assert ":query" in response.assert_problem(414, "target-too-long")["hint"]
    posted = follow(pages.url, "/models/pages:query", "-d", f"hash={key}", "-d", "limit=1")
    assert len(items_of(posted)) == 3
    statuses = set()
    for length in range(1000, 8000, 500):
        wide = f"/models/pages/ada?limit=10&x=not.eq.{'x' * length}"
        response = curl(pages.url + wide)
        statuses.add(response.status)
        if response.status == 200:
            assert len(items_of(follow(pages.url, wide))) == 25
        else:
            assert ":query" in response.assert_problem(414, "target-too-long")["hint"]
    assert statuses == {200, 414}


def test_a_page_whose_query_is_too_long_is_to_be_posted(pages):
    wide = "x" * 5000
    response = curl(f"{pages.url}/models/pages?x=not.eq.{wide}")
    assert ":query" in response.assert_problem(414, "target-too-long")["hint"]
    assert curl(f"{pages.url}/models/pages:query", "-d", f"x=not.eq.{wide}").status == 200


def test_a_large_page_is_whole_and_its_connection_goes_on(pages):
    connection = Connection(pages.port)
    large = connection.get("/models/pages/large")
    assert large.status == 200 and int(large.headers["content-length"]) > 1_800_000
    assert [one["pad"] for one in large.json] == ["\"" * 100_000] * 9
    same = connection.ask("GET", "/models/pages/large",
                          [("If-None-Match", large.headers["etag"])])
    assert (same.status, same.body) == (304, b"")
    assert same.headers["content-length"] == large.headers["content-length"]
    assert connection.ask("HEAD", "/models/pages/large").headers["etag"] == \
           large.headers["etag"]
    assert len(connection.get("/models/pages/ada").json) == 25
    connection.close()


@pytest.mark.parametrize("options, status, kind", [
    (["-H", "Content-Type: text/plain", "-d", "x"], 415, "unsupported-media-type"),
    (["-H", "Content-Type:", "-d", "x"], 415, "unsupported-media-type"),
    (["-H", "Content-Encoding: gzip", "-d", "hash=ada"], 415, "unsupported-media-type"),
    (["-H", "Content-Type: application/json", "-d", "[]"], 400, "invalid-body"),
    (["-H", "Content-Type: application/json", "-d", '{"hash":null}'], 400, "invalid-body"),
    (["-d", "hash=%zz"], 400, "invalid-body"),
    (["-d", "nonsense=1"], 400, "unknown-parameter"),
    (["-d", "range=1"], 400, "invalid-parameter"),
    (["-d", "x=eq." + "x" * 140_000], 413, "body-too-large"),
    (["-H", "Transfer-Encoding: chunked", "-d", "x=eq." + "x" * 140_000], 413,
     "body-too-large"),
    (["-d", "x=eq." + "x" * 300_000], 413, "body-too-large"),
], ids=lambda value: str(value)[:40])
def test_a_posted_query_that_is_refused(pages, options, status, kind, tmp_path):
    (tmp_path / "body").write_text(options[-1])
    options = [*options[:-2], "-H", "Expect:", "--data-binary", f"@{tmp_path / 'body'}"]
    curl(f"{pages.url}/models/pages:query", *options).assert_problem(status, kind)


def test_a_body_in_chunks_is_as_good(pages):
    response = curl(f"{pages.url}/models/pages:query", "-H", "Transfer-Encoding: chunked",
                    "-d", "hash=ada", "-d", "limit=1")
    assert len(response.json) == 1


def test_what_an_answer_cost_is_told(pages):
    for path in ("/models/pages/ada", "/models/pages/ada/00", "/models/pages/ada/none"):
        headers = curl(pages.url + path).headers
        assert float(headers["x-consumed-capacity"]) in (0.5, 1)
        timing = re.fullmatch(r"upstream;dur=(\d+\.\d{3}), total;dur=(\d+\.\d{3})",
                              headers["server-timing"])
        assert 0 <= float(timing[1]) <= float(timing[2])
        assert headers["vary"] == "Accept, Prefer"


def test_unknown_parameters_are_ignored_for_who_is_lenient(pages):
    url = f"{pages.url}/models/pages/ada/00?nonsense=1&limit=3"
    curl(url).assert_problem(400, "unknown-parameter")
    response = curl(url, "-H", "Prefer: handling=lenient")
    assert response.status == 200
    assert response.headers["preference-applied"] == "handling=lenient"


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_trace_is_passed_on_when_it_is_one(todo, upstream):
    upstream.script = lambda _: item(id={"S": "1"})
    for value in (TRACE, "00-nonsense"):
        assert curl(f"{todo.url}/models/todo/1", "-H", f"traceparent: {value}").status == 200
    first, second = upstream.requests
    assert first.header("traceparent") == TRACE
    assert "traceparent" not in first.header("authorization")
    assert not [name for name, _ in second.headers if name.lower() == "traceparent"]
