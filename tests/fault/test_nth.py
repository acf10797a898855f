"""Every n: the nth allocation or system call of a daemon fails, in the middle of a request of
each kind, on both stores, coalescing and cache on. What came of each is nth.py's to judge; at the
end no descriptor is left open, and AddressSanitizer has seen no leak."""
import pytest

from nth import KINDS, SecureWorld, side_by_side

STORES = pytest.mark.parametrize("store", ["sqlite", "dynamodb"])
READS = [kind for kind in KINDS if kind.raw.startswith((b"GET /models/todo", b"PUT", b"PATCH"))]

CALLS = [
    ("sqlite", ["receive", "send"]),
    ("sqlite", ["epoll_wait", "epoll_ctl", "open", "accept"]),
    ("sqlite", ["file_read", "file_write", "sync"]),
    ("dynamodb", ["receive", "send"]),
    ("dynamodb", ["epoll_wait", "epoll_ctl", "accept"]),
    ("dynamodb that hangs up", ["socket", "connect", "epoll_ctl"]),
]


def say(survived, counts):
    for family, count in counts.items():
        if count:
            survived(f"Calls that fail in a daemon: {family}", count)


@STORES
def test_each_allocation(tmp_path, store, survived):
    counts = side_by_side(tmp_path, store, ["allocate"])
    assert counts["allocate"] > 500
    say(survived, counts)


@STORES
def test_each_allocation_and_all_after_it(tmp_path, store, survived):
    counts = side_by_side(tmp_path, store, ["allocate"], kinds=READS, sticky=True)
    assert counts["allocate"] > 200
    say(survived, counts)


@pytest.mark.parametrize("store, families", CALLS, ids=lambda value: "-".join(value)
                         if isinstance(value, list) else value)
def test_each_call(tmp_path, store, families, survived):
    counts = side_by_side(tmp_path, store, families, shares=2)
    assert counts.total() > 20, counts
    say(survived, counts)


@pytest.mark.parametrize("families", [["allocate"], ["receive", "send"],
                                      ["epoll_wait", "epoll_ctl", "accept"]], ids="-".join)
def test_each_call_over_tls(tmp_path, families, survived):
    """In the handshake, too; what only TLS asks for is the same for all kinds."""
    some = [kind for kind in KINDS if kind.name in ("GET /models/todo/1", "PUT /models/todo/put")]
    counts = side_by_side(tmp_path, "sqlite", families, some, shares=2, world_type=SecureWorld)
    assert counts.total() > 40, counts
    say(survived, counts)
