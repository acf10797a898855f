"""The log: formats, what a failed request says, storms, journald, a reader that is stuck.

journald is stood in for by a datagram socket of the test's own at the journal's path, in a mount
namespace of the daemon's own; where none can be made, those tests are skipped.
"""
import json
import os
import socket
import subprocess

import pytest

import apps
from client import curl
from daemon import clean_environment, write_config
from load import load
from upstream import error
from waiting import WAIT_S, wait_until

STORM = 5000


def get(daemon, key="1", *options):
    return curl(f"{daemon.url}/models/todo/{key}", *options)


def fail(upstream):
    upstream.script = lambda _: error("InternalServerError", 500, "it broke")


def fields(line):
    """logfmt's, of values without spaces."""
    return dict(pair.split("=", 1) for pair in line.split() if "=" in pair)


def test_failed_request_is_one_line(todo, upstream):
    fail(upstream)
    get(todo, "1", "-H", "X-Request-Id: mine").assert_problem(502, "upstream-failed")
    todo.wait_for_log("request failed")
    [line] = [line for line in todo.lines if "mine" in line]
    assert " warning request failed " in line
    found = fields(line)
    assert float(found.pop("duration_ms")) > 0
    assert {key: found[key] for key in ("request_id", "app", "model", "operation", "status",
                                        "type", "upstream_type", "upstream_request_id")} == {
        "request_id": "mine", "app": "app", "model": "todo", "operation": "get",
        "status": "502", "type": "upstream-failed", "upstream_type": "InternalServerError",
        "upstream_request_id": "UPSTREAM-REQUEST-ID"}


def test_client_errors_are_not_logged(todo):
    for target in ("/models/todo/1", "/nothing", "/models/todo/1?x=y", "/models/other/1"):
        assert 400 <= curl(todo.url + target).status < 500
    todo.stop()
    assert "request failed" not in todo.log


def test_json(start, upstream):
    fail(upstream)
    daemon = start({"app": apps.todo_app(upstream.url)}, log_format="json")
    get(daemon)
    daemon.stop()
    lines = [json.loads(line) for line in daemon.lines]
    assert {"time", "level", "message"} <= set.intersection(*(set(line) for line in lines))
    [line] = [line for line in lines if line["message"] == "request failed"]
    assert (line["level"], line["app"], line["status"]) == ("warning", "app", 502)
    assert line["duration_ms"] > 0


@pytest.mark.parametrize("settings", [{"log_format": '"xml"'}, {"log_format": "1"}])
def test_format_that_is_none(binary, tmp_path, settings):
    config = write_config(tmp_path, {"app": apps.embedded_app("sqlite::memory:")})
    config.write_text(config.read_text() + f"log_format = {settings['log_format']};\n")
    done = subprocess.run([binary, "-t", "-c", config], capture_output=True, text=True)
    assert done.returncode == 1
    assert "log_format: expected" in done.stderr


def test_storm_is_folded(start, upstream):
    """Of many failures alike the first five of a minute are lines, and all are counted. A
    million of them are as many lines: what is written does not grow with their number."""
    upstream.stop()
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=2)
    assert set(load(daemon.port, STORM).statuses) <= {502, 503}
    daemon.stop()
    told = [line for line in daemon.lines if " request failed " in line]
    more = [fields(line) for line in daemon.lines if "request failed: more of these" in line]
    kinds = {fields(line)["type"] for line in told}
    assert len(told) + sum(int(line["count"]) for line in more) == STORM
    minutes = 2  # it may have begun in one and ended in the next
    assert len(told) <= 5 * len(kinds) * minutes and len(more) <= len(kinds) * minutes
    size = len(daemon.log)
    print(f"{STORM} failures: {len(daemon.lines)} lines, {size} bytes")
    assert size < 20000


IN_NAMESPACE = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount"]
ENTER = """mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
    mount --bind "$0" /run/systemd/journal && exec "$@" """


class Journal:
    """What the daemon sends to /run/systemd/journal/socket, a dict of fields an entry."""

    def __init__(self, folder):
        self.folder = folder
        self.entries = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "socket"))
        self.socket.settimeout(WAIT_S)

    def wait_for(self, text):
        while True:
            entry = self.socket.recv(65536).decode()
            assert entry.endswith("\n")
            self.entries.append(dict(line.split("=", 1) for line in entry.splitlines()))
            if text in self.entries[-1]["MESSAGE"]:
                return self.entries[-1]


@pytest.fixture
def journal(tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir()
    probe = [*IN_NAMESPACE, "sh", "-c", ENTER, folder, "true"]
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here: the journal's fields are not shown")
    journal = Journal(folder)
    yield journal
    journal.socket.close()


def run_with_journal(binary, journal, config, stderr, **environment):
    return subprocess.Popen(
        [*IN_NAMESPACE, "sh", "-c", ENTER, journal.folder, binary, "-c", config], stderr=stderr,
        env={**clean_environment(config.parent), **environment})


@pytest.mark.parametrize("log_format", ["journal", "auto"])
def test_journal_has_fields(binary, tmp_path, upstream, journal, log_format):
    """auto: standard error is the stream that $JOURNAL_STREAM names, and stays empty."""
    fail(upstream)
    config = write_config(tmp_path, {"app": apps.todo_app(upstream.url)},
                          listen=["127.0.0.1:0"], log_format=log_format)
    with open(tmp_path / "stderr", "w+", encoding="utf-8") as stderr:
        status = os.fstat(stderr.fileno())
        process = run_with_journal(binary, journal, config, stderr,
                                   JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}")
        try:
            url = journal.wait_for("listening on")["MESSAGE"].split()[-1]
            curl(f"{url}/models/todo/1", "-H", "X-Request-Id: mine")
            entry = journal.wait_for("request failed")
            process.terminate()
            journal.wait_for("draining")
            assert process.wait(WAIT_S) == 0
        finally:
            process.kill()
        stderr.seek(0)
        assert stderr.read() == ""
    assert entry["MESSAGE"].startswith("request failed request_id=mine app=app model=todo ")
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]) == ("4", "dynamod")
    assert (entry["DYNAMOD_REQUEST_ID"], entry["DYNAMOD_APP"], entry["DYNAMOD_MODEL"],
            entry["DYNAMOD_STATUS"], entry["DYNAMOD_UPSTREAM_REQUEST_ID"]) == (
                "mine", "app", "todo", "502", "UPSTREAM-REQUEST-ID")


def test_journal_that_is_not_there_stops_the_start(binary, tmp_path, journal):
    journal.socket.close()
    (journal.folder / "socket").unlink()
    config = write_config(tmp_path, {"app": apps.embedded_app("sqlite::memory:")},
                          log_format="journal")
    process = run_with_journal(binary, journal, config, subprocess.PIPE)
    _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert b"log_format: there is no journal" in errors


def test_journal_that_comes_back_is_found_again(binary, tmp_path, upstream, journal):
    fail(upstream)
    config = write_config(tmp_path, {"app": apps.todo_app(upstream.url)},
                          listen=["127.0.0.1:0"], log_format="journal")
    process = run_with_journal(binary, journal, config, subprocess.DEVNULL)
    try:
        url = journal.wait_for("listening on")["MESSAGE"].split()[-1]
        journal.socket.close()
        (journal.folder / "socket").unlink()
        journal = Journal(journal.folder)
        curl(f"{url}/models/todo/1")
        journal.wait_for("request failed")
        process.terminate()
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        journal.socket.close()


def test_standard_error_that_nobody_reads_keeps_no_request_waiting(
        binary, tmp_path, upstream):
    """At level debug each connection is a line or more: far more than a pipe and the queue
    take. What is answered is answered all the same, and the end is not held up."""
    folder = tmp_path / "stuck"
    folder.mkdir()
    path = f"unix:{folder}/socket"
    config = write_config(folder, {"app": apps.embedded_app("sqlite::memory:")},
                          listen=[path], log_level="debug", log_format="json")
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        while True:
            os.write(write_end, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write_end, True)
    process = subprocess.Popen([binary, "-c", config], stderr=write_end, cwd=folder,
                               env=clean_environment(folder))
    try:
        wait_until(lambda: (folder / "socket").exists())
        for _ in range(50):
            assert curl("http://localhost/models", "--unix-socket", folder / "socket",
                        "--retry", "20", "--retry-connrefused").status == 200
        process.terminate()
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        os.close(read_end)
        os.close(write_end)


def test_closed_streams_are_nobody_elses(binary, tmp_path):
    """The next descriptors would take their numbers, and be written to."""
    config = write_config(tmp_path, {"app": apps.embedded_app("sqlite::memory:")},
                          listen=[f"unix:{tmp_path}/socket"])
    process = subprocess.Popen(["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', binary, config],
                               cwd=tmp_path, env=clean_environment(tmp_path))
    try:
        wait_until(lambda: (tmp_path / "socket").exists())
        assert {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in range(3)} == {"/dev/null"}
        process.terminate()
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
