"""Tables of many items for tests of pages, on either store, and a writer beside the daemon."""
import concurrent.futures
import json
import os
import pathlib
import subprocess

import apps
from tables import typed, write_seed

MODEL = {
    "table_name": "pages", "hash_key": "h", "range_key": "r", "create_table": True,
    "attributes": {"h": "S", "r": "N", "g": "S", "s": "N", "k": "N"},
    "indexes": {"by_group": {"hash_key": "g", "range_key": "s"},
                "by_rank": {"range_key": "k", "projection": ["s"]}},
}


def item(partition, number, **more):
    """Fifty of a group have equal keys in each index."""
    return {"h": partition, "r": number, "g": f"of {partition}", "s": number // 50,
            "k": number // 50, **more}


def batches(items, size=25):
    return [items[n:n + size] for n in range(0, len(items), size)]


def put_all(dynamodb, table, items):
    def put(batch):
        requests = [{"PutRequest": {"Item": typed(item)}} for item in batch]
        answer = dynamodb.batch_write_item(RequestItems={table: requests})
        assert not answer["UnprocessedItems"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches(items)))


class Writer:
    """Puts items in the table of a store while a daemon serves it: store_tool."""

    def __init__(self, host, table="pages"):
        tool = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "tests/store_tool"
        self.table = table
        self.process = subprocess.Popen([tool, host], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def put(self, item):
        self.put_typed(typed(item))

    def put_typed(self, item):
        line = json.dumps({"op": "put", "table": self.table, "item": item})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "ok" in answer, answer

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def store_of(store, folder, request, items, model=None):
    """(app, host). On the embedded store the items are its seed; on DynamoDB who asks puts them,
    once the daemon has made the table."""
    model = model or MODEL
    if store == "sqlite":
        seed = write_seed(folder / "pages.jsonl", map(typed, items))
        host = f"sqlite:{folder}/pages.db"
        return {"dynamodb": {"host": host}, "models": {"pages": {**model, "seed": seed}}}, host
    url = request.getfixturevalue("dynamodb_local")
    return {"dynamodb": apps.connection(url), "models": {"pages": model}}, url
