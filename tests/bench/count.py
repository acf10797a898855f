"""make bench-count: instructions a request on the five hottest paths, counted by callgrind.

Each path is driven so that two runs do the same: a request after the other, or, where requests
are to be merged, step by step. It is driven twice, the second time longer: the start and the end
of the process are in both, and so not in the difference.
"""
import json
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import zlib

from measure import receive, request
from servers import BUILD, Servers, embedded_app, model, proxied_app, write_lines

COUNTS = pathlib.Path(__file__).resolve().parent / "COUNTS"
HEAD = """# Instructions a request, by callgrind, of each path: written by make bench-count, which see.
# They are of
"""
WAIT_S = 60  # for what takes milliseconds: only a hang reaches it
KEYS, PAGES = 50, 10  # of a pass
WIDTH, WAITING = 2, 62  # reads on their way, and reads that wait for them
FEW, MANY = 2, 30  # passes
ITEM = {"done": {"BOOL": False}, "count": {"N": "42"}, "name": {"S": "n" * 140}}
# So that what the processor can do makes no difference.
ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512VL,-AVX512BW,-BMI2,-ERMS,-FSRM",
               "OPENSSL_ia32cap": "~0x1000000000000000:0"}
PACKAGES = ["libc6", "libcurl4", "libmicrohttpd12", "libsqlite3-0", "libssl3", "zlib1g"]


class Counted(Servers):
    """The daemon under callgrind, and an upstream that answers when it is told to."""

    def __init__(self, folder):
        super().__init__(folder)
        self.listener = self.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.host = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.upstream = []  # its connections
        self.counts = folder / "counts"
        self.port = None

    def start(self, app):
        binary = self.folder / "counted"
        binary.write_text("#!/bin/sh\nexec valgrind -q --tool=callgrind "
                          f"--callgrind-out-file={self.counts} {BUILD}/dynamod \"$@\"\n")
        binary.chmod(0o755)
        self.port = self.daemon(app, binary=binary, environment=ENVIRONMENT).port

    def client(self):
        return self.enter_context(socket.create_connection(("127.0.0.1", self.port)))

    def next_flight(self):
        """The daemon's next request, whichever connection it comes on."""
        while True:
            ready, _, _ = select.select([self.listener, *self.upstream], [], [], WAIT_S)
            assert ready, "the daemon asks nothing"
            if ready[0] is not self.listener:
                return Flight(ready[0])
            self.upstream.append(self.enter_context(self.listener.accept()[0]))

    def instructions(self):
        """Once the daemon has ended."""
        return int(re.search(r"^totals: (\d+)", self.counts.read_text(), re.M)[1])


class Flight:
    """A request of the daemon's, read and not yet answered."""

    def __init__(self, connection):
        self.connection = connection
        self.asked = json.loads(receive(connection))

    def reply(self):
        if "Key" in self.asked:
            return {"Item": {**self.asked["Key"], **ITEM}}
        [(table, asked)] = self.asked["RequestItems"].items()
        return {"Responses": {table: [{**key, **ITEM} for key in asked["Keys"]]},
                "UnprocessedKeys": {}}

    def answer(self):
        body = json.dumps(self.reply(), separators=(",", ":")).encode()
        self.connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"x-amzn-RequestId: 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEFGHIJ\r\n"
            b"x-amz-crc32: %d\r\nContent-Length: %d\r\n\r\n%s"
            % (zlib.crc32(body), len(body), body))


# --- the paths: each starts a daemon, and returns a pass of requests and how many they are ---

def embedded(counted):
    counted.start(embedded_app(counted.new_folder()))
    return each_key(counted.client()), KEYS


def each_key(client, before_the_answer=lambda: None):
    def drive():
        for key in range(KEYS):
            client.sendall(request(f"/models/item/{key}"))
            before_the_answer()
            receive(client)
    return drive


def proxied(counted):
    counted.start(proxied_app(counted.host, batch_width=0))
    return each_key(counted.client(), lambda: counted.next_flight().answer()), KEYS


def cached(counted):
    """The first pass asks the upstream, all others do not."""
    counted.start(proxied_app(counted.host, {"item": model(cache={"ttl": 3600.0})}))
    client, seen = counted.client(), []

    def drive():
        each_key(client, lambda: seen or counted.next_flight().answer())()
        seen.append(True)
    return drive, KEYS


def coalesced(counted):
    """As many as may be on their way, and those that wait for the first of them to end."""
    counted.start(proxied_app(counted.host, batch_width=WIDTH))
    first, waiting, last = ([counted.client() for _ in range(count)]
                            for count in (WIDTH, WAITING, 1))

    def drive():
        flights = []
        for key, client in enumerate(first):
            client.sendall(request(f"/models/item/{key}"))
            flights.append(counted.next_flight())
        for key, client in enumerate(waiting, WIDTH):
            client.sendall(request(f"/models/item/{key}"))
        last[0].sendall(request("/models"))
        receive(last[0])  # so all that came before it have been read
        flights[0].answer()
        batch = counted.next_flight()
        assert len(batch.asked["RequestItems"]["item"]["Keys"]) == WAITING
        for flight in (batch, *flights[1:]):
            flight.answer()
        for client in (*first, *waiting):
            receive(client)
    return drive, WIDTH + WAITING


def page(counted):
    lines = ({"id": "page", "n": number, "name": f"item number {number}", "done": False,
              "tags": ["a", "b", "c"]} for number in range(1000))
    counted.start({
        "dynamodb": {"host": "sqlite::memory:"},
        "models": {"page": {"hash_key": "id", "range_key": "n",
                            "attributes": {"id": "S", "n": "N"},
                            "seed": write_lines(counted.new_folder() / "page.jsonl", lines)}}})
    client = counted.client()

    def drive():
        for _ in range(PAGES):
            client.sendall(request("/models/page/page?limit=100"))
            receive(client)
    return drive, PAGES


PATHS = {"embedded": embedded, "proxied": proxied, "coalesced": coalesced, "cached": cached,
         "page": page}


# --- counting ---

def run(path, passes):
    """(instructions of the whole process, requests in a pass)."""
    with tempfile.TemporaryDirectory() as folder:
        with Counted(pathlib.Path(folder)) as counted:
            drive, requests = path(counted)
            for _ in range(passes):
                drive()
        return counted.instructions(), requests


def count(name):
    """Instructions a request."""
    few, requests = run(PATHS[name], FEW)
    many, _ = run(PATHS[name], MANY)
    return round((many - few) / (requests * (MANY - FEW)))


def environment():
    """What the figures depend on."""
    compiler = [subprocess.run(["gcc", option], check=True, text=True, capture_output=True)
                .stdout.strip() for option in ("-dumpfullversion", "-dumpmachine")]
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
                              check=True, text=True, capture_output=True).stdout.splitlines()
    return [f"gcc {' '.join(compiler)}", *versions]


def committed():
    """(path → figure, the environment they are of)."""
    lines = COUNTS.read_text().splitlines()
    figures = dict(line.split() for line in lines if line and not line.startswith("#"))
    return ({name: int(figure) for name, figure in figures.items()},
            [line[4:] for line in lines if line.startswith("#   ")])


def main():
    before = committed()[0] if COUNTS.exists() else {}
    figures = {}
    for name in PATHS:
        figures[name] = count(name)
        change = f" ({figures[name] / before[name] - 1:+.1%})" if name in before else ""
        print(f"{name} {figures[name]}{change}", flush=True)
    COUNTS.write_text(HEAD + "".join(f"#   {line}\n" for line in environment()) +
                      "".join(f"{name} {figure}\n" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
