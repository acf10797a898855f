"""The stores under test: each a store_tool process, one operation a line (README.md)."""
import copy
import json
import os
import pathlib
import subprocess

SETS = ("SS", "NS", "BS")


class Store:
    def __init__(self, host, is_local=False):
        self.is_local = is_local
        tool = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "tests" / "store_tool"
        self.process = subprocess.Popen([tool, host], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def send(self, operation):
        line = json.dumps({key: value for key, value in operation.items() if key != "walk"})
        self.operation = operation
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        assert line, "store_tool ended"
        answer = json.loads(line)
        return as_aws(self.operation, answer) if self.is_local else answer

    def run(self, operation):
        """The answer; of a walk, all pages as one."""
        self.send(operation)
        answer = self.receive()
        return self.walk(operation, answer) if operation.get("walk") else answer

    def walk(self, operation, answer):
        whole = {"capacity": 0, "count": 0, "scanned": 0, "pages": 0, "items": []}
        while "ok" in answer:
            page = answer["ok"]
            whole["pages"] += 1
            for member in ("capacity", "count", "scanned", "items"):
                whole[member] += page[member]
            if "last" not in page:
                return {"ok": whole}
            self.send(operation | {"after": page["last"]})
            answer = self.receive()
        return answer

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0


def as_aws(operation, answer):
    """DynamoDB Local's answer without what it does otherwise than AWS in whatever case: it
    counts nothing for a page with nothing in it, where AWS counts the least of a read; it
    miscounts the writes of transactions; it ends one of its messages with a stop."""
    result = answer.get("ok", {})
    if result.get("scanned") == 0 and result["capacity"] == 0:
        result["capacity"] = 1.0 if operation.get("consistent") else 0.5
    if operation["op"] == "transact_write":
        result.pop("capacity", None)
    for reason in answer.get("error", {}).get("reasons", []):
        if "message" in reason:
            reason["message"] = reason["message"].removesuffix(".")
    return answer


def sort_sets(value):
    """DynamoDB's sets have no order."""
    if isinstance(value, list):
        return [sort_sets(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {name: sorted(member) if name in SETS and isinstance(member, list) else
            sort_sets(member) for name, member in value.items()}


def has_order(operation):
    """Whether the order of its items means something."""
    return operation["op"] in ("query", "transact_get") and not operation.get("unordered")


def normal(operation, answer):
    """The answer without what means nothing: the order of sets, of a scan's items."""
    answer = sort_sets(copy.deepcopy(answer))
    result = answer.get("ok", {})
    for member in ("items", "unprocessed_keys", "unprocessed_puts"):
        if member in result and not (member == "items" and has_order(operation)):
            result[member].sort(key=lambda item: json.dumps(item, sort_keys=True))
    if operation["op"] == "scan" and "last" in result:
        result["last"] = True  # wherever the store's order has it
    if "indexes" in result:
        result["indexes"].sort(key=lambda index: index["name"])
    return answer
