"""`make run`: the demo comes up, each of its seven lines works, and nothing is left behind."""
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import time

import pytest

from client import TIMEOUT_S, parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
WAIT_S = 60


def wait_listening(port, demo):
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and demo.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError("the demo does not listen")


def say(line):
    """What a shell would say to that line, its header fields too."""
    [program, *arguments] = shlex.split(line)
    done = subprocess.run([program, "-sS", "--max-time", str(TIMEOUT_S), "-i", *arguments],
                          capture_output=True, check=True)
    return parse(done.stdout)


def read_lines(demo):
    """The lines to try, once the daemon is there to answer."""
    lines = []
    for line in demo.stdout:
        lines += re.findall(r"^ +(curl .*)", line)
        if "Ctrl-C" in line:
            break
    wait_listening(int(re.search(r"localhost:(\d+)", lines[0]).group(1)), demo)
    return lines


@pytest.fixture
def demo():
    process = subprocess.Popen([ROOT / "etc/demo/run"], stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_demo(demo, how):
    models, todo, order, kinds, missing, created, changed = map(say, read_lines(demo))
    assert [model["name"] for model in models.json] == ["todo", "orders", "kinds"]
    assert todo.json == {"id": "1", "name": "Buy milk", "done": False}
    assert order.json == {"status": "shipped", "total": 129.9}
    types = {kind for value in kinds.json.values() for kind in value}
    assert types == {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}
    missing.assert_problem(404, "item-not-found", "no such todo: 4")
    assert (created.status, created.headers["location"]) == (201, "/models/todo/5")
    assert changed.json == {"id": "5", "name": "Call home", "done": True}

    demo.send_signal(how)
    assert demo.wait(WAIT_S) == 0


def test_two_demos(demo):
    """The second takes the next free port."""
    first = read_lines(demo)
    second_demo = subprocess.Popen([ROOT / "etc/demo/run"], stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        second = read_lines(second_demo)
        assert first != second
        assert [say(line).status for line in first + second] == [200, 200, 200, 200, 404, 201, 200] * 2
    finally:
        second_demo.terminate()
        assert second_demo.wait(WAIT_S) == 0


def test_nothing_is_needed_but_what_builds(demo):
    """One process, the daemon's: no JVM, no shell that minds it."""
    read_lines(demo)
    command = pathlib.Path(f"/proc/{demo.pid}/cmdline").read_bytes().split(b"\0")
    assert command[0] == b"build/dynamod"
    children = pathlib.Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text()
    assert children == ""


def test_the_readme_shows_true_answers(demo):
    port = re.search(r"localhost:(\d+)", read_lines(demo)[0]).group(1)
    readme = (ROOT / "README.md").read_text()
    shown = re.findall(r"^    \$ (curl .*)\n    (\{.*\})$", readme, re.M)
    assert len(shown) >= 3
    for line, answer in shown:
        body = say(line.replace("localhost:8080", f"localhost:{port}")).body
        assert body.decode() == answer + "\n"
