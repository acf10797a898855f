"""The tables that most tests read: made and filled in DynamoDB Local, or seeds of the
embedded store, and their models."""
import base64
import decimal
import json

from boto3.dynamodb.types import TypeSerializer

STORES = ["dynamodb", "sqlite"]

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
    "sealed": {"table_name": "books", "allow": ["write"]},
}


def create(dynamodb, name, keys):
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
        KeySchema=[{"AttributeName": key, "KeyType": role}
                   for (key, _), role in zip(keys, ("HASH", "RANGE"))])


def typed(item):
    """A Python item as boto3 wants it."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in item.items()}


def fill(dynamodb):
    for name, (keys, items) in TABLES.items():
        create(dynamodb, name, keys)
        for item in items:
            dynamodb.put_item(TableName=name, Item=typed(item))


def in_json(value):
    """boto3's typed value (bytes as bytes) as DynamoDB JSON has it (bytes as base64)."""
    [(kind, content)] = value.items()
    if kind == "B":
        return {kind: base64.b64encode(bytes(content)).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(bytes(member)).decode() for member in content]}
    if kind == "L":
        return {kind: [in_json(member) for member in content]}
    if kind == "M":
        return {kind: {name: in_json(member) for name, member in content.items()}}
    return value


def write_seed(path, items):
    """boto3's typed items, a line of DynamoDB JSON each."""
    path.write_text("".join(json.dumps(in_json({"M": item})["M"]) + "\n" for item in items))
    return str(path)


def key_settings(keys):
    """A model's settings for keys [(name, type), …]."""
    named = dict(zip(("hash_key", "range_key"), (name for name, _ in keys)))
    return {**named, "attributes": dict(keys)}


def embedded_models(folder):
    """MODELS for the embedded store: their keys in full, their items in seeds."""
    models = {}
    for name, model in MODELS.items():
        table = model.get("table_name", name)
        keys, items = TABLES[table]
        seed = folder / f"{table}.jsonl"
        write_seed(seed, map(typed, items))
        models[name] = {**key_settings(keys), "seed": str(seed), **model}
    return models


TYPES = ("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS")


def is_typed(item):
    return all(isinstance(value, dict) and len(value) == 1 and next(iter(value)) in TYPES
               for value in item.values())


def from_typed(value):
    """DynamoDB JSON's value as boto3 wants it."""
    [(kind, content)] = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(member) for member in content]}
    if kind == "L":
        return {kind: [from_typed(member) for member in content]}
    if kind == "M":
        return {kind: {name: from_typed(member) for name, member in content.items()}}
    return value


def from_json(text):
    """A seed's line, as boto3 wants its item."""
    if is_typed(item := json.loads(text)):
        return from_typed({"M": item})["M"]
    return typed(json.loads(text, parse_float=decimal.Decimal))
