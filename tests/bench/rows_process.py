"""Rows of the process itself, and of pages."""
import json
import subprocess

from measure import (SECONDS, in_turn, median, memory_mb, percentile_ms,
                     seconds_to_first_answer, wrk)
from servers import BUILD, Daemon, free_port, proxied_app, write_lines
from table import at_least, at_most

STARTS = 7  # it takes milliseconds


def at_rest(table, servers):
    """With the settings that the daemon has by itself: a thread a CPU, the admin's listener."""
    upstream, figures = servers.upstream(), []
    for _ in range(STARTS):
        port, folder = free_port(), servers.new_folder()
        seconds, daemon = seconds_to_first_answer(
            lambda: Daemon(BUILD / "dynamod", folder, {"bench": proxied_app(upstream)},
                           listen=[f"127.0.0.1:{port}"], admin="127.0.0.1:0"),
            port, "/models/item/1")
        figures.append([memory_mb(daemon.process.pid), seconds * 1000])
        daemon.stop()
    memory, start_ms = median(figures)
    table.figure("at rest, after its first answer", "RssAnon, MB", "{:.1f}", memory,
                 goal=at_most(4, "MB"))
    table.figure("start to first answer", "ms", "{:.1f}", start_ms, goal=at_most(15, "ms"))


# --- pages of 1 MB ---

def text_items():
    """A kilobyte each, most of it one text."""
    for number in range(1000):
        yield {"id": "page", "n": number, "text": "x" * 1000}


def mixed_items():
    """Numbers, booleans, lists and maps: a quarter of a kilobyte each, as DynamoDB JSON."""
    for number in range(4000):
        yield {"id": "page", "n": number, "name": f"item number {number}", "done": True,
               "count": number * 17, "tags": ["a", "b", "c"],
               "address": {"street": f"Some Street {number}", "geo": {"lat": 52.1234}}}


def typed(value):
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (int, float)):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [typed(part) for part in value]}
    return {"M": {name: typed(part) for name, part in value.items()}}


def page_of(items):
    """As many as make 1 MB of DynamoDB JSON."""
    parts, size = [], 0
    for item in items:
        parts.append(json.dumps(typed(item)["M"], separators=(",", ":")))
        size += len(parts[-1]) + 1
        if size > 1_000_000:
            break
    return "[" + ",".join(parts) + "]"


def codec(table, servers):
    """The program is the codec alone, and takes its own CPU time."""
    folder = servers.new_folder()
    for name, items in (("texts of 1 KB", text_items()), ("small values", mixed_items())):
        path = folder / "page.json"
        path.write_text(page_of(items))

        def measure():
            out = subprocess.run([BUILD / "tests/codec_bench", path, str(SECONDS * 300)],
                                 check=True, text=True, capture_output=True).stdout
            return [float(figure) for figure in out.split()]

        [(ours, peer)] = in_turn(measure)
        table.figure(f"page of 1 MB ({name}), typed to plain JSON; peer: memcpy of it",
                     "MB/s of one core", "{:.0f}", ours, peer, at_least(300, "MB/s"))


def pages(table, servers):
    """One shard: what a page holds up, the GETs beside it feel."""
    folder = servers.new_folder()
    lines = [*text_items(), {"id": "item", "n": 1, "text": "small"}]
    daemon = servers.daemon({
        "dynamodb": {"host": "sqlite::memory:"},
        "models": {"page": {"hash_key": "id", "range_key": "n", "create_table": True,
                            "attributes": {"id": "S", "n": "N"},
                            "seed": write_lines(folder / "page.jsonl", lines)}}})
    page = f"{daemon.url}/models/page/page?limit=1000"

    def alone():
        return percentile_ms(wrk(4, f"{daemon.url}/models/page/item/1"), 99)

    def beside_pages():
        reader = subprocess.Popen(["wrk", "-t1", "-c1", f"-d{SECONDS + 2}s", page],
                                  stdout=subprocess.DEVNULL)
        try:
            return alone()
        finally:
            reader.terminate()
            reader.wait()

    with_pages, without = in_turn(beside_pages, alone)
    table.figure("GETs while a client reads pages of 1 MB from the same thread; peer: the same "
                 "without", "p99, ms", "{:.2f}", with_pages, without, at_most(5, "ms"))
