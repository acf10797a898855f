"""The conformance cases: cases/*.jsonl, one a line (README.md)."""
import copy
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent
TABLES = json.loads((FOLDER / "tables.json").read_text())
GIVEN_TABLE = "{table}"


def load(path):
    lines = path.read_text().splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def all_cases():
    """(topic, case), in the files' order."""
    for path in sorted((FOLDER / "cases").glob("*.jsonl")):
        yield from ((path.stem, case) for case in load(path))


def replace(value, mark, text):
    if isinstance(value, str):
        return value.replace(mark, text)
    if isinstance(value, list):
        return [replace(element, mark, text) for element in value]
    if isinstance(value, dict):
        return {replace(name, mark, text): replace(member, mark, text)
                for name, member in value.items()}
    return value


def expand_list(elements):
    for element in elements:
        if isinstance(element, dict) and "$times" in element:
            for number in range(element["$times"]):
                yield expand(replace(element["of"], "{i}", str(number)))
        else:
            yield expand(element)


def expand(value):
    """{"$repeat":["x",9]} is a text, {"$times":9,"of":…} nine elements of a list with {i}
    from 0, {"$nest":[9,OUTER,INNER]} INNER inside nine OUTERs, each with it for "$"."""
    if isinstance(value, list):
        return list(expand_list(value))
    if not isinstance(value, dict):
        return value
    if "$repeat" in value:
        text, count = value["$repeat"]
        return text * count
    if "$nest" in value:
        count, outer, inner = value["$nest"]
        for _ in range(count):
            inner = put_inside(outer, inner)
        return inner
    return {name: expand(member) for name, member in value.items()}


def put_inside(outer, inner):
    if outer == "$":
        return inner
    if isinstance(outer, list):
        return [put_inside(element, inner) for element in outer]
    if isinstance(outer, dict):
        return {name: put_inside(member, inner) for name, member in outer.items()}
    return outer


def operations(case, table):
    """What sets the case up, and what it runs, on a table of that name."""
    before = [{"op": "create", "table": table} | TABLES[case["table"]]] if "table" in case else []
    for given in expand(case.get("given", [])):
        before.append(given if "op" in given else {"op": "put", "item": given})
    run = copy.deepcopy(expand(case["run"]))
    return ([replace({"table": table} | step, GIVEN_TABLE, table) for step in before],
            [replace({"table": table} | step, GIVEN_TABLE, table) for step in run])
