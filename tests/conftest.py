"""What tests measure is printed at the end of the run, whichever worker they ran on, and kept
beside the build."""
import os
import pathlib

import pytest

FIGURES = pytest.StashKey()


def pytest_configure(config):
    config.stash[FIGURES] = {}


@pytest.fixture(scope="session")
def figures(pytestconfig):
    """title → lines of text."""
    return pytestconfig.stash[FIGURES]


def pytest_sessionfinish(session):
    """A worker hands its figures over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[FIGURES].update(getattr(node, "workeroutput", {}).get("figures", {}))


def pytest_terminal_summary(terminalreporter, config):
    kept = []
    for title, lines in sorted(config.stash[FIGURES].items()):
        terminalreporter.section(title)
        terminalreporter.write("\n".join(lines) + "\n")
        kept += [f"# {title}", *lines, ""]
    if kept:
        (pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "figures.txt").write_text("\n".join(kept))
