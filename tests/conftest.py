"""What tests measure is printed at the end of the run, whichever worker they ran on, and kept
beside the build: figures, and the table of what was thrown at the program."""
import collections
import os
import pathlib

import pytest

FIGURES, SURVIVED = pytest.StashKey(), pytest.StashKey()
TABLE = "bad inputs and faults, by kind"


def pytest_configure(config):
    config.stash[FIGURES] = {}
    config.stash[SURVIVED] = collections.Counter()
    config.addinivalue_line("markers", "survives(kind): one more of that kind when it passes")


@pytest.fixture(scope="session")
def figures(pytestconfig):
    """title → lines of text."""
    return pytestconfig.stash[FIGURES]


@pytest.fixture(scope="session")
def survived(pytestconfig):
    """survived("HTTP: bad framing", 12): so many more bad inputs or faults of that kind were
    thrown at the program, and did no harm. Said after the checks."""
    def add(kind, n=1):
        if n:
            pytestconfig.stash[SURVIVED][kind] += n
    return add


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and report.passed:
        for mark in item.iter_markers("survives"):
            item.config.stash[SURVIVED][mark.args[0]] += 1


def pytest_sessionfinish(session):
    """A worker hands its figures over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[FIGURES]
        session.config.workeroutput["survived"] = dict(session.config.stash[SURVIVED])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    output = getattr(node, "workeroutput", {})
    node.config.stash[FIGURES].update(output.get("figures", {}))
    node.config.stash[SURVIVED].update(output.get("survived", {}))


def written_elsewhere():
    """What `make unit` counted: lines of COUNT and KIND."""
    path = pathlib.Path(os.environ.get("DYNAMOD_BUILD", ".")) / "survived"
    for line in path.read_text().splitlines() if path.is_file() else ():
        count, _, kind = line.partition(" ")
        yield kind, int(count)


def table_of(counts):
    total = collections.Counter(counts)
    for kind, count in written_elsewhere():
        total[kind] += count
    rows = [*sorted(total.items()), ("in all", total.total())]
    widest = max(len(kind) for kind, _ in rows)
    return [f"{kind:<{widest}} {count:>12,}" for kind, count in rows]


def pytest_terminal_summary(terminalreporter, config):
    sections = sorted(config.stash[FIGURES].items())
    if config.stash[SURVIVED]:
        sections.append((TABLE, table_of(config.stash[SURVIVED])))
    for title, lines in sections:
        terminalreporter.section(title)
        terminalreporter.write("\n".join(lines) + "\n")
    if sections:
        kept = "\n".join(line for title, lines in sections for line in [f"# {title}", *lines, ""])
        (pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "figures.txt").write_text(kept)
