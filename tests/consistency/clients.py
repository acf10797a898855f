"""Clients that do what comes to their mind with a few items, and write down when they asked, when
they were answered, and what."""
import concurrent.futures
import dataclasses
import json
import random
import time

import linear
from client import Connection

CLIENTS = 32
THINKING_S = 0.03  # at most, before what is done next
STORM_S = 0.3  # there is much writing for so long, and then hardly any: caches fill
HOME_KEYS = [(partition, number) for partition in ("p", "q") for number in (1, 2)]
KEYS = [*HOME_KEYS, ("other", 1)]  # which only those write who are not at home

JSON = ("Content-Type", "application/json")
UPDATE = ("Content-Type", "application/vnd.dynamod.update+json")
SHOW = ("Prefer", "return=representation")


@dataclasses.dataclass(frozen=True)
class Way:
    """A model of a daemon, and what is promised of its eventual reads."""
    port: int
    model: str
    lag: float  # how old a value may be
    sees_at_once: bool = False  # what the daemon itself has written
    home: bool = True  # its writes are those that are seen at once

    @property
    def writable(self):
        return HOME_KEYS if self.home else KEYS


def state_of(item):
    """As the checker has it."""
    return (item["v"], item["n"]) if item else None


def key_of(item):
    return item["h"], item["r"]


class Client:
    def __init__(self, number, ways, seed):
        self.number = number
        self.random = random.Random(f"{seed}/{number}")
        self.connections = {way.port: Connection(way.port) for way in ways}
        self.ways = ways
        self.written = 0
        self.tags = {}  # (way, key) → (entity tag, state) that was read last
        self.ops = {key: [] for key in KEYS}
        self.outcomes = []  # of reads: Cache-Status
        self.failures = []

    def close(self):
        for connection in self.connections.values():
            connection.close()

    # --- asking

    def _ask(self, way, method, target, body=None, *fields):
        """(its answer, when it was asked, when it was there)"""
        content = None if body is None else json.dumps(body).encode()
        begin = time.monotonic()
        answer = self.connections[way.port].ask(method, target, fields, content)
        return answer, begin, time.monotonic()

    def _name(self):
        self.written += 1
        return f"{self.number}.{self.written}"

    def _fresh(self, key):
        name = self._name()
        return name, {"h": key[0], "r": key[1], "v": name, "n": 0, "g": key[0]}

    def _target(self, way, key):
        return f"/models/{way.model}/{key[0]}/{key[1]}"

    def _refuse(self, answer):
        """What is none of the answers that were to be expected."""
        self.failures.append((answer.status, answer.body[:300]))

    # --- reading

    def _note(self, way, key, begin, end, state, strong, what):
        promise = {} if strong else {"lag": way.lag, "sees_at_once": way.sees_at_once}
        op = linear.read(begin, end, state, f"{what} by {self.number} of {way.model}", **promise)
        self.ops[key].append(op)

    def read(self, way, key, strong, what="item"):
        query = {"item": "", "part": "attributes_to_get=v,n&"}[what]
        target = self._target(way, key) + f"?{query}consistent_read={str(strong).lower()}"
        answer, begin, end = self._ask(way, "GET", target)
        if answer.status not in (200, 404):
            return self._refuse(answer)
        item = answer.json if answer.status == 200 else None
        cached = answer.headers.get("cache-status", "none")
        self.outcomes.append(cached)
        if item and what == "item":
            self.tags[way, key] = answer.headers["etag"], state_of(item)
        self._note(way, key, begin, end, state_of(item), strong,
                   f"{'strong' if strong else 'eventual'} {what} [{cached}]")

    def read_page(self, way, key, strong):
        """The items of a partition are as good as so many reads."""
        index = "@by_g" if not strong and self.random.random() < 0.3 else ""
        target = f"/models/{way.model}{index}/{key[0]}?consistent_read={str(strong).lower()}"
        answer, begin, end = self._ask(way, "GET", target)
        if answer.status != 200:
            return self._refuse(answer)
        cached = answer.headers.get("cache-status", "none")
        self.outcomes.append(cached)
        found = {key_of(item): state_of(item) for item in answer.json}
        for member in KEYS:
            if member[0] == key[0]:
                self._note(way, member, begin, end, found.get(member), strong,
                           f"{'strong' if strong else 'eventual'} page{index} [{cached}]")

    # --- writing

    def _wrote(self, kind, way, key, begin, end, *told):
        op = kind(begin, end, *told)
        op.at_once = way.home and op.changes  # what was refused says nothing to caches
        op.what += f" by {self.number} through {way.model}{'' if way.home else ' elsewhere'}"
        self.ops[key].append(op)

    def put(self, way, key):
        name, item = self._fresh(key)
        answer, *times = self._ask(way, "PUT", self._target(way, key), item, JSON)
        if answer.status not in (201, 204):
            return self._refuse(answer)
        self._wrote(linear.put, way, key, *times, name, answer.status == 204)

    def create(self, way, key):
        name, item = self._fresh(key)
        answer, *times = self._ask(way, "POST", f"/models/{way.model}", item, JSON)
        if answer.status not in (201, 409):
            return self._refuse(answer)
        self._wrote(linear.create, way, key, *times, name, answer.status == 201)

    def add(self, way, key):
        name, change = self._name(), {"add": {"n": 1}}
        change["set"] = {"v": name}
        answer, *times = self._ask(way, "PATCH", self._target(way, key), change, UPDATE, SHOW)
        if answer.status not in (200, 404):
            return self._refuse(answer)
        left = state_of(answer.json) if answer.status == 200 else None
        self._wrote(linear.add, way, key, *times, name, left)

    def delete(self, way, key):
        answer, *times = self._ask(way, "DELETE", self._target(way, key))
        if answer.status not in (204, 404):
            return self._refuse(answer)
        self._wrote(linear.delete, way, key, *times, answer.status == 204)

    def swap(self, way, key):
        if (way, key) not in self.tags:
            return self.put(way, key)
        tag, expected = self.tags[way, key]
        name, item = self._fresh(key)
        answer, *times = self._ask(way, "PUT", self._target(way, key), item, JSON,
                                   ("If-Match", tag))
        if answer.status not in (204, 412):
            return self._refuse(answer)
        self._wrote(linear.swap, way, key, *times, expected, name, answer.status == 204)

    def batch(self, way, key):
        other = self.random.choice([one for one in way.writable if one != key])
        name, item = self._fresh(key)
        body = {"put": [item], "delete": [{"h": other[0], "r": other[1]}]}
        answer, *times = self._ask(way, "POST", f"/models/{way.model}:batchWrite", body, JSON)
        if answer.status != 200 or answer.json["put"] + answer.json["delete"] != 2:
            return self._refuse(answer)
        self._wrote(linear.put, way, key, *times, name)
        self._wrote(linear.delete, way, other, *times)

    def transact(self, way, key):
        other = self.random.choice([one for one in way.writable if one != key])
        named = [self._fresh(one) for one in (key, other)]
        body = {"write": [{"model": way.model, "put": item} for _, item in named]}
        answer, *times = self._ask(way, "POST", "/transactions", body, JSON)
        if answer.status == 409:
            return  # others were at it: nothing was done
        if answer.status != 200:
            return self._refuse(answer)
        for one, (name, _) in zip((key, other), named):
            self._wrote(linear.put, way, one, *times, name)

    # --- at random

    def step(self):
        choice = self.random
        way, key = choice.choice(self.ways), choice.choice(KEYS)
        stormy = int(time.monotonic() / STORM_S) % 2
        if choice.random() > (0.4 if stormy else 0.02):
            strong = choice.random() < 0.3 and key in way.writable  # it would refresh the cache
            if choice.random() < 0.2:
                return self.read_page(way, key, strong)
            return self.read(way, key, strong, choice.choice(["item", "item", "part"]))
        write = choice.choice([self.put, self.put, self.create, self.add, self.add, self.add,
                               self.delete, self.swap, self.swap, self.batch, self.transact])
        return write(way, choice.choice(way.writable))


@dataclasses.dataclass
class History:
    ops: dict  # key → its Ops
    outcomes: list
    failures: list

    def assert_explained(self):
        """Linearizable, but for what eventual reads may lag."""
        for key, ops in self.ops.items():
            problem = linear.why_not(ops)
            assert problem is None, f"item {key}, {len(ops)} operations: {problem}"

    def figures(self):
        hits = sum("; hit" in outcome for outcome in self.outcomes)
        shared = sum("collapsed" in outcome for outcome in self.outcomes)
        rescued = sum("stale-if-error" in outcome for outcome in self.outcomes)
        writes = sum(op.changes for ops in self.ops.values() for op in ops)
        return (f"{len(self.outcomes)} reads ({hits} hits, {shared} joined, {rescued} rescued), "
                f"{writes} writes, {len(self.failures)} failed")


def live(crowd, seconds, steps, seed):
    """The crowd: the ways of each client. All do what comes to their mind, for so long at least,
    and so often."""
    clients = [Client(number, ways, seed) for number, ways in enumerate(crowd)]

    def run(client):
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end or count < steps:
            client.step()
            count += 1
            time.sleep(client.random.random() * THINKING_S)

    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(run, clients))
    for client in clients:
        client.close()
    return History({key: [op for client in clients for op in client.ops[key]] for key in KEYS},
                   [outcome for client in clients for outcome in client.outcomes],
                   [failure for client in clients for failure in client.failures])
