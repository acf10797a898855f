"""Prints the fault table and the soak's figures at the end, and keeps them beside the build."""
import os
import pathlib

import pytest

# first: calls of 200 requests before these, which found the retries' bucket full.
# keys: calls to where credentials come from.
HEAD = (f"{'fault':<33} {'answers':<16} {'longest':>8} {'first':>6} {'calls':>6} {'keys':>5} "
        f"{'back in':>8}")
TABLE, SOAK = pytest.StashKey(), pytest.StashKey()


@pytest.fixture(scope="session")
def fault_table(pytestconfig):
    return pytestconfig.stash.setdefault(TABLE, {})


@pytest.fixture(scope="session")
def soak_report(pytestconfig):
    return pytestconfig.stash.setdefault(SOAK, [])


def line(name, row):
    if isinstance(row, str):
        return f"{name:<33} failed"
    answers = " ".join(f"{count}×{status}" for status, count in sorted(row.statuses.items(),
                                                                       key=str))
    first = row.first_calls or ""
    asked = "" if row.asked is None else row.asked
    back = "" if row.back_s is None else f"{row.back_s:.2f} s"
    return (f"{name:<33} {answers:<16} {row.longest_s:>6.2f} s {first:>6} {row.calls:>6} "
            f"{asked:>5} {back:>8}").rstrip()


def keep(terminalreporter, title, file, lines):
    terminalreporter.section(title)
    for text in lines:
        terminalreporter.write_line(text)
    (pathlib.Path(os.environ["DYNAMOD_BUILD"]) / file).write_text("\n".join(lines) + "\n")


def pytest_terminal_summary(terminalreporter, config):
    rows, soak = config.stash.get(TABLE, None), config.stash.get(SOAK, None)
    if rows:
        table = [HEAD, *(line(name, row) for name, row in rows.items())]
        keep(terminalreporter, "200 requests while something is wrong", "faults.txt", table)
    if soak:
        keep(terminalreporter, "a minute of everything", "soak.txt", soak)
