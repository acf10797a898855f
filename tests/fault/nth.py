"""The nth call of a daemon fails: the page shared with failing.c, requests of each kind, and what
may come of them.

An answer is whole and right, or a whole error of ours, or it says that it is not whole: the
connection ends before its framing does. The request after it is served."""
import collections
import concurrent.futures
import dataclasses
import errno
import itertools
import json
import mmap
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import time

import apps
from certificates import Certificates
from daemon import Daemon, SANITIZER, write_config
from upstream import Close, Upstream, error, reply

# As failing.c has them.
FAMILIES = ["none", "allocate", "receive", "send", "epoll_wait", "epoll_ctl", "open", "socket",
            "connect", "accept", "file_read", "file_write", "sync"]
SHORT, HEAD, WHERE, RULES = 1000, 56, 3000, 512

# What calls of a family do that fail.
WAYS = {
    "allocate": {"ENOMEM": errno.ENOMEM},
    "receive": {"EINTR": errno.EINTR, "EAGAIN": errno.EAGAIN, "ECONNRESET": errno.ECONNRESET,
                "short": SHORT},
    "send": {"EINTR": errno.EINTR, "EAGAIN": errno.EAGAIN, "EPIPE": errno.EPIPE, "short": SHORT},
    "epoll_wait": {"EINTR": errno.EINTR},
    "epoll_ctl": {"ENOMEM": errno.ENOMEM, "ENOSPC": errno.ENOSPC},
    "open": {"EMFILE": errno.EMFILE, "EINTR": errno.EINTR},
    "socket": {"EMFILE": errno.EMFILE},
    "connect": {"ECONNREFUSED": errno.ECONNREFUSED, "ETIMEDOUT": errno.ETIMEDOUT},
    "accept": {"EMFILE": errno.EMFILE, "ECONNABORTED": errno.ECONNABORTED,
               "EINTR": errno.EINTR},
    "file_read": {"EIO": errno.EIO},
    "file_write": {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "short": SHORT},
    "sync": {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC},
}

# Whose calls are spared, as "object:function" (*: any), and why.
SPARED = {
    "libconfig.so.9:*": "libconfig 1.5 writes through what calloc returned: config_init+0x3584",
    "libcrypto.so.3:CRYPTO_THREAD_run_once": "OpenSSL 3.0 goes on without the locks of what it "
                                             "makes once: CRYPTO_THREAD_read_lock",
    "libgmp.so.10:*": "GMP, below GnuTLS, ends the process",
    "libhogweed.so.6:*": "so does what is built on it",
    "libtasn1.so.6:*": "libtasn1 4.19 writes through what calloc returned: asn1_create_element",
    "libc.so.6:pthread_getattr_np": "AddressSanitizer, as a thread begins, ends the process",
}

# What others leak when they run out of memory.
LEAKS = ["_dl_map_object_deps",  # glibc's dlopen
         "libgnutls.so"]

HANGS_S = 20  # far past every timeout of the daemons here
TIMEOUTS = {"request_timeout_seconds": 2, "header_timeout_seconds": 3, "body_timeout_seconds": 3,
            "send_timeout_seconds": 3, "drain_timeout_seconds": 3}


class Failing:
    """The page: which call fails, and what came of it."""

    def __init__(self, folder, build, leaks=True):
        self.detect_leaks = leaks
        self.path, self.library = folder / "failing", build / "tests" / "failing.so"
        self.leaks = folder / "leaks"
        self.leaks.write_text("".join(f"leak:{function}\n" for function in LEAKS))
        self.path.write_bytes(bytes(HEAD + WHERE + RULES))
        with self.path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), HEAD + WHERE + RULES)
        rules = " ".join(["", *SPARED, ""]).encode()
        assert len(rules) < RULES
        self._page[HEAD + WHERE:HEAD + WHERE + len(rules)] = rules

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "FAILING": str(self.path),
                "LSAN_OPTIONS": f"suppressions={self.leaks}:print_suppressions=0",
                "ASAN_OPTIONS": f"detect_leaks={self.detect_leaks:d}:exitcode=99:"
                                "verify_asan_link_order=0:"
                                "allocator_may_return_null=1"}

    def arm(self, family, way, n, sticky=False):
        self._page[:HEAD] = struct.pack("=7Q", 0, way, n, sticky, 0, 0, 0)
        self._page[:8] = struct.pack("=Q", FAMILIES.index(family))

    def disarm(self):
        """calls of the family, how many of them failed, how many were spared."""
        self._page[:8] = bytes(8)
        return struct.unpack("=3Q", self._page[32:HEAD])

    @property
    def where(self):
        return self._page[HEAD:HEAD + WHERE].split(b"\0")[0].decode()


# --- requests


@dataclasses.dataclass
class Kind:
    """A request; `to` the app or the admin. The answer is the same each time, or its status is.
    NUMBER is another one each time: what is stored already is not written. `before` goes before
    it, and must do; `stored` then has the number when it was served."""
    name: str
    raw: bytes
    to: str = "app"
    same: bool = True
    before: bytes = b""
    stored: str = ""


NUMBER = "@@@@@@@@"


def ask(method, path, document=None, fields=(), **options):
    body = b"" if document is None else json.dumps(document).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close",
             "X-Request-Id: nth", *fields]
    if document is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return Kind(options.pop("name", f"{method} {path}"), raw, **options)


NEW = {"id": NUMBER, "text": NUMBER, "tags": ["a", "b"], "size": 0}
KINDS = [
    ask("GET", "/models/todo/1"),
    ask("GET", "/models/todo/none"),
    ask("GET", "/models/todo/1?attributes_to_get=text,tags%5B0%5D&message=none"),
    ask("HEAD", "/models/todo/1"),
    ask("GET", "/models/kept/1"),
    ask("GET", "/models/todo?limit=3&size=ge.1"),
    ask("GET", "/models/todo:first"),
    ask("POST", "/models/todo:query", {"hash": "1"}),
    ask("POST", "/models/todo:batchGet", {"keys": [{"id": "1"}, {"id": "none"}]}),
    ask("PUT", "/models/todo/put", NEW | {"id": "put"}, same=False,
        stored="/models/todo/put"),
    ask("POST", "/models/todo", NEW, same=False),
    ask("PATCH", "/models/todo/patched", {"text": NUMBER}, same=False,
        stored="/models/todo/patched",
        before=ask("PUT", "/models/todo/patched", NEW | {"id": "patched"}).raw),
    ask("DELETE", "/models/todo/deleted", same=False,
        before=ask("PUT", "/models/todo/deleted", NEW | {"id": "deleted"}).raw),
    ask("POST", "/models/todo:batchWrite",
        {"put": [NEW | {"id": "b1"}, NEW | {"id": "b2"}], "delete": [{"id": "b3"}]}, same=False),
    ask("POST", "/transactions",
        {"write": [{"model": "todo", "put": NEW | {"id": "t1"}},
                   {"model": "todo", "update": {"key": {"id": "t2"}, "set": {"text": NUMBER}}},
                   {"model": "todo", "delete": {"id": "t3"}}]},
        before=ask("PUT", "/models/todo/t2", NEW | {"id": "t2"}).raw),
    ask("POST", "/transactions", {"get": [{"model": "todo", "key": {"id": "1"}}]},
        name="POST /transactions of reads"),
    ask("GET", "/models/todo?limit=3&explain=true"),
    ask("GET", "/models"),
    ask("GET", "/openapi.json"),
    ask("GET", "/metrics", to="admin", same=False),
    ask("GET", "/status", fields=["Accept: application/json"], to="admin", same=False),
    ask("GET", "/status", fields=["Accept: text/html"], name="GET /status page", to="admin",
        same=False),
    ask("GET", "/ready", to="admin"),
]


# --- a DynamoDB of few words

KEY = {"S": "1"}
TYPED = {"id": KEY, "text": {"S": "one"}, "tags": {"L": [{"S": "a"}, {"S": "b"}]},
         "size": {"N": "3"}}


def answer(request):
    asked = request.json
    if request.operation == "GetItem":
        return reply({"Item": TYPED} if asked["Key"]["id"] == KEY else {})
    if request.operation == "BatchGetItem":
        [(table, group)] = asked["RequestItems"].items()
        found = [TYPED for key in group["Keys"] if key["id"] == KEY]
        return reply({"Responses": {table: found}, "UnprocessedKeys": {}})
    if request.operation in ("Query", "Scan"):
        return reply({"Items": [TYPED, TYPED], "Count": 2, "ScannedCount": 2})
    if request.operation in ("PutItem", "DeleteItem"):
        return reply({})
    if request.operation == "UpdateItem":
        return reply({"Attributes": TYPED})
    if request.operation == "BatchWriteItem":
        return reply({"UnprocessedItems": {}})
    if request.operation == "TransactWriteItems":
        return reply({})
    if request.operation == "TransactGetItems":
        return reply({"Responses": [{"Item": TYPED}]})
    return error("ValidationException")


def last_answer(request):
    """On this connection: the next request needs another."""
    raise Close(answer(request).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))


# --- a daemon under it


def models(**more):
    task = {**apps.TASK, "allow": ["read", "write"], **more}
    return {"todo": task, "kept": {**task, "table_name": "todo", "cache": {"ttl": 0.001}}}


class World:
    """A daemon that fails when it is told to, on one kind of store."""
    prefix, preloaded = (), True

    def __init__(self, folder, store, armed=None, leaks=True):
        build = pathlib.Path(os.environ["DYNAMOD_BUILD"])
        self.failing = Failing(folder, build, leaks)
        if armed:
            self.failing.arm(*armed)
        script = {"dynamodb": answer, "dynamodb that hangs up": last_answer}.get(store)
        self.upstream = Upstream(script) if script else None
        self.numbers = itertools.count(1)
        self.apps = {"app": {"default": True, **self._app(folder)}}
        self.options = {"threads": 1, "admin": "127.0.0.1:0", **TIMEOUTS}
        self.daemon = Daemon(build / "dynamod", folder, self.apps,
                             self.failing.environment if self.preloaded else {},
                             listen=self._listen(folder), prefix=self.prefix, **self.options)

    def _listen(self, folder):
        """None: as it is by itself."""

    def wait_ready(self):
        self.daemon.wait_ready()
        self.ports = {"app": self.daemon.port,
                      "admin": int(self.daemon.admin_url.rpartition(":")[2])}

    def reload_idle_timeout(self):
        """From then on each connection is given its timeout: libmicrohttpd keeps the first."""
        write_config(self.daemon.config.parent, self.apps, listen=self.daemon.listen,
                     idle_timeout_seconds=60, **self.options)
        self.daemon.signal(signal.SIGHUP)
        self.daemon.wait_for_log("reloaded")

    def _app(self, folder):
        if self.upstream:
            connection = apps.connection(self.upstream.url, max_pool_connections=1)
            return {"dynamodb": connection, "models": models()}
        seed = folder / "seed.jsonl"
        seed.write_text(json.dumps(TYPED) + "\n")
        return {"dynamodb": {"host": f"sqlite:{folder}/nth.db"}, "models": models(seed=str(seed))}

    def stop(self):
        try:
            self.daemon.stop()
        finally:
            self.kill()

    def kill(self):
        self.daemon.kill()
        if self.upstream:
            self.upstream.stop()

    # What is asked.

    def exchange(self, kind):
        return self.send(kind.raw, kind.to)

    def _speak(self, connection, to):
        return connection

    def send(self, raw, to="app"):
        """All that comes until the daemon closes."""
        received = b""
        connection = socket.create_connection(("127.0.0.1", self.ports[to]), HANGS_S)
        try:
            with self._speak(connection, to) as connection:
                self.number = f"{next(self.numbers):0{len(NUMBER)}}".encode()
                connection.sendall(raw.replace(NUMBER.encode(), self.number))
                while chunk := connection.recv(65536):
                    received += chunk
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            pass
        return received

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))

    def settle(self, most, seconds=HANGS_S):
        """Until no more descriptors are open than that."""
        end = time.monotonic() + seconds
        while self.descriptors > most and time.monotonic() < end:
            time.sleep(0.01)
        return self.descriptors


class SecureWorld(World):
    """The app's listener speaks TLS."""

    def _listen(self, folder):
        authority = Certificates(folder)
        made = authority.issue("ec")
        self._context = ssl.create_default_context(cafile=authority.file)
        return [{"address": "127.0.0.1:0",
                 "tls": {"certificate": str(made.certificate), "key": str(made.key)}}]

    def _speak(self, connection, to):
        if to != "app":
            return connection
        return self._context.wrap_socket(connection, server_hostname="localhost")


# --- judging


@dataclasses.dataclass
class Answer:
    status: int  # 0: no whole head
    head: bytes
    body: bytes
    whole: bool


def dechunked(text):
    body = b""
    while True:
        size, end, text = text.partition(b"\r\n")
        if not end or not re.fullmatch(rb"[0-9a-fA-F]+", size):
            return body, False
        size = int(size, 16)
        if size == 0:
            return body, text == b"\r\n"
        if len(text) < size + 2:
            return body + text, False
        body, text = body + text[:size], text[size + 2:]


def understood(received, method):
    """As a client takes it that trusts its framing."""
    head, end, body = received.partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    if not end or not match:
        return Answer(0, head, b"", False)
    status = int(match.group(1))
    if status == 100:
        return understood(body, method)
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    if method == "HEAD" or status in (204, 304):
        return Answer(status, head, body, body == b"")
    if re.search(rb"(?i)\r\ntransfer-encoding: chunked", head):
        return Answer(status, head, *dechunked(body))
    assert length, f"a reply that only its end frames: {received!r}"
    assert len(body) <= int(length.group(1)), f"more than was announced: {received!r}"
    return Answer(status, head, body, len(body) == int(length.group(1)))


def judge(kind, good, received):
    """What kind of answer it is; it may not be a wrong one."""
    got = understood(received, kind.raw.split(b" ")[0].decode())
    if not got.whole:
        return "closed"
    if got.status >= 400:
        return judge_problem(kind, good, got)
    assert got.status // 100 == good.status // 100, received
    assert not kind.same or got.body == good.body, (received, good)
    return "served"


def judge_problem(kind, good, got):
    """What helps to understand it may be missing."""
    if kind.raw.startswith(b"HEAD"):
        return "error"
    assert b"application/problem+json" in got.head, got
    problem = json.loads(got.body)
    assert problem["status"] == got.status, got
    assert problem.get("detail") or problem["type"] == "urn:dynamod:out-of-memory", got
    if got.status != good.status:
        return "error"
    assert problem.items() <= json.loads(good.body).items(), (got, good)
    return "served"


# --- walking


ALL = bool(os.environ.get("NTH_ALL"))  # every n, however many
CLOSE, APART = 400, 29  # else every n up to here, then each so many


def following(n):
    return n + 1 if ALL or n < CLOSE else n + APART


@dataclasses.dataclass
class Walk:
    """Every n of one family in one way, through one request, until it needs no more."""
    world: World
    family: str
    way: int
    sticky: bool = False  # all calls after it fail too

    def through(self, kind):
        """How many calls failed."""
        method = kind.raw.split(b" ")[0].decode()
        if kind.before:
            self.world.send(kind.before)
        good, n, failures = understood(self.world.exchange(kind), method), 1, 0
        assert good.whole and good.status, good
        while True:
            failed, spared = self.once(kind, good, n)
            failures += failed
            if not failed and not spared:
                return failures
            n = following(n)

    def once(self, kind, good, n):
        world = self.world
        if kind.before:
            assert re.match(rb"HTTP/1.1 20[0-4] ", world.send(kind.before)), kind.name
        world.failing.arm(self.family, self.way, n, self.sticky)
        try:
            got = world.exchange(kind)
        except OSError as wrong:  # a hang, or nobody is there
            got = wrong
        _, failed, spared = world.failing.disarm()
        where = (f"{kind.name}: {self.family} {n} fails with {self.way}\n{world.failing.where}\n"
                 f"{world.daemon.log[-2000:]}")
        assert isinstance(got, bytes), f"{got!r} {where}"
        assert world.daemon.process.poll() is None, where
        if judge(kind, good, got) == "served" and kind.stored and not world.upstream:
            number = world.number
            assert number in world.send(ask("GET", kind.stored).raw), f"lost {number}, {where}"
        after = world.exchange(KINDS[0])
        assert judge(KINDS[0], world.good, after) == "served", f"{after} after {where}"
        return failed, spared


def walk_all(folder, store, kinds, families, sticky, world_type):
    """A daemon of its own that all these requests are asked of; failures by family."""
    folder.mkdir()
    world = world_type(folder, store)
    counts = collections.Counter()
    try:
        world.wait_ready()
        world.reload_idle_timeout()
        for kind in kinds:  # what is made at the first of its kind is made
            world.exchange(kind)
        world.good = understood(world.exchange(KINDS[0]), "GET")
        descriptors = world.settle(0, seconds=0.5)
        for kind in kinds:
            for family in families:
                for way in WAYS[family].values():
                    counts[family] += Walk(world, family, way, sticky).through(kind)
        assert world.settle(descriptors) <= descriptors, "descriptors are left open"
        world.stop()
    finally:
        world.kill()
    return counts


def side_by_side(folder, store, families, kinds=KINDS, sticky=False, shares=4,
                 world_type=World):
    """Much of the time is waiting for deadlines."""
    with concurrent.futures.ThreadPoolExecutor(shares) as pool:
        walks = [pool.submit(walk_all, folder / str(share), store, kinds[share::shares], families,
                             sticky, world_type) for share in range(shares)]
        return sum((walk.result() for walk in walks), collections.Counter())
