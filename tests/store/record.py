#!/usr/bin/python3
"""Fills in what cases expect: DynamoDB Local's answers, to be checked against AWS's
documentation by whoever commits them.

    DYNAMOD_BUILD=build/test tests/store/record.py http://127.0.0.1:8000 tests/store/cases/put.jsonl

Lines that have "expect" already are left alone.
"""
import json
import pathlib
import re
import sys
import time

from cases import GIVEN_TABLE, load, operations, replace
from stores import Store, normal

LONG = 100

# Messages that AWS words as DynamoDB Local does. Of others, code and type are recorded alone.
STABLE = re.compile("|".join((
    "The conditional request failed",
    "the table does not exist",
    "Transaction cancelled, please refer",
    "Transaction request cannot include multiple",
    "The document path provided in the update expression is invalid",
    "An operand in the update expression has an incorrect data type",
    "The provided expression refers to an attribute that does not exist",
    "One or more parameter values are not valid. ",
    "One or more parameter values were invalid: Cannot update attribute",
    "Provided list of item keys contains duplicates",
    "Too many items requested for the Batch",
    "Item size (to update )?has exceeded",
    "Number overflow",
    "Invalid (Condition|Filter|KeyCondition|Update|Projection)Expression: ",
    "Filter Expression can only contain non-primary",
    "The table does not have the specified index",
    "Cannot specify the ProjectionExpression when",
)))

# Of these, what is named depends on how the expression was written.
UNSTABLE = re.compile("expression size: |path one: .*path two: ")


def shorten(value):
    """Long runs of one character as the cases write them."""
    if isinstance(value, str) and len(value) > LONG and len(set(value)) == 1:
        return {"$repeat": [value[0], len(value)]}
    if isinstance(value, list):
        return [shorten(element) for element in value]
    if isinstance(value, dict):
        return {name: shorten(member) for name, member in value.items()}
    return value


def without_own_words(answer):
    """Without the messages that only DynamoDB Local words so."""
    error = answer.get("error", {})
    for told in [error, *error.get("reasons", [])]:
        if UNSTABLE.search(told.get("message", "")) or not STABLE.match(told.get("message", "")):
            told.pop("message", None)
    return answer


def record(store, case, table):
    before, run = operations(case, table)
    for operation in before:
        answer = store.run(operation)
        assert "ok" in answer, (case["name"], operation, answer)
    answers = [normal(operation, store.run(operation)) for operation in run]
    return [shorten(replace(without_own_words(answer), table, GIVEN_TABLE)) for answer in answers]


def main(host, *paths):
    store = Store(host, is_local=True)
    for path in map(pathlib.Path, paths):
        cases = load(path)
        for number, case in enumerate(cases):
            if "expect" not in case:
                table = f"{path.stem[:8]}-{time.time_ns() // 10 ** 6 % 10 ** 9}-{number}"
                case["expect"] = record(store, case, table)
        path.write_text("".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n"
                                for case in cases))
    store.stop()


main(*sys.argv[1:])
