"""`make run`: the demo comes up, answers, and leaves nothing behind."""
import os
import pathlib
import re
import select
import signal
import subprocess

import pytest

from client import curl

ROOT = pathlib.Path(__file__).resolve().parents[2]


def children_of(leader):
    """The processes that it started, and that still run."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == leader:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_demo(how):
    demo = subprocess.Popen([ROOT / "etc/demo/run"], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE)
    seen = ""
    try:
        for line in demo.stdout:
            seen += line
            if "Ctrl-C" in line:
                break
        [url] = re.findall(r"curl (localhost:\d+/models/todo/1)\n", seen)
        response = curl(url)
        assert response.status == 200
        assert response.json == {"id": "1", "name": "Buy milk", "done": False}
        missing = curl(url[:-1] + "4")
        missing.assert_problem(404, "item-not-found", "no such todo: 4")
        children = children_of(demo.pid)
        assert len(children) == 2
    finally:
        demo.send_signal(how)
        status = demo.wait(60)
    assert status == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    for child in children:
        wait_gone(child)


def wait_gone(pid):
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone, _, _ = select.select([handle], [], [], 60)
    os.close(handle)
    assert gone, f"{pid} was left running"
