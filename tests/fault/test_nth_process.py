"""The nth allocation or system call fails while a daemon starts, reads its files again, or ends:
it serves, or says what is wrong and ends with 1; what was in force stays in force."""
import collections
import concurrent.futures
import itertools
import re
import signal
import time

import pytest

from daemon import ADMIN, READY, SANITIZER
from nth import ALL, HANGS_S, KINDS, TIMEOUTS, WAYS, World, following, judge, understood
from waiting import wait_until

STORES = pytest.mark.parametrize("store", ["sqlite", "dynamodb"])
STARTS = 40  # spread over all n, unless NTH_ALL asks for every one
SIDE_BY_SIDE = 3
NEVER = 1 << 62
ENDED = re.compile("reloaded")
FAMILIES = ["open", "epoll_ctl", "socket", "file_read", "file_write", "sync"]


# --- starting


class Start:
    """A start whose nth call fails, and what came of it."""

    def __init__(self, folder, store, family, way, n):
        folder.mkdir(parents=True)
        self.world = World(folder, store, armed=(family, way, n), leaks=False)
        self.daemon = self.world.daemon
        try:
            wait_until(self.has_begun,
                       lambda: f"{family} {n}: neither served nor ended: {self.where}")
            self.calls, self.failed, _ = self.world.failing.disarm()
            self.served = self.daemon.process.poll() is None
            self.check_served() if self.served else self.check_refused()
        finally:
            self.world.kill()

    @property
    def where(self):
        return f"{self.world.failing.where}\n{self.daemon.log}"

    def has_begun(self):
        log = self.daemon.log
        return self.daemon.process.poll() is not None or (READY.search(log) and ADMIN.search(log))

    def check_served(self):
        self.world.wait_ready()
        assert b" 200 OK\r\n" in self.world.exchange(KINDS[0]), self.where
        self.daemon.signal()
        assert self.daemon.wait() == 0, self.where

    def check_refused(self):
        assert self.daemon.wait() == 1 and self.daemon.lines, self.where
        assert not SANITIZER.search(self.daemon.log), self.where


def starts(folder, store, family, way):
    """Every n where calls are few; else some, with another beginning each time."""
    whole = Start(folder / "whole", store, family, way, NEVER).calls
    step = 1 if ALL else max(1, whole // STARTS)
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        made = pool.map(lambda n: Start(folder / str(n), store, family, way, n),
                        range(1 + time.time_ns() % step, whole + 1, step))
        return collections.Counter(one.served for one in made if one.failed)


@STORES
def test_each_allocation_of_a_start(tmp_path, store, survived):
    ended = starts(tmp_path, store, "allocate", WAYS["allocate"]["ENOMEM"])
    assert ended[False], ended
    survived("Calls that fail while a daemon starts: allocate", ended.total())


@pytest.mark.parametrize("family", FAMILIES)
def test_each_call_of_a_start(tmp_path, family, survived):
    for name, way in WAYS[family].items():
        ended = starts(tmp_path / name, "sqlite", family, way)
        survived(f"Calls that fail while a daemon starts: {family}", ended.total())


# --- reloading


class Reloading:
    """A daemon that is told to read its files again and again, which differ each time."""

    def __init__(self, folder, store):
        self.world = World(folder, store)
        self.world.wait_ready()
        self.world.good = understood(self.world.exchange(KINDS[0]), "GET")
        self.file = folder / "apps.d" / "app.conf"
        self.text, self.numbers = self.file.read_text(), itertools.count()

    def ended(self):
        return [line for line in self.world.daemon.lines if ENDED.search(line)]

    def once(self, family, way, n, sticky):
        """How many calls failed, and were spared."""
        daemon, before = self.world.daemon, len(self.ended())
        message = f'hash_key = "id"; message = "{next(self.numbers)}";'
        self.file.write_text(self.text.replace('hash_key = "id";', message))
        self.world.failing.arm(family, way, n, sticky)
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: len(self.ended()) > before or daemon.process.poll() is not None,
                   self.where)
        assert daemon.process.poll() is None, self.where()
        _, failed, spared = self.world.failing.disarm()
        after = self.world.exchange(KINDS[0])
        assert judge(KINDS[0], self.world.good, after) == "served", f"{after} {self.where()}"
        return failed, spared

    def where(self):
        return f"{self.world.failing.where}\n{self.world.daemon.log[-3000:]}"

    def walk(self, family, way, sticky=False):
        n, failures = 1, 0
        while True:
            failed, spared = self.once(family, way, n, sticky)
            failures += failed
            if not failed and not spared:
                return failures
            n = following(n)


@STORES
def test_each_call_of_a_reload(tmp_path, store, survived):
    reloading = Reloading(tmp_path, store)
    try:
        for family, sticky in [("allocate", False), ("allocate", True), ("open", False),
                               ("epoll_ctl", False), ("socket", False)]:
            for way in WAYS[family].values():
                failures = reloading.walk(family, way, sticky)
                survived(f"Calls that fail in a reload: {family}", failures)
        refused = [line for line in reloading.ended() if "not reloaded" in line]
        assert len(refused) > 100 and all("stays: " in line for line in refused)
        reloading.world.stop()
    finally:
        reloading.world.kill()


# --- ending


def drained(folder, store, family, way, n):
    """How many calls failed; it ends in time, and says nothing but that it was told to."""
    folder.mkdir()
    world = World(folder, store, leaks=False)
    try:
        world.wait_ready()
        assert b" 200 OK\r\n" in world.exchange(KINDS[0])
        world.failing.arm(family, way, n)
        world.daemon.signal()
        world.daemon.process.wait(TIMEOUTS["drain_timeout_seconds"] + HANGS_S)
        assert world.daemon.wait() in (0, 1) and not SANITIZER.search(world.daemon.log)
        return world.failing.disarm()[1]
    finally:
        world.kill()


@pytest.mark.parametrize("family", ["allocate", "epoll_wait", "epoll_ctl", "sync"])
def test_each_call_of_an_end(tmp_path, family, survived):
    way = next(iter(WAYS[family].values()))
    for n in itertools.count(1):
        failures = drained(tmp_path / str(n), "sqlite", family, way, n)
        survived(f"Calls that fail while a daemon ends: {family}", failures)
        if not failures:
            return
