"""Items in the forms in which PynamoDB stores them: read, changed through the daemon, and still
in those forms.

PynamoDB 6's serialize() and deserialize() of each attribute, as its documentation has them
(https://pynamodb.readthedocs.io/en/stable/attributes.html): DOCUMENTED says what it would make
of the stored value, and fails where it could not.
"""
import datetime
import json

import pytest

import apps
from client import Connection
from daemon import Daemon
from kept import assert_same, place

UTC = datetime.timezone.utc

# What PynamoDB writes for
#   title=UnicodeAttribute("Dune"), pages=NumberAttribute(412), price=NumberAttribute(9.5),
#   cover=BinaryAttribute(legacy_encoding=False), scan=BinaryAttribute(legacy_encoding=True),
#   lent=BooleanAttribute, nobody=NullAttribute, tags/sizes/blobs=…SetAttribute,
#   shelf=MapAttribute with an inner UTCDateTimeAttribute, seen=ListAttribute,
#   created=UTCDateTimeAttribute, doc=JSONAttribute, expires=TTLAttribute, version=VersionAttribute
STORED = {
    "id": {"S": "1"},
    "title": {"S": "Dune"},
    "pages": {"N": "412"},
    "price": {"N": "9.5"},
    "cover": {"B": "AAH/"},
    "scan": {"B": "QUFILw=="},  # base64 twice
    "lent": {"BOOL": True},
    "nobody": {"NULL": True},
    "tags": {"SS": ["classic", "sand"]},
    "sizes": {"NS": ["1", "2.5"]},
    "blobs": {"BS": ["AQ==", "Ag=="]},
    "shelf": {"M": {"row": {"N": "7"}, "since": {"S": "2020-05-06T07:08:09.000000+0000"}}},
    "seen": {"L": [{"S": "ada"}, {"N": "2"}, {"M": {"at": {"N": "1"}}}]},
    "created": {"S": "2024-01-02T03:04:05.000006+0000"},
    "doc": {"S": '{"b": [1, 2.5, null], "a": {"\\u00e9": true}}'},
    "expires": {"N": "4102444800"},
    "version": {"N": "7"},
}

SHOWN = {
    "id": "1", "title": "Dune", "pages": 412, "price": 9.5, "cover": "AAH/", "scan": "QUFILw==",
    "lent": True, "nobody": None, "tags": ["classic", "sand"], "sizes": [1, 2.5],
    "blobs": ["AQ==", "Ag=="],
    "shelf": {"row": 7, "since": "2020-05-06T07:08:09.000000+0000"},
    "seen": ["ada", 2, {"at": 1}], "created": "2024-01-02T03:04:05.000006Z",
    "doc": {"b": [1, 2.5, None], "a": {"é": True}}, "expires": "2100-01-01T00:00:00Z",
    "version": 7,
}

MODEL = {
    **apps.TASK, "table_name": "pynamodb", "allow": ["read", "write"], "create_table": True,
    "attributes": {
        "id": "S", "title": "S", "pages": "N", "price": "N", "cover": "B", "scan": "B",
        "lent": "BOOL", "nobody": "NULL", "tags": "SS", "sizes": "NS", "blobs": "BS", "shelf": "M",
        "seen": "L", "created": "utc_datetime", "doc": "json", "expires": "ttl",
        "version": "version"},
}


def utc_datetime(text):
    """PynamoDB parses by position: any other length or offset is an error to it."""
    assert len(text) == len("2024-01-02T03:04:05.000006+0000") and text.endswith("+0000"), text
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


DOCUMENTED = {
    "title": ("S", str), "pages": ("N", json.loads), "price": ("N", json.loads),
    "cover": ("B", str), "scan": ("B", str), "lent": ("BOOL", bool), "nobody": ("NULL", bool),
    "tags": ("SS", set), "sizes": ("NS", lambda members: {json.loads(one) for one in members}),
    "blobs": ("BS", set), "created": ("S", utc_datetime), "doc": ("S", json.loads),
    "expires": ("N", lambda text: datetime.datetime.fromtimestamp(json.loads(text), UTC)),
    "version": ("N", lambda text: int(json.loads(text))),
}

JSON = ("Content-Type", "application/json")
MERGE = ("Content-Type", "application/merge-patch+json")
PATCH = ("Content-Type", "application/json-patch+json")
UPDATE = ("Content-Type", "application/vnd.dynamod.update+json")
TYPED = ("Content-Type", "application/x-amz-json-1.0")


def as_pynamodb_reads(item):
    read = {}
    for name, (kind, deserialize) in DOCUMENTED.items():
        if name in item:
            assert [*item[name]] == [kind], (name, item[name])
            read[name] = deserialize(item[name][kind])
    return read


class Library:
    def __init__(self, daemon, tables):
        self.connection, self.tables = Connection(daemon.port), tables
        self.count = 0

    def put(self):
        """The item again, as PynamoDB writes it, by a key of its own; its path."""
        self.count += 1
        self.key = {"S": str(self.count)}
        self.tables.put("pynamodb", {**STORED, "id": self.key})
        return f"/models/books/{self.count}"

    def ask(self, method, path, content, body):
        answer = self.connection.ask(method, path, [content], json.dumps(body).encode())
        assert answer.status in (200, 201, 204), (answer.status, answer.body)

    @property
    def stored(self):
        return self.tables.get("pynamodb", {"id": self.key})

    def assert_stored(self, **changed):
        """Attributes that are None are gone. A change counts the version."""
        expected = {**STORED, "id": self.key, "version": {"N": "8"}, **changed}
        expected = {name: value for name, value in expected.items() if value is not None}
        assert_same(self.stored, expected)
        as_pynamodb_reads(self.stored)


@pytest.fixture(scope="module")
def running(binary, store, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pynamodb")
    connection, tables = place(store, folder, request)
    daemon = Daemon(binary, folder, {"app": {"dynamodb": connection, "models": {"books": MODEL}}},
                    threads=1)
    try:
        yield Library(daemon.wait_ready(), tables)
        tables.stop()
        daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture
def library(running):
    return running


def in_order(shown):
    sets = {name: sorted(shown[name]) for name in ("tags", "sizes", "blobs")}
    return {**shown, **sets}


def test_they_are_what_pynamodb_documents():
    assert as_pynamodb_reads(STORED)["created"] == datetime.datetime(
        2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert as_pynamodb_reads(STORED)["expires"].year == 2100


def test_they_are_shown(library):
    shown = library.connection.get(library.put()).json
    assert in_order(shown) == {**SHOWN, "id": library.key["S"]}


def test_what_is_shown_can_be_put_back(library):
    path = library.put()
    library.ask("PUT", path, JSON, library.connection.get(path).json)
    library.assert_stored(doc={"JSON": SHOWN["doc"]})


def test_dynamodb_json_can_be_put_back(library):
    path = library.put()
    shown = library.connection.get(path, Accept=TYPED[1]).json
    assert_same(shown, {**STORED, "id": library.key})
    library.ask("PUT", path, TYPED, shown)
    library.assert_stored()


def test_a_merge_patch_of_another_attribute_leaves_them(library):
    library.ask("PATCH", library.put(), MERGE, {"title": "Dune Messiah"})
    library.assert_stored(title={"S": "Dune Messiah"})


def test_a_deep_merge_patch_leaves_them(library):
    library.ask("PATCH", library.put(), MERGE, {"shelf": {"row": 8}})
    shelf = {"M": {**STORED["shelf"]["M"], "row": {"N": "8"}}}
    library.assert_stored(shelf=shelf)


def test_a_merge_patch_changes_them_all(library):
    library.ask("PATCH", library.put(), MERGE, {
        "pages": 500, "price": 10.25, "cover": "/w==", "lent": False, "tags": ["new"],
        "sizes": [3], "blobs": ["Aw=="], "created": "2025-06-07T08:09:10+02:00",
        "doc": {"a": None, "c": "x"}, "expires": "2100-01-01T00:00:01Z", "nobody": None})
    library.assert_stored(
        pages={"N": "500"}, price={"N": "10.25"}, cover={"B": "/w=="}, lent={"BOOL": False},
        tags={"SS": ["new"]}, sizes={"NS": ["3"]}, blobs={"BS": ["Aw=="]},
        created={"S": "2025-06-07T06:09:10.000000+0000"},
        doc={"JSON": {"b": [1, 2.5, None], "c": "x"}}, expires={"N": "4102444801"}, nobody=None)


def test_a_json_patch_goes_into_them(library):
    library.ask("PATCH", library.put(), PATCH, [
        {"op": "add", "path": "/doc/b/-", "value": 3},
        {"op": "add", "path": "/seen/0", "value": 0},
        {"op": "replace", "path": "/created", "value": "1999-12-31T23:59:59.5Z"},
        {"op": "replace", "path": "/tags", "value": ["x", "y"]}])
    library.assert_stored(
        doc={"JSON": {"b": [1, 2.5, None, 3], "a": {"é": True}}},
        seen={"L": [{"N": "0"}, *STORED["seen"]["L"]]},
        created={"S": "1999-12-31T23:59:59.500000+0000"}, tags={"SS": ["x", "y"]})


def test_an_update_changes_them(library):
    library.ask("PATCH", library.put(), UPDATE, {
        "add": {"pages": 1, "tags": ["new"], "sizes": [3]}, "delete": {"blobs": ["AQ=="]},
        "append": {"seen": ["last"]}, "remove": ["scan"],
        "set": {"created": "2025-01-01T00:00:00Z", "expires": "2100-01-01T00:00:01Z",
                "doc": [1]}, "if": {"version": "eq.7", "created": "lt.2024-06-01T00:00:00Z"}})
    library.assert_stored(
        pages={"N": "413"}, tags={"SS": ["classic", "new", "sand"]},
        sizes={"NS": ["1", "2.5", "3"]}, blobs={"BS": ["Ag=="]}, scan=None,
        seen={"L": [*STORED["seen"]["L"], {"S": "last"}]},
        created={"S": "2025-01-01T00:00:00.000000+0000"}, expires={"N": "4102444801"},
        doc={"JSON": [1]})


def test_a_new_item_has_their_forms(library):
    shown = {**SHOWN, "id": "new"}
    del shown["version"]
    library.ask("POST", "/models/books", JSON, shown)
    library.key = {"S": "new"}
    library.assert_stored(version={"N": "1"}, doc={"JSON": SHOWN["doc"]})


def test_a_batch_and_a_transaction_write_their_forms(library):
    shown = {name: value for name, value in SHOWN.items() if name != "version"}
    library.ask("POST", "/models/books:batchWrite", JSON, {"put": [{**shown, "id": "batch"}]})
    library.ask("POST", "/transactions", JSON,
                {"write": [{"model": "books", "put": {**shown, "id": "transaction"}}]})
    for key in ("batch", "transaction"):
        library.key = {"S": key}
        library.assert_stored(version={"N": "1"}, doc={"JSON": SHOWN["doc"]})


def test_a_version_that_pynamodb_counted_on_is_seen(library):
    """save() there, then a write here with what was read before: refused."""
    path = library.put()
    read = library.connection.get(path)
    library.tables.put("pynamodb", {**STORED, "id": library.key, "version": {"N": "8"}})
    for fields in ([JSON], [JSON, ("If-Match", read.headers["etag"])]):
        answer = library.connection.ask("PUT", path, fields, json.dumps(read.json).encode())
        answer.assert_problem(412, "condition-failed")
    library.assert_stored()
