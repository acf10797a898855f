"""What is measured: requests a second, CPU time a request, percentiles, memory, time to start."""
import dataclasses
import os
import pathlib
import re
import socket
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
CLIENTS = 64
TICKS = os.sysconf("SC_CLK_TCK")
MS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}


@dataclasses.dataclass
class Target:
    """A server to be loaded, and what it is asked for."""
    pid: int
    url: str
    path: str = "/models/item/"  # before the key
    models: int = 0  # else that many, model0, model1 …, in turn: path is unused
    script: str = "get.lua"


@dataclasses.dataclass
class Load:
    rate: float  # requests a second
    cpu_us: float  # of the server, a request, user and system
    p50_ms: float
    p99_ms: float


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid, name="RssAnon"):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024


def percentile_ms(out, percent):
    value, unit = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s|m)\b", out).groups()
    return float(value) * MS[unit]


def wrk(clients, *arguments, seconds=SECONDS):
    """What wrk says: every answer was 2xx, and came."""
    out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency",
                          "--timeout", "10s", *arguments], check=True, text=True,
                         capture_output=True).stdout
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    return out


def run(target, clients, seconds):
    """(CPU seconds, requests, what wrk says)."""
    before = cpu_seconds(target.pid)
    out = wrk(clients, "-s", HERE / target.script, target.url, "--", target.path,
              str(target.models), seconds=seconds)
    cpu = cpu_seconds(target.pid) - before
    return cpu, int(re.search(r"(\d+) requests in", out)[1]), out


def load(target, clients=CLIENTS, seconds=SECONDS):
    cpu, requests, out = run(target, clients, seconds)
    assert requests, out
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), cpu / requests * 1e6,
                percentile_ms(out, 50), percentile_ms(out, 99))


def steady_cpu_us(target, clients):
    """CPU µs a request, without what it takes to make so many connections: two runs do that,
    and one is longer."""
    cpu, requests, _ = run(target, clients, 1)
    more_cpu, more_requests, out = run(target, clients, 1 + SECONDS)
    assert more_requests > requests, out
    return (more_cpu - cpu) / (more_requests - requests) * 1e6


def in_turn(*measures):
    """Each measured once a round, one after the other; of each, the medians of its figures."""
    rounds = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [median(of_one) for of_one in zip(*rounds)]


def median(figures):
    """Of numbers, of lists of them, or of loads."""
    if isinstance(figures[0], Load):
        return Load(*median([dataclasses.astuple(figure) for figure in figures]))
    if isinstance(figures[0], (list, tuple)):
        return [statistics.median(figure) for figure in zip(*figures)]
    return statistics.median(figures)


def loads(*targets, clients=CLIENTS):
    """In turn, each with its first second unseen."""
    for target in targets:
        load(target, clients, seconds=1)
    return in_turn(*(lambda target=target: load(target, clients) for target in targets))


# --- by socket ---

def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def receive(connection):
    """The body of a whole message that says its length; a reply must be 200."""
    message = b""
    while b"\r\n\r\n" not in message:
        message += take(connection)
    head, body = message.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
    while len(body) < length:
        body += take(connection)
    assert head.startswith((b"HTTP/1.1 200", b"POST ")), head
    return body


def take(connection):
    part = connection.recv(1 << 20)
    assert part, "the connection was closed"
    return part


def get(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request(path))
        return receive(connection)


def seconds_to_first_answer(start, port, path):
    """From before the process is there; (seconds, what start returned)."""
    began = time.monotonic()
    started = start()
    while True:
        try:
            get(port, path)
            return time.monotonic() - began, started
        except ConnectionError:
            assert time.monotonic() - began < 60, "never answered"
            time.sleep(0.0002)


class Idle:
    """Connections that have had an answer each, and are kept."""

    def __init__(self, count, port, path):
        self.path = path
        self.connections = []
        for _ in range(count):
            self.connections.append(socket.create_connection(("127.0.0.1", port), timeout=10))
            self._ask(self.connections[-1])

    def _ask(self, connection):
        connection.sendall(request(self.path))
        receive(connection)

    def ask_all(self):
        """They were kept: each has another answer."""
        for connection in self.connections:
            self._ask(connection)

    def close(self):
        for connection in self.connections:
            connection.close()
