"""Random items, put by boto3 or read from a seed: through the daemon, plain and typed, they
are what boto3 itself reads from DynamoDB Local."""
import decimal
import http.client
import json
import random
import urllib.parse

import pytest

import apps
from daemon import Daemon
from tables import create, in_json, write_seed

ITEMS = 500
SEED = 20240607

ALPHABET = ("abcXYZ019 _-.,:;/\\\"'`<>&%+{}[]\t\n\r\b\f\0\x01\x1f\x7f"
            "éßñЖя日本語אب\u200d\u2028\u2029\ufeff\ufffd\uffff😀𝒳🇪🇺")


class Generator:
    """Typed values, as DynamoDB JSON has them, from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, least=0, most=40):
        length = self.random.randint(least, most)
        return "".join(self.random.choices(ALPHABET, k=length))

    def number(self):
        digits = self.random.choice([1, 2, 9, 17, 20, 38])
        whole = self.random.choice("123456789") + "".join(
            self.random.choices("0123456789", k=digits - 1))
        sign = self.random.choice(["", "-"])
        shape = self.random.randrange(5)
        if shape == 0:
            return "0"
        if shape == 1:
            return f"{sign}{whole}E{self.random.randint(-129, 125 - digits)}"
        if shape == 2:
            point = self.random.randint(0, digits)
            return f"{sign}{whole[:point] or '0'}.{whole[point:] or '0'}"
        return sign + whole

    def binary(self, least=0):
        return self.random.randbytes(self.random.randint(least, 40))

    def set_of(self, make, key):
        members = {key(member): member for member in (make() for _ in range(5))}
        return list(members.values())

    def value(self, depth=0):
        kinds = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "empty"]
        kind = self.random.choice(kinds + ["L", "M"] * (2 if depth < 4 else 0))
        if kind == "empty":
            return self.random.choice([{"S": ""}, {"B": b""}, {"L": []}, {"M": {}}])
        return {kind: getattr(self, f"make_{kind}")(depth)}

    def make_S(self, _):
        return self.text()

    def make_N(self, _):
        return self.number()

    def make_B(self, _):
        return self.binary()

    def make_BOOL(self, _):
        return self.random.random() < 0.5

    def make_NULL(self, _):
        return True

    def make_SS(self, _):
        return self.set_of(lambda: self.text(1), lambda text: text)

    def make_NS(self, _):
        return self.set_of(self.number, decimal.Decimal)

    def make_BS(self, _):
        return self.set_of(lambda: self.binary(1), lambda binary: binary)

    def make_L(self, depth):
        return [self.value(depth + 1) for _ in range(self.random.randint(1, 5))]

    def make_M(self, depth):
        return {self.text(1, 12): self.value(depth + 1)
                for _ in range(self.random.randint(1, 5))}

    def deep(self):
        value = self.value(4)
        for _ in range(27):
            value = {"L": [value]} if self.random.random() < 0.5 else {"M": {"m": value}}
        return value

    def item(self, number):
        attributes = {self.text(1, 20): self.value() for _ in range(self.random.randint(0, 8))}
        if number % 25 == 0:
            attributes["deep"] = self.deep()
        attributes["id"] = {"S": f"{number}/{self.text(0, 8)}"}
        return attributes


def in_plain(value):
    """The typed JSON value as plain JSON shows it; numbers as Decimal."""
    [(kind, content)] = value.items()
    if kind == "N":
        return decimal.Decimal(content)
    if kind == "NS":
        return [decimal.Decimal(member) for member in content]
    if kind == "NULL":
        return None
    if kind == "L":
        return [in_plain(member) for member in content]
    if kind == "M":
        return {name: in_plain(member) for name, member in content.items()}
    return content


DIGITS = decimal.Context(prec=60)


def trimmed(number):
    return format(DIGITS.plus(DIGITS.normalize(DIGITS.create_decimal(number))), "f")


def settled(value, trim):
    """A typed value with its sets in order: DynamoDB gives their members in any. Trimmed: its
    numbers too without zeros in front or at the end, as DynamoDB is documented to keep them
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html);
    DynamoDB Local leaves those inside of lists and maps as they were written."""
    [(kind, content)] = value.items()
    if kind == "N" and trim:
        return {kind: trimmed(content)}
    if kind == "NS" and trim:
        return {kind: sorted(map(trimmed, content))}
    if kind in ("SS", "NS", "BS"):
        return {kind: sorted(content)}
    if kind == "L":
        return {kind: [settled(member, trim) for member in content]}
    if kind == "M":
        return {kind: {name: settled(member, trim) for name, member in content.items()}}
    return value


def fetch(connection, key, accept):
    connection.request("GET", "/models/random/" + urllib.parse.quote(key, safe=""),
                       headers={"Accept": accept})
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, body
    return body.decode()


@pytest.fixture(scope="session")
def random_items(dynamodb):
    """What was put in DynamoDB Local."""
    generator = Generator(SEED)
    create(dynamodb, "random", [("id", "S")])
    items = [generator.item(number) for number in range(ITEMS)]
    for item in items:
        dynamodb.put_item(TableName="random", Item=item)
    return items


@pytest.fixture(scope="module")
def random_daemon(binary, store, random_items, dynamodb_local, tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    app = {"dynamodb": apps.connection(dynamodb_local), "models": {"random": {}}}
    if store == "sqlite":
        seed = write_seed(folder / "random.jsonl", random_items)
        app = {"dynamodb": {"host": "sqlite::memory:"},
               "models": {"random": {**apps.TASK, "seed": seed}}}
    daemon = Daemon(binary, folder, {"app": app}, threads=1)
    try:
        yield daemon.wait_ready()
        daemon.stop()
    finally:
        daemon.kill()


def test_items_read_through_the_daemon_are_what_boto3_reads(random_daemon, random_items,
                                                            dynamodb, store):
    connection = http.client.HTTPConnection("127.0.0.1", random_daemon.port, timeout=60)
    for number, put in enumerate(random_items):
        read = dynamodb.get_item(TableName="random", Key={"id": put["id"]})["Item"]
        expected = in_json({"M": read})

        key = put["id"]["S"]
        typed = json.loads(fetch(connection, key, "application/x-amz-json-1.0"))
        assert settled({"M": typed}, False) == settled(expected, trim=store == "sqlite"), \
            f"item {number}, seed {SEED}"

        plain = json.loads(fetch(connection, key, "application/json"),
                           parse_float=decimal.Decimal, parse_int=decimal.Decimal)
        assert plain == in_plain({"M": typed}), f"item {number}, seed {SEED}"
    connection.close()
