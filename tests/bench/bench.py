"""make bench: one table, all of its rows measured in one run on one machine, beside their peers.

Arguments name the rows to measure, all without; only all of them are written to RESULTS.md and
shown by the README. BENCH_SECONDS and BENCH_ROUNDS make it shorter, or longer.
"""
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback

import rows_embedded
import rows_flat
import rows_listener
import rows_overload
import rows_process
import rows_upstream
from measure import ROUNDS, SECONDS
from servers import ROOT, Servers
from table import HEAD, Table

ROWS = {
    "slow": rows_upstream.slow_upstream,
    "fast": rows_upstream.fast_upstream,
    "one": rows_upstream.one_client,
    "cached": rows_upstream.cached,
    "embedded": rows_embedded.embedded,
    "codec": rows_process.codec,
    "idle": rows_listener.idle_connections,
    "rest": rows_process.at_rest,
    "tls": rows_upstream.tls_upstream,
    "unix": rows_listener.unix_socket,
    "clients": rows_flat.clients,
    "models": rows_flat.models,
    "sizes": rows_flat.sizes,
    "pages": rows_process.pages,
    "overload": rows_overload.overload,
    "local": rows_embedded.dynamodb_local,
}
RESULTS = ROOT / "tests/bench/RESULTS.md"
REASONS = ROOT / "tests/bench/REASONS.md"
README = ROOT / "README.md"
FILES = 16384  # a connection is a file of the process at either end

INTRODUCTION = """# make bench

Medians of {rounds} rounds of {seconds} s, a peer's round after each of ours, by wrk on {cpus} cores that it, the
upstream and the server share ({versions}).
The daemon has one thread and nginx one worker; the upstream is `upstream.c`, with items of 200 B. CPU is the
server's own, user and system, from /proc. A JVM gets faster while it runs, so DynamoDB Local is measured
twice. The ratio is ours to the peer's; in rows that compare one thing grown, the peer is the first of them.
`make bench ROWS="slow tls"` prints some rows alone; BENCH_ROUNDS and BENCH_SECONDS make them quicker, or surer.

"""


def measure(names):
    """(the table, the names of those that failed twice)."""
    table, failed = Table(), []
    print("\n".join(HEAD), flush=True)
    for name in names:
        began = time.monotonic()
        if not measured(name, table) and not measured(name, table):
            failed.append(name)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return table, failed


def measured(name, table):
    """Whether it could be; else the table is as it was."""
    before = len(table.rows)
    try:
        with tempfile.TemporaryDirectory() as folder, Servers(pathlib.Path(folder)) as servers:
            ROWS[name](table, servers)
        return True
    except Exception:
        traceback.print_exc()
        del table.rows[before:]
        return False


def first_line(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.splitlines()[0]


def versions():
    wrk = first_line("wrk", "-v").split(" [")[0]
    nginx = first_line("nginx", "-v").removeprefix("nginx version: ")
    return f"{wrk}, {nginx}"


def reasons(missed):
    """What REASONS.md says of the rows that miss their goals."""
    known = dict(re.findall(r"^- \*\*(.*?)\*\*: (.*(?:\n  .*)*)", REASONS.read_text(), re.M))
    return "".join(f"- **{row}**: {known.get(row, 'not explained yet.')}\n" for row in missed)


def write(table):
    text = INTRODUCTION.format(rounds=ROUNDS, seconds=SECONDS, cpus=os.cpu_count(),
                               versions=versions()) + table.text()
    if table.missed():
        text += "\nWhere a goal is missed:\n\n" + reasons(table.missed())
    RESULTS.write_text(text)


def show(table):
    """The figures that have a goal, in place of the README's table."""
    shown, count = re.subn(r"\| row \|.*\n(?:\|.*\n)+", lambda _: table.text(only_goals=True),
                           README.read_text())
    assert count == 1, "the README has no table of rows, or several"
    README.write_text(shown)


def main(names):
    unknown = set(names) - set(ROWS)
    if unknown:
        sys.exit(f"bench: no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < FILES:
        sys.exit(f"bench: needs {FILES} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    if os.getloadavg()[0] > 0.5:
        print("bench: this machine has other work: figures will be worse", file=sys.stderr)
    table, failed = measure(names or ROWS)
    if failed:
        sys.exit(f"bench: failed: {', '.join(failed)}")
    if not names:
        write(table)
        show(table)


main(sys.argv[1:])
