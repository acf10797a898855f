"""make bench: one table, all of its rows measured in one run on one machine, as ratios to a peer.

Each figure is the median of ROUNDS; machines are noisy, so the ratios are what counts.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests/support"))

from daemon import Daemon, free_port  # noqa: E402
from dynamodb_local import DynamodbLocal  # noqa: E402

BUILD = pathlib.Path(os.environ.get("DYNAMOD_BUILD", ROOT / "build/bench"))
ROUNDS, SECONDS, CONNECTIONS, KEYS = 3, 4, 64, 10000
TICKS = os.sysconf("SC_CLK_TCK")


def wrk(url, script, *more):
    """Requests a second, and how many were not 2xx."""
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s",
                          str(HERE / script), url, *more], check=True, text=True,
                         capture_output=True).stdout
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def p99_ms(url, connections):
    """Of GETs, by wrk."""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", url],
                         check=True, text=True, capture_output=True).stdout
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid, name="VmRSS"):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024


def load(pid, url, script):
    """(requests a second, CPU microseconds a request) of the process, by wrk."""
    before = cpu_seconds(pid)
    rate = wrk(url, script)
    return rate, (cpu_seconds(pid) - before) / (rate * SECONDS) * 1e6


def in_turn(*measures):
    """Each measured once a round, one after the other; for each, the medians of its figures."""
    rounds = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [[statistics.median(figure) for figure in zip(*of_one)] for of_one in zip(*rounds)]


def items():
    for number in range(KEYS):
        yield {"id": str(number), "name": f"item number {number}", "done": number % 3 == 0,
               "count": number, "tags": ["a", "b", "c"]}


def embedded_app(folder):
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items()))
    return {"dynamodb": {"host": f"sqlite:{folder}/items.db"},
            "models": {"item": {"hash_key": "id", "attributes": {"id": "S"},
                                "seed": f"{folder}/items.jsonl"}}}


def seconds_to_first_answer(start, ask):
    began = time.monotonic()
    process = start()
    while not ask(process):
        time.sleep(0.0005)
    return time.monotonic() - began, process


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def put_all(url):
    import boto3
    client = boto3.resource("dynamodb", endpoint_url=url, region_name="us-east-1",
                            aws_access_key_id="bench", aws_secret_access_key="bench")
    table = client.create_table(
        TableName="item", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    with table.batch_writer() as batch:
        for item in items():
            batch.put_item(Item=item)


def store_rates(host):
    out = subprocess.run([BUILD / "tests/store_bench", host, str(SECONDS * 1000)], check=True,
                         text=True, capture_output=True).stdout
    return [float(line.split()[1]) for line in out.splitlines()]


class Table:
    def __init__(self):
        self.lines = ["| row | ours | peer | ratio | goal |", "|---|---|---|---|---|"]

    def row(self, name, ours, peer, form, goal, met):
        ratio = ours / peer
        mark = "" if met is None else " ✓" if met(ratio) else " ✗"
        self.lines.append(f"| {name} | {form.format(ours)} | {form.format(peer)} | "
                          f"{ratio:.3g} × | {goal}{mark} |")
        print(self.lines[-1], flush=True)


class Pair:
    """The daemon on the embedded store and DynamoDB Local, each started and holding the items."""

    def __init__(self, folder, app, number):
        port = free_port()
        self.start_s, self.daemon = seconds_to_first_answer(
            lambda: Daemon(BUILD / "dynamod", folder, {"bench": app},
                           listen=[f"127.0.0.1:{port}"]),
            lambda _: answers(f"http://127.0.0.1:{port}/models/item/1"))
        self.url = f"http://127.0.0.1:{port}"
        local_folder = folder / f"local-{number}"
        local_folder.mkdir()
        self.local_start_s, self.local = seconds_to_first_answer(
            lambda: DynamodbLocal(local_folder), lambda process: answers(process.url))
        put_all(self.local.url)

    def ours(self):
        return load(self.daemon.process.pid, self.url, "get.lua")

    def peer(self):
        return load(self.local.process.pid, self.local.url, "getitem.lua")

    def memory_mb(self):
        return [memory_mb(process.process.pid) for process in (self.daemon, self.local)]

    def stop(self):
        self.daemon.stop()
        self.local.stop()


def embedded_rows(table, folder):
    app = embedded_app(folder)
    Daemon(BUILD / "dynamod", folder, {"bench": app}).wait_ready().stop()  # seeds the file
    fresh = []
    for number in range(ROUNDS):
        pair = Pair(folder, app, number)
        fresh.append([*pair.ours(), *pair.peer(), *pair.memory_mb(), pair.start_s * 1000,
                      pair.local_start_s * 1000])
        if number < ROUNDS - 1:
            pair.stop()
    ours, cpu, peer, peer_cpu, memory, peer_memory, start_ms, peer_start_ms = [
        statistics.median(figure) for figure in zip(*fresh)]
    table.row("GET on the embedded store, 64 clients, both just started: requests/s", ours, peer,
              "{:.0f}", "≥ 8 ×", lambda ratio: ratio >= 8)
    table.row("the same: CPU µs a request", cpu, peer_cpu, "{:.1f}", "", None)
    table.row("the same: memory, MB", memory, peer_memory, "{:.1f}", "≤ 0.1 ×",
              lambda ratio: ratio <= 0.1)
    table.row("start to first answer, ms", start_ms, peer_start_ms, "{:.0f}", "≤ 0.05 ×",
              lambda ratio: ratio <= 0.05)

    pair.peer(), pair.peer()  # until the JVM has compiled what it will
    (ours, cpu), (peer, peer_cpu) = in_turn(pair.ours, pair.peer)
    table.row("GET, both warm: requests/s", ours, peer, "{:.0f}", "", None)
    table.row("the same: CPU µs a request", cpu, peer_cpu, "{:.1f}", "", None)

    ours, peer = in_turn(lambda: store_rates(f"sqlite:{folder}/store.db"),
                         lambda: store_rates(pair.local.url))
    for name, *figures in zip(("Query of 100 items: queries/s", "writes/s, 1 client",
                               "writes/s, 64 clients"), ours, peer):
        table.row(f"store: {name}", *figures, "{:.0f}", "", None)
    pair.stop()


def page_of_a_megabyte(folder):
    """A partition that is one page of 1 MB, and a small item."""
    lines = [{"id": "page", "n": number, "text": "x" * 1000} for number in range(1000)]
    lines.append({"id": "item", "n": 1, "text": "small"})
    (folder / "page.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"dynamodb": {"host": "sqlite::memory:"},
            "models": {"page": {"hash_key": "id", "range_key": "n", "create_table": True,
                                "attributes": {"id": "S", "n": "N"},
                                "seed": f"{folder}/page.jsonl"}}}


def page_rows(table, folder):
    """One shard: what a page holds up, the GETs beside it feel."""
    daemon = Daemon(BUILD / "dynamod", folder, {"page": page_of_a_megabyte(folder)},
                    threads=1).wait_ready()
    page = f"{daemon.url}/models/page/page?limit=1000"
    with urllib.request.urlopen(page, timeout=5) as reply:
        assert len(reply.read()) > 1_000_000

    def alone():
        return [p99_ms(f"{daemon.url}/models/page/item/1", 4)]

    def beside_pages():
        reader = subprocess.Popen(["wrk", "-t1", "-c1", f"-d{SECONDS + 2}s", page],
                                  stdout=subprocess.DEVNULL)
        try:
            return alone()
        finally:
            reader.terminate()
            reader.wait()

    [with_pages], [without] = in_turn(beside_pages, alone)
    table.row("p99 of GETs while a client reads pages of 1 MB from the same thread, ms; peer: the "
              "same without", with_pages, without, "{:.2f}", "≤ 5 ms", lambda _: with_pages <= 5)
    daemon.stop()


def main():
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        embedded_rows(table, pathlib.Path(folder))
        page_rows(table, pathlib.Path(folder))
    text = "\n".join(table.lines) + "\n"
    (ROOT / "tests/bench/RESULTS.md").write_text(
        "# make bench\n\nThe peer is DynamoDB Local, in memory, in the same run: medians of "
        f"{ROUNDS} rounds of {SECONDS} s, one after\nthe other, on {os.cpu_count()} cores that the "
        "load generator shares. A JVM gets faster while it runs, so\nrequests are counted twice: "
        "just after both were started and filled, as a test or a developer meets\nthem, and after "
        "half a minute of load. What the daemon's GET costs is mostly the kernel's and\n"
        "libmicrohttpd's.\n\n" + text)


main()
