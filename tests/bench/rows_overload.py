"""Rows of overload: four times what can be served is asked for, from an open loop."""
import contextlib
import dataclasses
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

from measure import SECONDS, memory_mb
from servers import BUILD, embedded_app, port_of, proxied_app
from table import at_least, at_most

CONNECTIONS = 4000
PATH = "/models/item/"
RATES = [5000 * 2 ** step for step in range(6)]


@dataclasses.dataclass
class Answers:
    """Of one run of open_load: a second's each, and times of good ones."""
    good: float
    refused: float
    failed: float
    left: float
    unsent: float
    p50_ms: float
    p99_ms: float
    max_ms: float


def offer(target, rate):
    out = subprocess.run(
        [BUILD / "tests/open_load", "-p", str(port_of(target)), "-r", str(round(rate)), "-s",
         str(SECONDS), "-c", str(CONNECTIONS), PATH], check=True, text=True, capture_output=True)
    return Answers(**json.loads(out.stdout))


def best_of(target):
    """The most that is served, whatever is offered: rates double until it is not more."""
    best = offer(target, RATES[0])
    for rate in RATES[1:]:
        answers = offer(target, rate)
        if answers.good <= best.good:
            break
        best = answers
    return best


class Watch:
    """Asks the operators' side ten times a second; the worst times, and what failed."""

    def __init__(self, url):
        self.url, self.worst_ms, self.failed = url, 0, []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self._ended.wait(0.1):
            for path in "/live", "/metrics":
                began = time.monotonic()
                try:
                    urllib.request.urlopen(self.url + path, timeout=10).read()
                except (OSError, urllib.error.URLError) as error:
                    self.failed.append(f"{path}: {error}")
                self.worst_ms = max(self.worst_ms, (time.monotonic() - began) * 1000)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def overload(table, servers):
    embedded = embedded_app(servers.new_folder())
    proxied = proxied_app(servers.upstream(delay_us=2000))
    for kind, app in ("embedded store", embedded), ("upstream that takes 2 ms", proxied):
        with contextlib.ExitStack() as stack:
            overload_one(table, servers, kind, app, stack)


def overload_one(table, servers, kind, app, stack):
    daemon = servers.daemon(app, admin="127.0.0.1:0")
    target = servers.target_of(daemon)
    best = best_of(target)
    before = offer(target, best.good / 2)
    watch = stack.enter_context(Watch(daemon.admin_url))
    over = offer(target, best.good * 4)
    memory = memory_mb(target.pid)
    after = offer(target, best.good / 2)
    row = f"GET, {kind}, 4 × the best rate from an open loop of {CONNECTIONS} clients; peer: the best"
    table.figure(row, "200s a second", "{:.0f}", over.good, best.good, at_least(0.8))
    table.figure(row, "refused a second", "{:.0f}", over.refused)
    table.figure(row, "p50, ms", "{:.1f}", over.p50_ms, best.p50_ms)
    table.figure(row, "p99, ms", "{:.1f}", over.p99_ms, best.p99_ms, at_most(1000, "ms"))
    table.figure(row, "failed or left, a second", "{:.0f}", over.failed + over.left)
    table.figure(row, "not sent, as all clients waited, a second", "{:.0f}", over.unsent)
    table.figure(row, "RssAnon, MB", "{:.0f}", memory, None, at_most(400, "MB"))
    table.figure(row, "/live and /metrics: worst answer, ms", "{:.0f}", watch.worst_ms, None,
                 at_most(1000, "ms"))
    table.figure(row, "/live and /metrics: not 200", "{:.0f}", len(watch.failed), None,
                 at_most(0, ""))
    row = f"GET, {kind}, half the best rate after that; peer: before it"
    table.figure(row, "200s a second", "{:.0f}", after.good, before.good, at_least(0.95))
    table.figure(row, "p50, ms", "{:.2f}", after.p50_ms, before.p50_ms)
    table.figure(row, "p99, ms", "{:.2f}", after.p99_ms, before.p99_ms)
