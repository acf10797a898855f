"""Random filters on random items, through the daemon: they find what an independent evaluation
of the same conditions finds. FILTERS_SEED=n repeats a run."""
import dataclasses
import os
import random

import pytest

import apps
import conditions
from client import Connection
from daemon import Daemon
from tables import create, from_typed, write_seed

SEED = int(os.environ.get("FILTERS_SEED", random.randrange(10**9)))
ITEMS, FILTERS = 60, 800

# Of the model `declared`; the model `plain` has the same table and none of them.
DECLARED = {"s": "S", "n": "N", "b": "B", "t": "BOOL", "ss": "SS", "ns": "NS", "bs": "BS",
            "l": "L", "m": "M"}
OTHERS = ["u", "v", "odd name", "a.b", "limit", "eq", "status"]
PATHS = [*([name] for name in [*DECLARED, *OTHERS] * 3), ["m", "x"], ["m", "y"], ["m", "x", "z"],
         ["m", "l", 0], ["m", "a.b"], ["l", 0], ["l", 1], ["l", 0, "x"], ["l", 9], ["u", "x"],
         ["u", 0], ["v", "x", 0], ["s", "x"], ["none"], ["none", "x", 3]]

TEXTS = ["", "x", "xy", "yx", "Z", "日本", "true", "null", "1", "10", "a, b", "(c)", "say \"x\"",
         "back\\slash", "\"", "é", "eq.1", "100%", "a&b=c", "a+b", " "]
NUMBERS = ["0", "1", "-1", "2.5", "10", "-0.75", "1000000", "12345678901234567890",
           "12345678901234567890.5", "0.001"]
SPELLINGS = {"1": "1.0", "10": "1E1", "2.5": "2.50", "0": "-0", "1000000": "+1e6"}
BINARY = ["", "AA==", "AQ==", "AAE=", "AgM=", "/w=="]
MEMBERS = {"SS": ["x", "xy", "1", "日本", "a, b"], "NS": NUMBERS, "BS": BINARY[1:]}


class RandomFilters:
    def __init__(self, rng, items=()):
        self.rng, self.items = rng, items

    # Values.

    def of(self, kind, depth=0):
        choose = self.rng.choice
        if kind in MEMBERS:
            return {kind: self.rng.sample(MEMBERS[kind], self.rng.randint(1, 3))}
        if kind == "L":
            return {kind: [self.value(depth + 1) for _ in range(self.rng.randrange(3))]}
        if kind == "M":
            names = self.rng.sample(["x", "y", "z", "l", "a.b"], self.rng.randrange(4))
            return {kind: {name: self.value(depth + 1) for name in names}}
        return {kind: choose({"S": TEXTS, "N": NUMBERS, "B": BINARY, "BOOL": [True, False],
                              "NULL": [True]}[kind])}

    def value(self, depth=0):
        nested = ["L", "M"] if depth < 3 else []
        return self.of(self.rng.choice(["S", "S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS",
                                        *nested, *nested]), depth)

    def item(self, number):
        item = {"half": {"S": "even odd".split()[number % 2]}, "id": {"S": f"{number:03}"}}
        for name in [*DECLARED, *OTHERS]:
            if self.rng.random() < 0.6:
                kind = DECLARED.get(name) if self.rng.random() < 0.85 else None
                item[name] = self.of(kind) if kind else self.value()
        return item

    # Conditions.

    def range_condition(self):
        """One that a Query takes of its range key."""
        low, high = sorted(self.rng.sample(range(ITEMS), 2))
        return self.rng.choice([
            *((operator, ["id"], {"S": f"{low:03}"})
              for operator in ("eq", "lt", "le", "gt", "ge")),
            ("between", ["id"], {"S": f"{low:03}"}, {"S": f"{high:03}"}),
            ("begins_with", ["id"], {"S": f"{low // 10:02}"})])

    def operand(self, kind, path=()):
        """Of that type; where it is None, of one that a value can look like. Often one that an
        item has there."""
        kinds = [kind] if kind else ["S", "S", "N", "N", "BOOL", "NULL"]
        there = conditions.at(path, self.rng.choice(self.items)) if self.items and path else None
        if there is None or next(iter(there)) not in kinds or self.rng.random() < 0.3:
            there = None
        value = there or self.of(self.rng.choice(kinds))
        if "N" in value and self.rng.random() < 0.3:
            return {"N": SPELLINGS.get(value["N"], value["N"])}
        return value

    def json_operand(self, kind, path):
        """As operand; lists and maps of what plain JSON can say."""
        while True:
            value = self.operand(kind, path)
            if sayable(value):
                return value

    def comparison(self, path, kind):
        if kind not in (None, "S", "N", "B"):
            return self.rng.choice(["eq", "ne"]), path, self.json_operand(kind, path)
        operator = self.rng.choice(["eq", "ne", "lt", "le", "gt", "ge", "between"])
        ordered = kind or self.rng.choice("SN")
        if operator == "between":
            ends = sorted((self.operand(ordered, path), self.operand(ordered, path)),
                          key=lambda value: conditions.plain(ordered, value[ordered]))
            return operator, path, *ends
        return operator, path, self.operand(kind if operator in ("eq", "ne") else ordered, path)

    def leaf(self, declared):
        path = self.rng.choice(PATHS)
        kind = declared.get(path[0]) if len(path) == 1 else None
        which = self.rng.randrange(10)
        if which == 0:
            return "exists", path, self.rng.random() < 0.5
        if which == 1:
            return "type", path, self.rng.choice(["S", "N", "B", "BOOL", "NULL", "L", "M", "SS",
                                                  "NS", "BS"])
        if which == 2 and kind in (None, "S", "B"):
            return "begins_with", path, self.of("B" if kind == "B" else "S")
        if which == 3 and kind not in ("N", "BOOL", "NULL", "M"):
            member = conditions.MEMBERS.get(kind, "B" if kind == "B" else "S")
            return "contains", path, self.operand(
                self.rng.choice("SN") if kind in (None, "L") else member)
        if which == 4:
            count = self.rng.randint(1, 4)
            return "in", path, *(self.json_operand(kind, path) for _ in range(count))
        return self.comparison(path, kind)

    def condition(self, declared, depth=0):
        which = self.rng.random()
        if depth < 4 and which < 0.25 - 0.04 * depth:
            return (self.rng.choice(["and", "or"]),
                    *(self.condition(declared, depth + 1) for _ in range(self.rng.randint(1, 3))))
        if depth < 4 and which < 0.4:
            return "not", self.condition(declared, depth + 1)
        return self.leaf(declared)


def sayable(value):
    """Whether plain JSON has the value: neither sets nor binary inside of lists and maps."""
    [(kind, content)] = value.items()
    inside = content if kind == "L" else content.values() if kind == "M" else ()
    return not any(next(iter(member)) in ("B", "SS", "NS", "BS") or not sayable(member)
                   for member in inside)


# What is asked.

FORM = ("Content-Type", "application/x-www-form-urlencoded")

@pytest.fixture(scope="module")
def items():
    generator = RandomFilters(random.Random(SEED))
    return [generator.item(number) for number in range(ITEMS)]


@pytest.fixture(scope="module")
def daemon(binary, store, items, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filters")
    keys = {"table_name": "filters", "hash_key": "half", "range_key": "id"}
    types = {"half": "S", "id": "S"}
    models = {"declared": {**keys, "attributes": {**types, **DECLARED}},
              "plain": {**keys, "attributes": types}}
    connection = {"host": "sqlite::memory:"}
    if store == "sqlite":
        models["declared"]["seed"] = write_seed(folder / "filters.jsonl", map(as_boto3, items))
    else:
        fill(request.getfixturevalue("dynamodb"), items)
        connection = apps.connection(request.getfixturevalue("dynamodb_local"))
    running = Daemon(binary, folder, {"app": {"dynamodb": connection, "models": models}}, threads=1)
    try:
        yield running.wait_ready()
        running.stop()
    finally:
        running.kill()


def as_boto3(item):
    return from_typed({"M": item})["M"]


def fill(dynamodb, items):
    create(dynamodb, "filters", [("half", "S"), ("id", "S")])
    for item in items:
        dynamodb.put_item(TableName="filters", Item=as_boto3(item))


@dataclasses.dataclass
class Question:
    model: str
    partition: str  # None: a Scan
    posted: bool
    declared: dict

    def ask(self, connection, asked):
        """The ids that are found, or the problem."""
        texts = [conditions.query_text(asked, self.declared), "attributes_to_get=id&limit=1000"]
        address = f"/models/{self.model}"
        if self.posted:
            texts += [f"hash={self.partition}"] if self.partition else []
            response = connection.ask("POST", f"{address}:query", [FORM], "&".join(texts).encode())
        else:
            address += f"/{self.partition}" if self.partition else ""
            response = connection.get(f"{address}?{'&'.join(texts)}")
        if response.status != 200:
            return response.body
        return sorted(item["id"] for item in response.json)

    def expected(self, items, asked):
        return sorted(item["id"]["S"] for item in items
                      if item["half"]["S"] == (self.partition or item["half"]["S"])
                      and all(conditions.holds(condition, item) for condition in asked))

    def tell(self, connection, items, asked):
        ours, theirs = self.ask(connection, asked), self.expected(items, asked)
        lines = [f"seed {SEED}, {self}: ?{conditions.query_text(asked, self.declared)}", f"{asked}",
                 f"found {ours}, not {theirs}"]
        if isinstance(ours, list):
            lines += [str(item) for item in items
                      if (item["id"]["S"] in ours) != (item["id"]["S"] in theirs)][:3]
        return "\n".join(lines)


def smaller(condition):
    """What the condition is made of."""
    kind, *rest = condition
    if kind in ("and", "or"):
        yield from rest
        yield from ((kind, *rest[:n], *rest[n + 1:]) for n in range(len(rest)) if len(rest) > 1)
    if kind == "not":
        yield rest[0]
    if kind == "in" and len(rest) > 2:
        yield from ((kind, rest[0], operand) for operand in rest[1:])


def shrink(asked, is_wrong):
    """The smallest of its parts that is still wrong."""
    parts = [[condition] for condition in asked] if len(asked) > 1 else \
        [[condition] for condition in smaller(asked[0])]
    for part in parts:
        if is_wrong(part):
            return shrink(part, is_wrong)
    return asked


@pytest.mark.parametrize("model", ["declared", "plain"])
def test_filters_find_what_they_should(daemon, items, model):
    declared = DECLARED if model == "declared" else {}
    rng = random.Random(f"{SEED} {model}")
    generator = RandomFilters(rng, items)
    connection = Connection(daemon.port)
    for _ in range(FILTERS):
        question = Question(model, rng.choice([None, None, "even", "odd"]), rng.random() < 0.2,
                            declared)
        asked = [generator.condition(declared) for _ in range(rng.choice([1, 1, 2, 3]))]
        if question.partition and rng.random() < 0.7:
            asked.append(generator.range_condition())

        def is_wrong(asked):
            return question.ask(connection, asked) != question.expected(items, asked)

        if is_wrong(asked):
            pytest.fail(question.tell(connection, items, shrink(asked, is_wrong)))
    connection.close()
