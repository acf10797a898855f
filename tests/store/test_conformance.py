"""One suite, every store: the cases of cases/, with the same answers."""
import pytest

from cases import GIVEN_TABLE, TABLES, all_cases, expand, operations, replace
from stores import normal

CASES = list(all_cases())


def as_told(expected, actual):
    """Of errors and reasons, the message only where the case has one."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        untold = {"message"} - set(expected)
        return {name: as_told(expected.get(name), value) for name, value in actual.items()
                if name not in untold}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [as_told(*pair) for pair in zip(expected, actual)]
    return actual


def agree(expected, actual):
    if "capacity" not in actual.get("ok", {"capacity"}):
        expected = {"ok": {name: value for name, value in expected["ok"].items()
                           if name != "capacity"}} if "ok" in expected else expected
    if "error" in expected:
        actual = as_told(expected, actual)
    return expected == actual


@pytest.fixture(scope="session")
def fresh_table():
    """A name that no other case has."""
    numbers = iter(range(10 ** 6))
    return lambda: f"conformance-{next(numbers)}"


def test_no_two_cases_have_one_name():
    names = [f"{topic}/{case['name']}" for topic, case in CASES]
    assert len(set(names)) == len(names) >= 400


@pytest.mark.parametrize("kind", ["local", "sqlite"])
@pytest.mark.parametrize("case", [case for _, case in CASES],
                         ids=[f"{topic}/{case['name']}" for topic, case in CASES])
def test_case(stores, kind, case, fresh_table):
    store, table = stores[kind], fresh_table()
    before, run = operations(case, table)
    for operation in before:
        answer = store.run(operation)
        assert "ok" in answer, (operation, answer)
    expectations = case.get(kind, case["expect"])
    assert len(expectations) == len(run)
    for operation, expected in zip(run, expectations):
        actual = replace(normal(operation, store.run(operation)), table, GIVEN_TABLE)
        expected = normal(operation, expand(expected))
        assert agree(expected, actual), f"{operation}\nexpected {expected}\nactual   {actual}"


@pytest.mark.parametrize("kind", ["local", "sqlite"])
@pytest.mark.parametrize("segments", [2, 3, 16])
def test_the_segments_of_a_parallel_scan_are_the_table(stores, kind, segments, fresh_table):
    """Which items are whose is the store's own business."""
    store, table = stores[kind], fresh_table()
    keys = [{"id": {"S": f"key {number}"}} for number in range(40)]
    assert "ok" in store.run({"op": "create", "table": table} | TABLES["hash"])
    for key in keys:
        assert "ok" in store.run({"op": "put", "table": table, "item": key})
    found = []
    for segment in range(segments):
        scan = {"op": "scan", "table": table, "segment": segment, "segments": segments,
                "limit": 3, "walk": True}
        found += store.run(scan)["ok"]["items"]
    assert sorted(key["id"]["S"] for key in found) == sorted(key["id"]["S"] for key in keys)
