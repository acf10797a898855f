"""The same operations at random on both stores: every answer agrees.

A failure prints its seed and the fewest operations found that show it; DIFFERENTIAL_SEED=…
runs the same again.
"""
import json
import os
import random
import re
import time
from decimal import Decimal

from cases import TABLES
from random_operations import INDEXES, RandomOperations
from stores import normal

OPERATIONS = 20_000
ROUND = 500  # then the tables are fresh
SHRINK_S = 60
WRITES = ("put", "update", "delete")


def rounds(seed):
    for number in range(OPERATIONS // ROUND):
        source = RandomOperations(random.Random(f"{seed}/{number}"))
        yield [source.operation() for _ in range(ROUND)]


# --- what agrees

def has_free_order(operation):
    return operation["op"] == "scan" or operation.get("unordered")


def one_spelling(value):
    """Numbers as they are worth: DynamoDB Local keeps "5.0" where an update made it."""
    if isinstance(value, list):
        return [one_spelling(element) for element in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("N"), str):
        return {"N": str(Decimal(value["N"]).normalize())}
    if isinstance(value.get("NS"), list):
        return {"NS": sorted(str(Decimal(text).normalize()) for text in value["NS"])}
    return {name: one_spelling(member) for name, member in value.items()}


def comparable(operation, answer):
    """The answer without what a store may choose, or DynamoDB Local miscounts."""
    answer = normal(operation, one_spelling(answer))
    result, error = answer.get("ok", {}), answer.get("error", {})
    result.pop("pages", None)
    if operation["op"].startswith(("batch", "transact")) or has_free_order(operation):
        result.pop("capacity", None)
    error.pop("message", None)
    for reason in error.get("reasons", []):
        reason.pop("message", None)
    return answer


def is_invalid(answer):
    """Refused, or a transaction that an entry of was: DynamoDB Local refuses the whole where
    AWS cancels."""
    error = answer.get("error", {})
    return error.get("code") == "validation-failed" or any(
        reason["code"] == "validation-failed" for reason in error.get("reasons", []))


def forgive_local(operation, local, sqlite):
    """What DynamoDB Local does otherwise than AWS."""
    local_page, sqlite_page = local.get("ok", {}), sqlite.get("ok", {})
    # It counts a unit for an index of two keys that not all items have, when the old item had
    # one of them and the new one the other: neither was in the index.
    if operation["on"] == "indexed" and operation["op"] in WRITES and local_page and sqlite_page:
        if local_page["capacity"] - sqlite_page["capacity"] == 1:
            local_page["capacity"] -= 1
    # It knows that nothing follows a page that ends at its limit and at the range's own end.
    if "last" not in local_page and sqlite_page.get("scanned") == operation.get("limit"):
        sqlite_page.pop("last", None)


def agree(operation, local, sqlite):
    if operation["op"] == "transact_write" and is_invalid(local) and is_invalid(sqlite):
        return True
    # It looks at what an index holds when it meets an item.
    if operation.get("index") and local.get("ok", {}).get("scanned") == 0 and is_invalid(sqlite):
        return True
    local, sqlite = comparable(operation, local), comparable(operation, sqlite)
    forgive_local(operation, local, sqlite)
    return local == sqlite


# --- running

class Lockstep:
    def __init__(self, stores):
        self.stores = [stores["local"], stores["sqlite"]]
        self.number = 0

    def answers(self, operation):
        if operation.get("walk"):
            return [store.run(operation) for store in self.stores]
        for store in self.stores:
            store.send(operation)
        return [store.receive() for store in self.stores]

    def fresh_tables(self):
        self.number += 1
        tables = {kind: f"differential-{self.number}-{kind}" for kind in INDEXES}
        for kind, name in tables.items():
            for answer in self.answers({"op": "create", "table": name} | TABLES[kind]):
                assert "ok" in answer, answer
        return tables

    def first_difference(self, operations):
        """(place, both answers) of the first operation that differs on fresh tables, or None."""
        tables = self.fresh_tables()
        for place, operation in enumerate(operations):
            answers = self.answers({"table": tables[operation["on"]]} | operation)
            if not agree(operation, *answers):
                return place, answers
        return None


# --- shrinking

def shrink(lockstep, operations):
    """The last of them differs; leaves out what is not needed for that, while there is time."""
    deadline = time.monotonic() + SHRINK_S
    last = operations[-1]
    before = [operation for operation in operations[:-1] if operation["on"] == last["on"]]
    step = max(1, len(before) // 2)
    while step and time.monotonic() < deadline:
        start = 0
        while start < len(before) and time.monotonic() < deadline:
            fewer = before[:start] + before[start + step:]
            if differs_at_the_end(lockstep, [*fewer, last]):
                before = fewer
            else:
                start += step
        step //= 2
    return [*before, last]


def differs_at_the_end(lockstep, operations):
    difference = lockstep.first_difference(operations)
    return difference is not None and difference[0] == len(operations) - 1


def readable(value):
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"(.)\1{40,}", lambda run: f"{run[1]}*{len(run[0])}", text)


def report(seed, lockstep, operations):
    fewest = shrink(lockstep, operations)
    _, (local, sqlite) = lockstep.first_difference(fewest)
    lines = [f"DIFFERENTIAL_SEED={seed}", *map(readable, fewest),
             f"local:  {readable(local)}", f"sqlite: {readable(sqlite)}"]
    return "\n".join(lines)


def test_every_answer_agrees(stores):
    seed = os.environ.get("DIFFERENTIAL_SEED") or str(random.SystemRandom().getrandbits(32))
    lockstep = Lockstep(stores)
    for operations in rounds(seed):
        difference = lockstep.first_difference(operations)
        if difference:
            raise AssertionError(report(seed, lockstep, operations[:difference[0] + 1]))
