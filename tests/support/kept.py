"""What a store holds, past the daemon: boto3 on DynamoDB, store_tool and the sqlite3 shell on
the embedded store. Items are DynamoDB JSON."""
import decimal
import json
import subprocess

import apps
from pages import Writer
from tables import from_typed, in_json

SELECT = "SELECT item FROM items JOIN tables ON tables.id = table_id WHERE name = '%s'"


class DynamodbTables:
    def __init__(self, dynamodb):
        self.dynamodb = dynamodb
        self._keys = {}

    def put(self, table, item):
        self.dynamodb.put_item(TableName=table, Item=from_typed({"M": item})["M"])

    def keys(self, table):
        """The names of the key's attributes."""
        if table not in self._keys:
            schema = self.dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
            self._keys[table] = [key["AttributeName"] for key in schema]
        return self._keys[table]

    def get(self, table, item):
        """The item that has the key of this one, or None."""
        key = from_typed({"M": {name: item[name] for name in self.keys(table)}})["M"]
        answer = self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
        return in_json({"M": answer["Item"]})["M"] if "Item" in answer else None

    def all(self, table):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [in_json({"M": item})["M"] for page in pages for item in page["Items"]]

    def stop(self):
        pass


class SqliteTables:
    def __init__(self, path):
        self.path = path
        self._writers = {}
        self._keys = {}

    def put(self, table, item):
        if table not in self._writers:
            self._writers[table] = Writer(f"sqlite:{self.path}", table)
        self._writers[table].put_typed(item)

    def _shell(self, query):
        done = subprocess.run(["sqlite3", "-readonly", "-cmd", ".timeout 10000", self.path, query],
                              capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout.split("\n")[:-1]

    def keys(self, table):
        if table not in self._keys:
            [line] = self._shell("SELECT json_array(hash_key, range_key) FROM tables "
                                 f"WHERE name = '{table}'")
            self._keys[table] = [name for name in json.loads(line) if name]
        return self._keys[table]

    def get(self, table, item):
        def key(one):
            return [settled(one[name]) for name in self.keys(table)]
        found = [one for one in self.all(table) if key(one) == key(item)]
        assert len(found) <= 1, found
        return found[0] if found else None

    def all(self, table):
        return [json.loads(line) for line in self._shell(SELECT % table)]

    def stop(self):
        for writer in self._writers.values():
            writer.stop()


def place(store, folder, request):
    """(the app's group `dynamodb`, its tables) on that store."""
    if store == "sqlite":
        path = folder / "kept.db"
        return {"host": f"sqlite:{path}", "sqlite_synchronous": "normal"}, SqliteTables(path)
    url = request.getfixturevalue("dynamodb_local")
    return apps.connection(url), DynamodbTables(request.getfixturevalue("dynamodb"))


def settled(value):
    """A typed value with its numbers in one spelling and its sets in order: neither store
    promises the ones that were written."""
    [(kind, content)] = value.items()
    if kind == "N":
        return {kind: decimal.Decimal(content)}
    if kind == "NS":
        return {kind: sorted(map(decimal.Decimal, content))}
    if kind in ("SS", "BS"):
        return {kind: sorted(content)}
    if kind == "L":
        return {kind: [settled(element) for element in content]}
    if kind == "M":
        return {kind: {name: settled(member) for name, member in content.items()}}
    return value


def same_value(actual, expected):
    """{"JSON": …} stands for an S with that JSON in it, however it is spelt."""
    if "JSON" in expected:
        return [*actual] == ["S"] and json.loads(actual["S"]) == expected["JSON"]
    return settled(actual) == settled(expected)


def assert_same(actual, expected):
    assert actual is not None, f"there is none, not {expected}"
    assert actual.keys() == expected.keys(), (actual, expected)
    for name, value in expected.items():
        assert same_value(actual[name], value), (name, actual[name], value)
