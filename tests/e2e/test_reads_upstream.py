"""What queries and scans send to DynamoDB, and what they make of its answers."""
import json

import pytest

import apps
from client import curl
from upstream import error, reply

MODEL = {"hash_key": "h", "range_key": "r", "attributes": {"h": "S", "r": "N"}}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def page(*items, last=None, **more):
    body = {"Items": list(items), "Count": len(items), "ScannedCount": len(items), **more}
    return reply(body | ({"LastEvaluatedKey": last} if last else {}))


def item(number):
    return {"h": {"S": "a"}, "r": {"N": str(number)}}


@pytest.fixture
def served(start, upstream):
    upstream.script = lambda request: page(item(1))
    return start({"app": {"dynamodb": apps.connection(upstream.url), "models": {"notes": MODEL}}},
                 threads=1)


def get(served, path, *options):
    return curl(f"{served.url}/models/{path}", *options)


def post(served, **parameters):
    return get(served, "notes:query", "-H", "Content-Type: application/json",
               "-d", json.dumps(parameters))


@pytest.mark.parametrize("path, operation", [
    ("notes/a", "Query"), ("notes", "Scan"), ("notes:first", "Scan"),
    ("notes:first?hash=a", "Query"), ("notes/a/1", "GetItem"), ("notes/a?count=true", "Query")])
def test_one_request_for_a_read(served, upstream, path, operation):
    upstream.script = lambda request: page(item(1)) if request.operation != "GetItem" else \
        reply({"Item": item(1)})
    assert get(served, path).status == 200
    assert [request.operation for request in upstream.requests] == [operation]


def test_a_condition_on_the_range_key_is_one_of_the_key(served, upstream):
    get(served, "notes/a?r=gt.1&x=eq.2")
    [request] = upstream.requests
    names = request.json["ExpressionAttributeNames"]
    for name, attribute in names.items():
        where = "FilterExpression" if attribute == "x" else "KeyConditionExpression"
        assert name in request.json[where]
    assert set(names.values()) == {"h", "r", "x"}
    assert request.json["Limit"] == 100


def test_the_next_page_begins_where_dynamodb_said(served, upstream):
    upstream.script = lambda request: page(item(1), last=item(1))
    link = get(served, "notes/a?limit=1").headers["link"]
    curl(served.url + link[1:link.index(">")])
    assert upstream.requests[1].json["ExclusiveStartKey"] == item(1)


def test_an_empty_page_may_have_a_next(served, upstream):
    upstream.script = lambda request: page(last=item(7))
    response = get(served, "notes?x=eq.1")
    assert response.json == [] and "link" in response.headers


def test_a_count_adds_pages_up(served, upstream):
    pages = [page(last=item(1), Count=3), page(last=item(2), Count=0), page(Count=4)]
    upstream.script = lambda request: pages[len(upstream.requests) - 1]
    response = get(served, "notes/a?count=true")
    assert response.json == {"count": 7} and "link" not in response.headers
    assert all(request.json["Select"] == "COUNT" for request in upstream.requests)
    assert upstream.requests[2].json["ExclusiveStartKey"] == item(2)


@pytest.mark.parametrize("setting, pages", [({}, 10), ({"count_pages": 3}, 3)])
def test_a_count_ends_at_the_models_pages(start, upstream, setting, pages):
    upstream.script = lambda request: page(last=item(len(upstream.requests)), Count=2)
    served = start({"app": {"dynamodb": apps.connection(upstream.url),
                            "models": {"notes": {**MODEL, **setting}}}}, threads=1)
    response = get(served, "notes/a?count=true")
    assert response.json == {"count": 2 * pages}
    assert len(upstream.requests) == pages
    link = response.headers["link"]
    curl(served.url + link[1:link.index(">")])
    assert upstream.requests[pages].json["ExclusiveStartKey"] == item(pages)


def test_throttled_in_the_middle_is_no_end(served, upstream):
    """Neither a number that is too small nor a page without a next."""
    throttled = error("ProvisionedThroughputExceededException")
    upstream.script = lambda request: throttled if len(upstream.requests) > 1 else \
        page(last=item(1), Count=3)
    response = get(served, "notes/a?count=true")
    if response.status == 200:
        assert response.json == {"count": 3} and "link" in response.headers
    else:
        response.assert_problem(503, "throttled")
        assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["notes/a", "notes", "notes:first", "notes/a?count=true"])
def test_throttled_is_503(served, upstream, path):
    upstream.script = lambda request: error("ProvisionedThroughputExceededException")
    get(served, path).assert_problem(503, "throttled")


def test_first_throttled_after_an_empty_page_is_no_404(served, upstream):
    throttled = error("ThrottlingException")
    upstream.script = lambda request: throttled if len(upstream.requests) > 1 else \
        page(last=item(1))
    get(served, "notes:first").assert_problem(503, "throttled")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'{"Items":{}}', b'{"Items":[1]}', b'{"Items":[{"a":{"S":1}}]}',
    b'{"Items":[{"a":{"Q":"1"}}],"Count":1}', b'{"Items":[],"LastEvaluatedKey":"x"}'])
def test_a_page_that_is_none_is_502(served, upstream, body):
    upstream.script = lambda request: reply(body)
    get(served, "notes/a").assert_problem(502, "upstream-failed")


def test_consumed_capacity_is_asked_for_and_told(served, upstream):
    capacity = {"TableName": "notes", "CapacityUnits": 12.5}
    upstream.script = lambda request: page(item(1), ConsumedCapacity=capacity)
    assert get(served, "notes/a").headers["x-consumed-capacity"] == "12.5"
    assert upstream.requests[0].json["ReturnConsumedCapacity"] in ("TOTAL", "INDEXES")
    upstream.script = lambda request: page(item(1))
    assert "x-consumed-capacity" not in get(served, "notes/a").headers


def test_the_capacity_of_a_count_is_that_of_all_its_pages(served, upstream):
    pages = [page(last=item(1), ConsumedCapacity={"CapacityUnits": 128.0}),
             page(ConsumedCapacity={"CapacityUnits": 0.5})]
    upstream.script = lambda request: pages[len(upstream.requests) - 1]
    assert get(served, "notes/a?count=true").headers["x-consumed-capacity"] == "128.5"


def test_traceparent_is_passed_on_unsigned(served, upstream):
    for path in ("notes/a", "notes/a/1", "notes", "notes:first"):
        get(served, path, "-H", f"traceparent: {TRACE}")
    for request in upstream.requests:
        assert request.header("traceparent") == TRACE
        assert "traceparent" not in request.header("Authorization")


@pytest.mark.parametrize("wrong", [
    "", "00", "x" * 55, TRACE.upper(), TRACE + "-more", "ff" + TRACE[2:],
    TRACE.replace("b7ad6b7169203331", "0" * 16),
    TRACE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)])
def test_a_traceparent_that_is_none_is_not_passed_on(served, upstream, wrong):
    assert get(served, "notes/a", "-H", f"traceparent: {wrong}").status == 200
    assert upstream.requests[0].header("traceparent") is None


def test_explain_sends_nothing(served, upstream):
    for path in ("notes/a", "notes/a/1", "notes", "notes:first", "notes/a?count=true"):
        assert get(served, path + ("&" if "?" in path else "?") + "explain=true").status == 200
    assert upstream.requests == []


# What an expression may hold:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html

def names(count):
    return ",".join(f"attribute{number}.eq.1" for number in range(count))


@pytest.mark.parametrize("parameters, kind", [
    ({"x": f"in.({','.join(['1'] * 101)})"}, "invalid-filter"),
    ({"or": f"({','.join(['x.eq.1'] * 302)})"}, "invalid-filter"),
    ({"x": [f"ne.{number}" for number in range(302)]}, "invalid-query"),
    ({"or": f"(\"{'.'.join('p' * 20)}\".eq.1,{names(1000)})"}, "invalid-filter"),
    ({"attributes_to_get": ",".join(f"a{number}" for number in range(1500))}, "invalid-projection"),
])
@pytest.mark.parametrize("place", [{}, {"hash": "a"}], ids=["scan", "query"])
def test_what_is_over_a_limit_is_not_sent(served, upstream, parameters, kind, place):
    post(served, **place, **parameters).assert_problem(400, kind)
    assert upstream.requests == []


def test_an_expression_of_more_than_4_kb_is_not_sent(served, upstream):
    """Few operators, long paths: the names of their steps are DynamoDB's."""
    deep = ".".join(["s"] * 31)
    conditions = ",".join(f"{deep}.t{number}.between.(1,2)" for number in range(99))
    response = post(served, **{"or": f"({conditions})"})
    assert response.status == 400, response.body
    assert upstream.requests == []


@pytest.mark.parametrize("parameters", [
    {"x": f"in.({','.join(['1'] * 100)})"},
    {"or": f"({','.join(['x.eq.1'] * 150)})"},
])
def test_what_is_just_under_it_is(served, upstream, parameters):
    response = post(served, hash="a", **parameters)
    assert response.status == 200, response.body
    assert len(upstream.requests) == 1


def test_every_expression_that_is_sent_has_at_most_4_kb(served, upstream):
    for count in range(50, 320, 15):
        post(served, **{"or": f"({names(count)})"})
    assert upstream.requests
    assert all(len(request.json["FilterExpression"]) <= 4096 for request in upstream.requests)
