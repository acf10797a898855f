"""Rows of connections: of those that idle, and of a unix socket."""
import re
import subprocess

from measure import CLIENTS, SECONDS, Idle, cpu_seconds, get, in_turn, loads, memory_mb
from servers import KEYS, embedded_app, port_of
from table import at_least, at_most

IDLE = 10000


def idle_connections(table, servers):
    """Idle ones at one daemon, none at the other; then as many at nginx."""
    app = embedded_app(servers.new_folder())
    crowded, empty = (servers.target(app, max_connections=IDLE + 1000, idle_timeout_seconds=3600)
                      for _ in range(2))
    peer = servers.nginx_fixed(get(port_of(empty), "/models/item/5000"))
    ours, without, memory = beside_idle(crowded, empty)
    peers, peers_without, peer_memory = beside_idle(peer, servers.nginx_fixed(b"{}"))
    table.figure(f"{IDLE} idle connections; peer: nginx with the same", "RssAnon, MB", "{:.1f}",
                 memory, peer_memory, at_most(1.5))
    row = f"GET, {CLIENTS} clients beside {IDLE} idle connections; peer: without them"
    table.loads(row, ours, without, rate=at_least(0.9))
    table.loads(f"nginx `return 200`: {row}", peers, peers_without)


def beside_idle(crowded, empty):
    idle = Idle(IDLE, port_of(crowded), "/models/item/1")
    try:
        figures = [*loads(crowded, empty), memory_mb(crowded.pid)]
        idle.ask_all()
        return figures
    finally:
        idle.close()


def h2load(pid, uris, base):
    """wrk knows no unix sockets; this does."""
    before = cpu_seconds(pid)
    out = subprocess.run(
        ["h2load", "--h1", "-t1", f"-c{CLIENTS}", "-D", str(SECONDS), "-B", base, "-i", uris],
        check=True, text=True, capture_output=True).stdout
    cpu = cpu_seconds(pid) - before
    done, failed = re.search(r"(\d+) succeeded, (\d+) failed", out).groups()
    assert failed == "0" and int(done), out
    return [float(re.search(r"([\d.]+) req/s", out)[1]), cpu / int(done) * 1e6]


def unix_socket(table, servers):
    folder = servers.new_folder()
    daemon = servers.daemon(embedded_app(folder),
                            listen=["127.0.0.1:0", f"unix:{folder}/socket"])
    uris = folder / "uris"
    uris.write_text("".join(f"http://127.0.0.1/models/item/{key}\n" for key in range(KEYS)))
    pid = daemon.process.pid
    ours, peer = in_turn(lambda: h2load(pid, uris, f"unix:{folder}/socket"),
                         lambda: h2load(pid, uris, daemon.url))
    row = "GET, 64 clients, embedded store, unix socket; peer: TCP (both by h2load)"
    table.figure(row, "requests/s", "{:.0f}", ours[0], peer[0], at_least(1))
    table.figure(row, "CPU µs a request", "{:.1f}", ours[1], peer[1])
