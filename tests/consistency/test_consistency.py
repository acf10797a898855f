"""32 clients read and write a few items through a daemon of two threads, four of them through
another daemon too: what they saw is explained by one order of all that was done, in which strong
reads are where they were made, and eventual ones no further back than was promised."""
import uuid

import pytest

import apps
from clients import CLIENTS, KEYS, Client, Way, live
from slow import Slow

SECONDS, STEPS = 3.0, 45
OTHERS = 4  # clients of the other daemon

# Seconds that an eventual read may lag.
COALESCED = 1.0  # a get joins a request that left so long ago
TURN = 0.5  # what a loop calls now, when two processes share a core with others
CACHE = {"ttl": 0.25, "negative_ttl": 0.15, "stale_while_revalidate": 0.1, "size": "1M"}


def model(table):
    return {"table_name": table, "allow": ["read", "write"], "hash_key": "h", "range_key": "r",
            "attributes": {"h": "S", "r": "N", "g": "S"}, "create_table": True,
            "indexes": {"by_g": {"hash_key": "g"}}}


@pytest.fixture
def slow(dynamodb_local):
    proxy = Slow(dynamodb_local)
    yield proxy
    proxy.stop()


@pytest.fixture(params=["dynamodb", "sqlite"])
def place(request, tmp_path):
    """(which store, the group `dynamodb` of both daemons)"""
    if request.param == "sqlite":
        return request.param, {"host": f"sqlite:{tmp_path}/items.db",
                               "sqlite_synchronous": "normal"}
    return request.param, connection(request.getfixturevalue("slow"))


def connection(slow, **settings):
    return apps.connection(slow.url, max_pool_connections=64, read_timeout_seconds=30.0,
                           **settings)


def make_items(daemon, name):
    """So the table is there, before there are two who would make it."""
    client = Client("first", [Way(daemon.port, name, 0)], 0)
    for key in KEYS:
        client.put(client.ways[0], key)
    client.close()
    assert not client.failures, client.failures
    return client.ops


def ways_of(daemon, store, cache):
    """The models of a daemon, and what each promises."""
    lag = TURN + (COALESCED if store == "dynamodb" else 0)
    plain = Way(daemon.port, "plain", lag, sees_at_once=store == "sqlite")
    if not cache:
        return [plain]
    lag = TURN + cache["ttl"] + max(
        cache.get("stale_while_revalidate", 0), cache.get("stale_if_error", 0))
    return [plain, *[Way(daemon.port, "cached", lag, sees_at_once=True)] * 2]


def run(start, place, cache):
    store, upstream = place
    plain = model(f"items-{uuid.uuid4()}")
    models = {"plain": plain, **({"cached": {**plain, "cache": cache}} if cache else {})}
    here = start({"dynamodb": upstream, "models": models}, threads=2)
    before = make_items(here, "plain")
    there = start({"dynamodb": upstream, "models": {"plain": plain}}, threads=1)
    ways = ways_of(here, store, cache)
    other = Way(there.port, "plain", TURN + COALESCED, home=False)
    crowd = [ways] * (CLIENTS - OTHERS) + [[*ways, other]] * OTHERS
    history = live(crowd, SECONDS, STEPS, uuid.uuid4())
    for key, ops in before.items():
        history.ops[key] += ops
    print(history.figures())
    history.assert_explained()
    return history


@pytest.mark.parametrize("cache", [None, CACHE], ids=["plain", "cached"])
def test_what_was_seen_can_be_explained(start, place, cache):
    history = run(start, place, cache)
    assert not history.failures, history.failures[:5]
    assert bool(cache) == any("; hit" in outcome for outcome in history.outcomes)


def test_also_while_reads_fail(start, slow):
    """What is known is answered in need, but nothing older than an own write."""
    slow.failing = 0.2
    history = run(start, ("dynamodb", connection(slow)),
                  {"ttl": 0.02, "negative_ttl": 0.02, "stale_if_error": 1.0, "size": "1M"})
    assert {status for status, _ in history.failures} == {502}, history.failures[:5]
    assert any("stale-if-error" in outcome for outcome in history.outcomes)
