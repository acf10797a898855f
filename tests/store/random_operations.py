"""Operations at random: few keys, so that they meet; every kind of action, condition and page."""
import base64

IDS = ["a", "b", "c", "é"]
STATUSES = ["open", "done"]
OWNERS = ["ann", "bob"]
NUMBERS = ["0", "1", "-1", "2.5", "10", "-0.75", "1000000", "12345678901234567890", "0.001"]
SPELLINGS = ["1.0", "+1", "1e0", "-0", "2.50", "1E3", ".5", "007"]  # in puts only: DynamoDB Local keeps an update's
TEXTS = ["", "x", "xy", "text", "日本", "a\"b", "z" * 50]
PATHS = [["s"], ["n"], ["b"], ["l"], ["m"], ["ss"], ["ns"], ["bs"], ["t"], ["none"], ["m", "x"],
         ["m", "y"], ["m", "x", "z"], ["l", 0], ["l", 1], ["l", 7], ["m", "l", 0], ["s", "x"]]
TYPES = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"]
COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]
RETURNS = ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]

# Table → its indexes, and their keys.
INDEXES = {
    "hash": {},
    "range": {},
    "indexed": {"by-status": ("status", "at"), "keys-only": ("owner", None),
                "some": ("owner", "rank"), "local-rank": ("id", "rank"),
                "local-keys": ("id", "title")},
}
WHOLE = {"by-status", "local-rank"}
GLOBAL = {"by-status", "keys-only", "some"}


class RandomOperations:
    def __init__(self, rng):
        self.rng = rng

    # --- values

    def number(self):
        return {"N": self.rng.choice(NUMBERS)}

    def text(self):
        return {"S": self.rng.choice(TEXTS)}

    def binary(self):
        return {"B": base64.b64encode(self.rng.randbytes(self.rng.randrange(3))).decode()}

    def some(self, choices):
        return self.rng.sample(choices, self.rng.randint(1, 3))

    def scalar(self):
        return self.rng.choice([self.number, self.text, self.binary, lambda: {"NULL": True},
                                lambda: {"BOOL": self.rng.random() < 0.5}])()

    def set(self):
        return self.rng.choice([
            lambda: {"SS": self.some(["x", "y", "z", "w"])},
            lambda: {"NS": self.some(NUMBERS)},
            lambda: {"BS": self.some(["AA==", "AQ==", "AgM="])}])()

    def value(self, depth=0):
        if depth > 2 or self.rng.random() < 0.6:
            return self.scalar()
        kind = self.rng.randrange(3)
        if kind == 0:
            return self.set()
        if kind == 1:
            return {"L": [self.value(depth + 1) for _ in range(self.rng.randrange(4))]}
        return {"M": {name: self.value(depth + 1)
                      for name in self.rng.sample("xyzl", self.rng.randrange(4))}}

    # --- items

    def key(self, table):
        key = {"id": {"S": self.rng.choice(IDS)}}
        if table != "hash":
            key["at"] = {"N": str(self.rng.randrange(-2, 6))}
        return key

    def index_attributes(self):
        made = {"status": {"S": self.rng.choice(STATUSES)}, "owner": {"S": self.rng.choice(OWNERS)},
                "rank": {"N": self.rng.choice(NUMBERS)}, "title": {"S": self.rng.choice("xyz")},
                "size": self.number()}
        return {name: made[name] for name in made if self.rng.random() < 0.6}

    def item(self, table):
        item = self.key(table)
        typed = {"s": self.text, "n": self.number, "b": self.binary, "t": self.scalar,
                 "l": lambda: {"L": [self.value(1) for _ in range(self.rng.randrange(4))]},
                 "m": lambda: {"M": {name: self.value(1) for name in "xyl"}},
                 "ss": lambda: {"SS": self.some(["x", "y", "z"])},
                 "ns": lambda: {"NS": self.some(NUMBERS)}, "bs": lambda: {"BS": ["AA==", "AQ=="]}}
        for name, make in typed.items():
            if self.rng.random() < 0.5:
                item[name] = make() if self.rng.random() < 0.9 else self.value()
        if table == "indexed":
            item |= self.index_attributes()
            if self.rng.random() < 0.03:
                # Never by an update: DynamoDB Local lets it pass.
                item[self.rng.choice(["status", "owner", "rank", "title"])] = self.value()
        if self.rng.random() < 0.1:
            item["n"] = {"N": self.rng.choice(SPELLINGS)}
        # An index's entry has 100 bytes more in DynamoDB Local: none of them near 1 KB.
        if table != "indexed" and self.rng.random() < 0.03:
            item["pad"] = {"S": "p" * self.rng.randrange(6000)}
        return item

    # --- expressions

    def path(self):
        return self.rng.choice(PATHS)

    def comparison(self):
        left = self.path() if self.rng.random() < 0.9 else {"size": self.path()}
        right = self.value(1) if self.rng.random() < 0.85 else self.path()
        return [self.rng.choice(COMPARISONS), left, right]

    def condition(self, depth=0):
        kind = self.rng.randrange(12 if depth < 2 else 9)
        if kind < 4:
            return self.comparison()
        if kind == 4:
            return [self.rng.choice(["exists", "not_exists"]), self.path()]
        if kind == 5:
            return ["type", self.path(), self.rng.choice(TYPES)]
        if kind == 6:
            return [self.rng.choice(["begins_with", "contains"]), self.path(), self.scalar()]
        if kind == 7:
            return ["between", self.path(), *sorted((self.number(), self.number()),
                                                    key=lambda number: float(number["N"]))]
        if kind == 8:
            return ["in", self.path(), *(self.value(1) for _ in range(self.rng.randint(1, 4)))]
        if kind == 9:
            return ["not", self.condition(depth + 1)]
        return [self.rng.choice(["and", "or"]),
                *(self.condition(depth + 1) for _ in range(self.rng.randint(2, 3)))]

    def operand(self):
        kind = self.rng.randrange(10)
        if kind < 5:
            return self.value(1)
        if kind == 5:
            return self.path()
        if kind == 6:
            return {"if_not_exists": [self.path(), self.value(1)]}
        if kind == 7:
            return {"list_append": [self.rng.choice([["l"], ["m", "l"]]), {"L": [self.value(2)]}]}
        start = {"if_not_exists": [["n"], {"N": "0"}]} if self.rng.random() < 0.5 else ["n"]
        return {self.rng.choice(["plus", "minus"]): [start, self.number()]}

    def action(self, table):
        kind = self.rng.randrange(10)
        if table == "indexed" and self.rng.random() < 0.3:
            name, value = self.rng.choice(list(self.index_attributes().items()) or [("s", {"S": "x"})])
            return ["set", [name], value] if self.rng.random() < 0.7 else ["remove", [name]]
        if kind < 5:
            return ["set", self.path(), self.operand()]
        if kind < 7:
            return ["remove", self.path()]
        if kind == 7:
            return ["add", self.rng.choice([["n"], ["new"], ["m", "n"]]), self.number()]
        if kind == 8:
            return ["add", self.rng.choice([["ss"], ["ns"], ["new"]]), self.set()]
        return ["delete", self.rng.choice([["ss"], ["ns"], ["none"]]), self.set()]

    def update(self, table):
        return [self.action(table) for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3]))]

    def maybe_if(self, operation, odds):
        if self.rng.random() < odds:
            operation["if"] = self.condition()
        return operation

    # --- operations

    def get(self, table):
        operation = {"op": "get", "key": self.key(table), "consistent": self.rng.random() < 0.3}
        if self.rng.random() < 0.4:
            operation["projection"] = [self.path()]
        return operation

    def put(self, table):
        operation = {"op": "put", "item": self.item(table),
                     "return": self.rng.choice(["NONE", "ALL_OLD"])}
        return self.maybe_if(operation, 0.3)

    def change(self, table):
        operation = {"op": "update", "key": self.key(table), "update": self.update(table),
                     "return": self.rng.choice(RETURNS)}
        return self.maybe_if(operation, 0.25)

    def delete(self, table):
        operation = {"op": "delete", "key": self.key(table),
                     "return": self.rng.choice(["NONE", "ALL_OLD"])}
        return self.maybe_if(operation, 0.3)

    def range_condition(self, name):
        if name == "title":
            return ["begins_with", name, {"S": self.rng.choice("xyz")}]
        low, high = sorted((self.number(), self.number()), key=lambda number: float(number["N"]))
        if self.rng.random() < 0.3:
            return ["between", name, low, high]
        return [self.rng.choice(["eq", "lt", "le", "gt", "ge"]), name, low]

    def page(self, operation):
        if self.rng.random() < 0.3:
            operation["filter"] = self.condition()
        if self.rng.random() < 0.3:
            operation["count"] = True
        elif self.rng.random() < 0.3:
            operation["projection"] = [self.path()]
        return operation

    def query(self, table):
        index = self.rng.choice([None, *INDEXES[table]])
        hash_name, range_name = INDEXES[table].get(index, ("id", "at" if table != "hash" else None))
        hashes = {"id": IDS, "status": STATUSES, "owner": OWNERS}[hash_name]
        keys = [[hash_name, {"S": self.rng.choice(hashes)}]]
        if range_name and self.rng.random() < 0.5:
            keys.append(self.range_condition(range_name))
        operation = self.page({"op": "query", "keys": keys})
        if index:
            # Which of two equal index keys comes first is nobody's promise.
            operation |= {"index": index, "unordered": True, "walk": True}
        # DynamoDB Local: at the limit and the range's end it forgets equal index keys that follow.
        if table != "hash" and not (index and len(keys) == 2) and self.rng.random() < 0.4:
            operation["limit"] = self.rng.randint(1, 4)
        if self.rng.random() < 0.4:
            operation["descending"] = True
        if self.rng.random() < 0.2 and index not in GLOBAL:
            operation["consistent"] = True
        return operation

    def scan(self, table):
        operation = self.page({"op": "scan", "walk": True})
        if INDEXES[table] and self.rng.random() < 0.5:
            operation["index"] = self.rng.choice(list(INDEXES[table]))
            if operation["index"] not in WHOLE:
                # DynamoDB Local filters by what such an index does not hold.
                operation.pop("filter", None)
        if self.rng.random() < 0.4:
            operation["limit"] = self.rng.randint(1, 5)
        return operation

    def keys(self, table, most):
        made = [self.key(table) for _ in range(self.rng.randint(1, most))]
        return [key for number, key in enumerate(made) if key not in made[:number]]

    def batch_get(self, table):
        return {"op": "batch_get", "keys": self.keys(table, 8), "consistent": self.rng.random() < 0.3}

    def batch_write(self, table):
        keys = self.keys(table, 6)
        puts = self.rng.randrange(len(keys) + 1)
        return {"op": "batch_write", "deletes": keys[puts:],
                "puts": [self.item(table) | key for key in keys[:puts]]}

    def transact_get(self, table):
        return {"op": "transact_get", "entries": [{"key": key} for key in self.keys(table, 5)]}

    def transact_write(self, table):
        return {"op": "transact_write",
                "entries": [self.entry(table, key) for key in self.keys(table, 4)]}

    def entry(self, table, key):
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.maybe_if({"put": self.item(table) | key}, 0.3)
        if kind == 1:
            return self.maybe_if({"key": key, "update": self.update(table)}, 0.3)
        return self.maybe_if({"key": key, "delete": True}, 0.3) if kind == 2 else \
            {"key": key, "if": self.condition()}

    def operation(self):
        """{"on": kind of table, "op": …}"""
        makers = [self.put] * 18 + [self.change] * 28 + [self.delete] * 7 + [self.get] * 8 + \
            [self.query] * 16 + [self.scan] * 6 + [self.batch_get] * 3 + [self.batch_write] * 4 + \
            [self.transact_get] * 2 + [self.transact_write] * 8
        table = self.rng.choice(["hash", "range", "indexed", "indexed"])
        return {"on": table} | self.rng.choice(makers)(table)
