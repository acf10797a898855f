"""The tables that most tests read: made and filled in DynamoDB Local, and their models."""
from boto3.dynamodb.types import TypeSerializer

DUNE = {
    "id": "1", "name": "Dune", "status": "lent", "year": 1965, "tags": ["a", "b", "c"],
    "shelf": {"row": {"no": 7, "side": "left"}, "odd.name": "x"}, "a.b": "dotted",
    "pages": [{"n": 1, "t": "x"}, {"n": 2}], "réel": "accent", "gone": None, "sold": False,
}

ODD_KEYS = [
    "a/b", "nul\0key", "a#b", "a?b", "ключ", "日本", "two words", "a+b", "a%b", "..", ".",
    "100%", ":first", "x:first", "a@b", "😀", "é" * 1024, "~", "a&b=c", "\u0001", "\n"]

# Table → its keys (name, type), and its items.
TABLES = {
    "books": ([("id", "S")], [
        DUNE,
        *({"id": key, "name": "odd key"} for key in ODD_KEYS)]),
    "notes": ([("author", "S"), ("page", "N")], [
        {"author": "ada", "page": 1, "text": "first"},
        {"author": "ada", "page": -2, "text": "minus two"},
        {"author": "a/b", "page": 3, "text": "slash"}]),
    "counts": ([("n", "N")], [
        {"n": number, "text": str(number)} for number in (0, 1, -7, 1000)]),
    "blobs": ([("key", "B")], [
        {"key": b"\0\xff\xfe", "text": "bytes"}, {"key": b"?>~", "text": "url alphabet"}]),
    "dates": ([("day", "S"), ("hour", "B")], [{"day": "monday", "hour": b"\1", "text": "one"}]),
    "empty": ([("id", "S")], []),
    "single": ([("id", "S")], [{"id": "only", "name": "the one", "size": 3}]),
}

MODELS = {
    "books": {"message": "no such book: {hash}"},
    "plain": {"table_name": "books"},
    "notes": {"message": "{hash} has no page {range}"},
    "counts": {},
    "blobs": {},
    "dates": {},
    "empty": {"message": "nothing here"},
    "bare": {"table_name": "empty"},
    "single": {},
    "ghost": {"table_name": "no-such-table"},
    "sealed": {"table_name": "books", "allow": ["write"]},
}


def create(dynamodb, name, keys):
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
        KeySchema=[{"AttributeName": key, "KeyType": role}
                   for (key, _), role in zip(keys, ("HASH", "RANGE"))])


def fill(dynamodb):
    serialize = TypeSerializer().serialize
    for name, (keys, items) in TABLES.items():
        create(dynamodb, name, keys)
        for item in items:
            typed = {key: serialize(value) for key, value in item.items()}
            dynamodb.put_item(TableName=name, Item=typed)
