"""get_or_404 and first_or_404 over HTTP, out of DynamoDB Local and out of the embedded store."""
import pytest

from client import curl
from tables import DUNE
from upstream import item, reply


def test_item_by_hash_key(library):
    response = curl(f"{library.url}/models/books/1")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(response.body))
    assert response.json == DUNE
    assert response.body.endswith(b"}\n")


def test_item_by_hash_and_range_key(library):
    response = curl(f"{library.url}/models/notes/ada/1")
    assert response.status == 200
    assert response.json == {"author": "ada", "page": 1, "text": "first"}


def test_item_of_a_named_app(library):
    response = curl(f"{library.url}/apps/library/models/books/1")
    assert response.json == DUNE


def test_typed_item(library):
    response = curl(f"{library.url}/models/single/only",
                    "-H", "Accept: application/x-amz-json-1.0")
    assert response.status == 200
    assert response.headers["content-type"] == "application/x-amz-json-1.0"
    assert response.json == {"id": {"S": "only"}, "name": {"S": "the one"}, "size": {"N": "3"}}


@pytest.mark.parametrize("accept", [
    "*/*", "application/json", "application/*", "text/html, application/json;q=0.1",
    "application/problem+json, application/json", "APPLICATION/JSON"])
def test_accept_that_plain_json_fits(library, accept):
    response = curl(f"{library.url}/models/single/only", "-H", f"Accept: {accept}")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert "accept" in response.headers["vary"].lower()


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*"])
def test_accept_that_nothing_fits(library, accept):
    response = curl(f"{library.url}/models/single/only", "-H", f"Accept: {accept}")
    response.assert_problem(406, "not-acceptable")


@pytest.mark.parametrize("path", ["/models/books/1", "/models/notes/ada/1", "/models", "/apps",
                                  "/models/single:first", "/models/books/none", "/nowhere"])
def test_head_is_get_without_the_body(library, path):
    head, get = curl(library.url + path, "--head"), curl(library.url + path)
    assert head.status == get.status
    assert head.body == b""
    varying = ("date", "x-request-id", "server-timing", "content-length")
    assert {k: v for k, v in head.headers.items() if k not in varying} == \
           {k: v for k, v in get.headers.items() if k not in varying}
    if get.status == 200:
        assert head.headers["content-length"] == get.headers["content-length"]


def test_members_and_digits_are_as_dynamodb_sent_them(todo, upstream):
    digits = "1234567890123456789012345678901234567.8"
    upstream.script = lambda request: item(z={"S": "é\"\\\n"}, a={"N": digits}, id={"S": "1"})
    response = curl(f"{todo.url}/models/todo/1")
    assert response.body == '{"z":"é\\"\\\\\\n","a":%s,"id":"1"}\n'.encode() % digits.encode()


@pytest.mark.parametrize("query, sent", [
    ("", None), ("?consistent_read=false", None), ("?consistent_read=true", True)])
def test_consistent_read(todo, upstream, query, sent):
    curl(f"{todo.url}/models/todo/1{query}")
    [request] = upstream.requests
    assert request.operation == "GetItem"
    assert request.json["TableName"] == "todo"
    assert request.json["Key"] == {"id": {"S": "1"}}
    assert request.json.get("ConsistentRead", False) == (sent or False)


def test_strong_read_of_the_real_thing(library):
    assert curl(f"{library.url}/models/books/1?consistent_read=true").json == DUNE


@pytest.mark.parametrize("wanted, found", [
    ("name", {"name": "Dune"}),
    ("name,status", {"name": "Dune", "status": "lent"}),
    ("year,gone,sold", {"year": 1965, "gone": None, "sold": False}),
    ("shelf.row.no", {"shelf": {"row": {"no": 7}}}),
    ("shelf.row.no,shelf.row.side", {"shelf": {"row": {"no": 7, "side": "left"}}}),
    ("tags[0],tags[2]", {"tags": ["a", "c"]}),
    ("pages[1].n", {"pages": [{"n": 2}]}),
    ("%22a.b%22", {"a.b": "dotted"}),
    ("shelf.%22odd.name%22", {"shelf": {"odd.name": "x"}}),
    ("r%C3%A9el", {"réel": "accent"}),
    ("nothing_of_that_name", {}),
])
def test_attributes_to_get(library, wanted, found):
    response = curl(f"{library.url}/models/books/1?attributes_to_get={wanted}")
    assert response.status == 200, response.body
    assert response.json == found


def test_parameters_together(library):
    response = curl(f"{library.url}/models/notes/ada/1?attributes_to_get=text"
                    "&consistent_read=true&message=never")
    assert response.json == {"text": "first"}


@pytest.mark.parametrize("path, detail", [
    ("/models/books/nope", "no such book: nope"),
    ("/models/books/nope?message=mine%20first", "mine first"),
    ("/models/books/%C3%A9%2F%C3%A9", "no such book: é/é"),
    ("/models/notes/ada/9.0", "ada has no page 9.0"),
    ("/models/notes/ada/9?message=%22quoted%22%20%5C", "\"quoted\" \\"),
    ("/models/empty:first", "nothing here"),
    ("/models/empty:first?message=none%20yet", "none yet"),
])
def test_what_a_missing_item_says(library, path, detail):
    curl(library.url + path).assert_problem(404, "item-not-found", detail)


@pytest.mark.parametrize("path", ["/models/plain/nope", "/models/bare:first"])
def test_a_missing_item_without_a_message_gets_a_plain_sentence(library, path):
    problem = curl(library.url + path).assert_problem(404, "item-not-found")
    assert " " in problem["detail"]
    assert problem["instance"] == path


@pytest.mark.parametrize("length, status", [(256, 404), (257, 400)])
def test_message_is_at_most_256_bytes(library, length, status):
    response = curl(f"{library.url}/models/books/nope?message={'m' * length}")
    kind = "item-not-found" if status == 404 else "invalid-parameter"
    response.assert_problem(status, kind, "m" * length if status == 404 else None)


def test_first(library):
    response = curl(f"{library.url}/models/single:first")
    assert response.status == 200
    assert response.json == {"id": "only", "name": "the one", "size": 3}


def test_first_takes_the_same_parameters(library):
    response = curl(f"{library.url}/models/single:first?attributes_to_get=name"
                    "&consistent_read=true")
    assert response.json == {"name": "the one"}


def test_first_goes_on_past_empty_pages(todo, upstream):
    pages = [{"Items": [], "Count": 0, "LastEvaluatedKey": {"id": {"S": "k"}}},
             {"Items": [{"id": {"S": "z"}}], "Count": 1}]
    upstream.script = lambda request: reply(pages[len(upstream.requests) - 1])
    assert curl(f"{todo.url}/models/todo:first").json == {"id": "z"}
    assert [request.operation for request in upstream.requests] == ["Scan", "Scan"]
    assert upstream.requests[1].json["ExclusiveStartKey"] == {"id": {"S": "k"}}


def test_request_id_is_the_clients_or_made(library):
    own = curl(f"{library.url}/models/books/1", "-H", "X-Request-Id: my-own-1")
    assert own.headers["x-request-id"] == "my-own-1"
    made = [curl(f"{library.url}/models/books/1").headers["x-request-id"] for _ in range(2)]
    assert made[0] and made[0] != made[1]
