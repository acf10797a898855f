"""One list of requests, asked of the same app on DynamoDB and on the embedded store: the
answers differ in nothing but the date and how long they took.

DynamoDB promises no order of an item's attributes or of a set's members, and the two stores
have orders of their own: where an answer is an item, its values are compared; where it is
anything else, its bytes."""
import base64
import decimal
import json
import urllib.parse

import pytest

from client import curl
from tables import ODD_KEYS
from test_bad_request import CASES

TYPED = ["-H", "Accept: application/x-amz-json-1.0"]


def quoted(key):
    return urllib.parse.quote(key, safe="")


def url64(key):
    return base64.urlsafe_b64encode(key).decode()


ITEMS = [
    *(f"books/{quoted(key)}" for key in ODD_KEYS),
    *(f"books/1?attributes_to_get={wanted}" for wanted in (
        "name", "id", "status,year", "shelf.row", "shelf.row.no,shelf.row.side", "tags[1]",
        "tags[2],tags[0]", "tags[9]", "pages[0].n,pages[1].t", "%22a.b%22", "shelf.%22odd.name%22",
        "nothing", "name.no.such", "name[0]", "r%C3%A9el,gone,sold")),
    "books/1", "books/1?consistent_read=true", "books/1?consistent_read=false&message=x",
    "plain/1", "notes/ada/1", "notes/ada/01.0", "notes/ada/-2", "notes/a%2Fb/3e0", "counts/0",
    "counts/-0.0", "counts/-7", "counts/1E3", "counts/10e2?attributes_to_get=text",
    f"blobs/{url64(bytes([0, 255, 254]))}", f"blobs/{url64(b'?>~')}?attributes_to_get=text",
    "dates/monday/AQ", "single/only", "single:first", "single:first?attributes_to_get=size",
    "single:first?consistent_read=true&message=x", "empty/1", "empty:first", "bare:first",
    "books/nope", "books/nope?message=mine", "notes/ada/7", "notes/nobody/1", "counts/12345",
    "plain/%C3%A9?attributes_to_get=name", "dates/monday/Ag==", "sealed/1", "sealed:first",
]

OTHERS = ["/models", "/models/nope", "/models/books@nope", "/models/sealed", "/models/empty",
          "/apps", "/apps/library", "/apps/library/models", "/apps/library/models/x/1",
          "/apps/library/models/books/nope", "/models/books/1/2",
          *(path for path, _, _ in CASES)]


def ask(daemon, path, *options):
    return curl(daemon.url + path, "-H", "X-Request-Id: same", *options)


def in_order(value):
    """With the members of objects and of sets sorted; numbers with all their digits."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in ("SS", "NS", "BS"):
            return {kind: sorted(members) for kind, members in value.items()}
        return {name: in_order(member) for name, member in sorted(value.items())}
    return [in_order(element) for element in value] if isinstance(value, list) else value


def read_json(body):
    return in_order(json.loads(body, parse_float=decimal.Decimal, parse_int=decimal.Decimal))


def assert_same(libraries, path, *options):
    answers = [ask(libraries(store), path, *options) for store in ("dynamodb", "sqlite")]
    for answer in answers:
        del answer.headers["date"], answer.headers["server-timing"]
    theirs, ours = answers
    if "x-consumed-capacity" not in theirs.headers:  # DynamoDB Local: an empty table's Scan
        ours.headers.pop("x-consumed-capacity", None)
    assert (ours.status, ours.headers) == (theirs.status, theirs.headers)
    if ours.body != theirs.body:
        assert ours.status == 200 and path not in OTHERS, (ours.body, theirs.body)
        assert read_json(ours.body) == read_json(theirs.body)


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path[:40])
def test_items(libraries, path):
    assert_same(libraries, f"/models/{path}")
    assert_same(libraries, f"/models/{path}", *TYPED)
    assert_same(libraries, f"/models/{path}", "--head")
    assert_same(libraries, f"/models/{path}", "-H", "Accept: text/html")


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path[:40])
def test_everything_else(libraries, path):
    assert_same(libraries, path)
    assert_same(libraries, path, "-X", "OPTIONS")
    assert_same(libraries, path, "-X", "POST", "-d", "{}")
