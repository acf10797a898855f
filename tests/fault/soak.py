#!/usr/bin/python3
"""Mixed load for long, while credentials rotate and DynamoDB restarts: no wrong answer, memory
flat, no descriptor leaked. By itself: soak.py SECONDS, with the daemon of DYNAMOD_BUILD."""
import argparse
import collections
import contextlib
import http.client
import json
import pathlib
import random
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

from aws_site import REGION  # noqa: E402
from aws_sources import FromContainer  # noqa: E402
from load import Client  # noqa: E402
from scene import Scene  # noqa: E402
from upstream import error, item  # noqa: E402
from verify import AUTHORIZATION, assert_signed  # noqa: E402

CLIENTS = 6
PAUSE_S = 0.01
DOWN_S = 1  # of a restart
BACK_S = 2  # from then on nothing may be felt of it
LONGEST_S = 4.5  # the deadline of a request, on a busy machine
VERIFIED = 25  # one signature in so many is computed anew
ON_ONE_CONNECTION = 200  # requests of a client
LATE_SIGNATURES = 3  # of keys that expired on the way, on a busy machine
ITEMS = 500
TYPED = "application/x-amz-json-1.0"
MB = 1024 * 1024
ASAN_OPTIONS = "detect_leaks=1:exitcode=99:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"


# --- what is right ---

def expected(key):
    """Each key has an item of its own, of up to 30 KB; each tenth none."""
    number = int(key)
    if number % 10 == 9:
        return None
    return {"id": {"S": key}, "n": {"N": str(number * 7919)},
            "text": {"S": key * (number * 37 % 10000)}, "tags": {"SS": [f"a{key}", f"b{key}"]}}


def plain(typed):
    return {"id": typed["id"]["S"], "n": int(typed["n"]["N"]), "text": typed["text"]["S"],
            "tags": typed["tags"]["SS"]}


class Table:
    """The upstream's script: items, for who signs with keys that are good just now."""

    def __init__(self, keys):
        self.keys = keys
        self.count = self.expired = 0
        self.wrong = []

    def __call__(self, request):
        used = AUTHORIZATION.fullmatch(request.header("Authorization"))["key"]
        keys = next(keys for keys in self.keys.issued if keys["AccessKeyId"] == used)
        self.count += 1
        if keys["Expiration"] <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
            self.expired += 1
            return error("ExpiredTokenException")
        if self.count % VERIFIED == 0:
            self._verify(request, keys)
        return item(**expected(request.json["Key"]["id"]["S"]) or {})

    def _verify(self, request, keys):
        try:
            assert_signed(request, keys["AccessKeyId"], keys["SecretAccessKey"], REGION,
                          token=keys["SessionToken"])
        except AssertionError as failure:
            self.wrong.append(f"signature: {failure}")


# --- who asks ---

def ask_for_item(client, rng):
    key = str(rng.randrange(ITEMS))
    typed, head = rng.random() < 0.3, rng.random() < 0.1
    status, headers, body = client.ask(f"/models/todo/{key}", "HEAD" if head else "GET",
                                       {"Accept": TYPED} if typed else {})
    wanted = expected(key)
    if status not in (200, 404):
        return status, None
    if status != (200 if wanted else 404):
        return status, f"{key}: {status}"
    if head or status == 404:
        return status, f"{key}: a body" if head and body else None
    right = {"Item": wanted} if typed else plain(wanted)
    got = json.loads(body)
    return status, None if got in (right, wanted) else f"{key}: {body[:200]!r}"


def ask_for_other(client, rng):
    path, right = rng.choice([("/models", 200), ("/apps/app", 200), ("/models/nope/1", 404),
                              ("/models/todo/1/2", 400), ("/nowhere", 404)])
    status, _, body = client.ask(path)
    json.loads(body)
    return status, None if status == right else f"{path}: {status}"


class Soak:
    def __init__(self, scene, seconds, rotate_s, restart_s):
        self.scene, self.seconds, self.restart_s = scene, seconds, restart_s
        self.source = scene.source(FromContainer, lifetime_s=rotate_s)
        self.table = scene.upstream.script = Table(self.source.keys)
        scene.upstream.requests = collections.deque(maxlen=100)
        self.source.server.requests = collections.deque(maxlen=100)
        self.end = 0
        self.restarts = 0
        self.excused_until = 0
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.wrong = self.table.wrong
        self.longest_s = 0
        self.figures = []  # (RSS in bytes, descriptors), one a second

    def run(self):
        self.scene.start({**self.source.environment, "ASAN_OPTIONS": ASAN_OPTIONS})
        self.end = time.monotonic() + self.seconds
        threads = [threading.Thread(target=self._client, args=(number,))
                   for number in range(CLIENTS)]
        threads.append(threading.Thread(target=self._restart))
        for thread in threads:
            thread.start()
        while time.monotonic() < self.end:
            time.sleep(1)
            self.figures.append(self._look())
        for thread in threads:
            thread.join()
        self.scene.stop()

    def _restart(self):
        while (left := self.end - time.monotonic()) > self.restart_s:
            time.sleep(min(left, self.restart_s))
            self.excused_until = float("inf")
            self.scene.upstream.stop()
            time.sleep(DOWN_S)
            self.scene.upstream.up()
            self.excused_until = time.monotonic() + BACK_S
            self.restarts += 1

    def _client(self, number):
        rng = random.Random(number)
        while time.monotonic() < self.end:
            client = Client(self.scene.site.daemon.port, timeout_s=30)
            for _ in range(ON_ONE_CONNECTION):
                if time.monotonic() < self.end:
                    self._ask(client, rng)
                    time.sleep(PAUSE_S)
            client.close()

    def _ask(self, client, rng):
        begin = time.monotonic()
        excused = begin < self.excused_until
        try:
            status, problem = (ask_for_item if rng.random() < 0.9 else ask_for_other)(client, rng)
        except (OSError, ValueError, http.client.HTTPException) as failure:
            status, problem = "none", repr(failure)
        if status in (502, 503, 504) and not (excused or begin < self.excused_until):
            problem = f"{status} while all was well"
        with self.lock:
            self.statuses[status] += 1
            self.longest_s = max(self.longest_s, time.monotonic() - begin)
            if problem:
                self.wrong.append(problem)

    def _look(self):
        """What /metrics says, which must be what the kernel says."""
        daemon = self.scene.site.daemon
        text = urllib.request.urlopen(daemon.admin_url + "/metrics").read().decode()
        found = {family.name: family.samples[0].value
                 for family in text_string_to_metric_families(text) if family.samples}
        rss, fds = found["process_resident_memory_bytes"], int(found["process_open_fds"])
        actual = len(list(pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir()))
        if abs(actual - fds) > 2 * CLIENTS + 2:
            self.wrong.append(f"/metrics has {fds} descriptors, the kernel {actual}")
        return rss, fds

    # What came of it.

    def memory(self):
        """RSS after a third of the time, and at the end: the highest of a few seconds each."""
        few = max(3, len(self.figures) // 20)
        third = len(self.figures) // 3
        return (max(rss for rss, _ in self.figures[third:third + few]),
                max(rss for rss, _ in self.figures[-few:]))

    def descriptors(self):
        """The most of the first half, and of the second."""
        half = len(self.figures) // 2
        return (max(fds for _, fds in self.figures[:half]),
                max(fds for _, fds in self.figures[half:]))

    def report(self):
        first, last = (figure / MB for figure in self.memory())
        answers = " ".join(f"{count}×{status}" for status, count in sorted(self.statuses.items(),
                                                                           key=str))
        return (f"{self.seconds} s, {len(self.source.keys.issued)} keys, {self.restarts} restarts: "
                f"{answers}; {self.table.expired} signed too late; longest {self.longest_s:.2f} s; RSS {first:.1f} → {last:.1f} MB; "
                "descriptors at most %d, then %d" % self.descriptors())

    def judge(self, growth_mb):
        first, last = self.memory()
        assert not self.wrong, self.wrong[:10]
        assert self.longest_s < LONGEST_S
        assert self.table.expired <= LATE_SIGNATURES
        assert last - first < growth_mb * MB, f"memory grew by {(last - first) / MB:.1f} MB"
        before, after = self.descriptors()
        assert after <= before + 2, f"at most {before} descriptors at first, then {after}"


def soak(folder, seconds, rotate_s, restart_s, growth_mb):
    """The Soak, judged."""
    with contextlib.ExitStack() as stack:
        made = Soak(Scene(folder, stack), seconds, rotate_s, restart_s)
        made.run()
        print(made.report(), flush=True)
        made.judge(growth_mb)
        return made


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        soak(pathlib.Path(folder), seconds, rotate_s=20, restart_s=60, growth_mb=1)


if __name__ == "__main__":
    main()
