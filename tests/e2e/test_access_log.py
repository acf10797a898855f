"""The access log: formats, rotation, escaping, drops; never in a request's way."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

import apps
from client import curl, raw_exchange
from daemon import clean_environment, write_config
from load import load
from upstream import error, item
from waiting import WAIT_S, wait_until

LOGS = pathlib.Path(__file__).parents[2] / "daemon/LOGS.md"
COMMON = re.compile(r'(\S+) - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "([^"]*)" (\d{3}) (\d+)')


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


@pytest.fixture
def started(start, upstream, log):
    """started("json"): a daemon before the fake upstream, with that format. One thread: its
    lines are in order."""
    upstream.script = lambda request: (
        item(id={"S": "1"}) if request.json["Key"] == {"id": {"S": "1"}} else item())

    def start_one(file_format, app=None, **options):
        return start({"app": app or apps.todo_app(upstream.url)}, threads=1,
                     access_log={"file": str(log), "format": file_format}, **options)
    return start_one


def test_common(started, log):
    daemon = started("common")
    body = curl(f"{daemon.url}/models/todo/1?message=x").body
    curl(f"{daemon.url}/models/todo/2")
    daemon.stop()
    first, second = (COMMON.fullmatch(line).groups() for line in lines_of(log))
    assert first == ("127.0.0.1", "GET /models/todo/1?message=x HTTP/1.1", "200", str(len(body)))
    assert second[1:3] == ("GET /models/todo/2 HTTP/1.1", "404")


def test_json(started, log, upstream):
    daemon = started("json")
    body = curl(f"{daemon.url}/models/todo/1", "-H", "X-Request-Id: mine").body
    upstream.script = lambda _: error("InternalServerError", 500)
    curl(f"{daemon.url}/models/todo/1")
    curl(f"{daemon.url}/nothing")
    daemon.stop()
    good, failed, unknown = map(json.loads, lines_of(log))
    times = good.pop("request_time"), good.pop("upstream_time")
    assert times[0] >= times[1] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", good.pop("time"))
    assert good == {
        "remote_addr": "127.0.0.1", "method": "GET", "uri": "/models/todo/1",
        "protocol": "HTTP/1.1", "status": 200, "body_bytes_sent": len(body), "request_id": "mine",
        "app": "app", "model": "todo", "operation": "get"}
    assert (failed["status"], failed["problem"]) == (502, "upstream-failed")
    assert unknown["problem"] == "route-not-found"
    assert not {"app", "model", "operation"} & set(unknown)


def test_format_string(started, log):
    daemon = started("$request_method $path ${status}; $app/$model $problem $$")
    curl(f"{daemon.url}/models/todo/2?message=secret")
    curl(f"{daemon.url}/openapi.json", "-I")
    daemon.stop()
    assert lines_of(log) == ["GET /models/todo/2 404; app/todo item-not-found $",
                             "HEAD /openapi.json 200; app/- - $"]


def test_bytes_sent_are_those_of_the_body(started, log):
    daemon = started("$status $body_bytes_sent")
    got = curl(f"{daemon.url}/models/todo/1")
    curl(f"{daemon.url}/models/todo/1", "-I")
    curl(f"{daemon.url}/models/todo/1", "-H", f"If-None-Match: {got.headers['etag']}")
    daemon.stop()
    assert lines_of(log) == [f"200 {len(got.body)}", "200 0", "304 0"]


def test_bytes_sent_are_counted_out_of_the_cache_too(started, log):
    app = apps.embedded_app("sqlite::memory:", allow=["read", "write"], cache={"ttl": 60})
    daemon = started("$request_method $status $body_bytes_sent", app=app)
    curl(f"{daemon.url}/models/todo/1", "-X", "PUT", "--json", '{"text":"some"}')
    length = len([curl(f"{daemon.url}/models/todo/1") for _ in range(3)][0].body)
    daemon.stop()
    assert lines_of(log) == ["PUT 201 0"] + 3 * [f"GET 200 {length}"]


def test_client_that_leaves_is_499(started, log):
    daemon = started("$status $request")
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(b"POST /models/todo:query HTTP/1.1\r\nHost: localhost\r\n"
                           b"Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
    assert wait_until(lambda: lines_of(log)) == ["499 POST /models/todo:query HTTP/1.1"]


def test_nothing_that_a_client_sends_makes_a_line_or_ends_a_quote(started, log):
    """Bytes that HTTP clients do not send; where the daemon takes them, the log escapes them."""
    daemon = started('"$request" "$request_id"')
    for target in (b'/a"b\\c', b"/\x1b[31m", b"/\xff\xc3", b"/\xc2\x9b", b"/a%0d%0ab", b"/\x01"):
        raw_exchange(daemon.port, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n"
                     b'X-Request-Id: "in"quotes\\\r\nConnection: close\r\n\r\n')
    daemon.stop()
    lines = log.read_bytes().splitlines()
    assert len(lines) == 6
    for line in lines:
        assert re.fullmatch(rb'"(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"', line), line
        assert all(0x20 <= byte < 0x7F for byte in line), line
    assert lines[0].startswith(b'"GET /a\\"b\\\\c HTTP/1.1"')


def test_unix_socket_has_no_address(started, log, tmp_path):
    daemon = started("$remote_addr $status", listen=[f"unix:{tmp_path}/socket"])
    curl("http://localhost/models", "--unix-socket", str(tmp_path / "socket"))
    daemon.stop()
    assert lines_of(log) == ["unix: 200"]


def test_rotation(started, log, tmp_path):
    """As logrotate does it: the file is moved, then SIGUSR1."""
    daemon = started("$path")
    moved = tmp_path / "access.log.1"
    curl(f"{daemon.url}/models/todo/1")
    wait_until(lambda: lines_of(log))
    log.rename(moved)
    daemon.signal(signal.SIGUSR1)
    wait_until(log.exists)
    curl(f"{daemon.url}/models/todo/2")
    daemon.stop()
    assert (lines_of(moved), lines_of(log)) == (["/models/todo/1"], ["/models/todo/2"])


def test_file_that_cannot_be_opened_anew_is_not_left(started, log, tmp_path):
    daemon = started("$path")
    moved = tmp_path / "access.log.1"
    log.rename(moved)
    log.mkdir()
    daemon.signal(signal.SIGUSR1)
    daemon.wait_for_log("the access log stays where it was: .*Is a directory")
    curl(f"{daemon.url}/models/todo/1")
    daemon.stop()
    assert lines_of(moved) == ["/models/todo/1"]


def test_rotation_under_load_loses_no_line(start, upstream, log, tmp_path):
    upstream.script = lambda request: item(**request.json["Key"])
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=2,
                   access_log={"file": str(log), "format": "$path $status"})
    answers = load(daemon.port, 500)
    moved = tmp_path / "access.log.1"
    log.rename(moved)
    daemon.signal(signal.SIGUSR1)
    more = load(daemon.port, 500, name="m")
    daemon.stop()
    assert answers.all_good and more.all_good
    paths = lines_of(moved) + lines_of(log)
    assert sorted(paths) == sorted([f"/models/todo/k{i} 200" for i in range(500)] +
                                   [f"/models/todo/m{i} 200" for i in range(500)])


def test_signal_without_an_access_log_is_nothing(todo):
    todo.signal(signal.SIGUSR1)
    assert curl(f"{todo.url}/models/todo/1").status == 404


def run_to_stdout(binary, folder, stdout):
    config = write_config(folder, {"app": apps.embedded_app("sqlite::memory:")},
                          listen=[f"unix:{folder}/socket"],
                          access_log={"file": "-", "format": "${request_id}" + "x" * 1000})
    return subprocess.Popen(
        [binary, "-c", config], stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=folder,
        env=clean_environment(folder))


def ask(folder, number):
    return curl("http://localhost/models", "--unix-socket", str(folder / "socket"),
                "-H", f"X-Request-Id: id{number}")


def test_standard_output(binary, tmp_path):
    process = run_to_stdout(binary, tmp_path, subprocess.PIPE)
    wait_until((tmp_path / "socket").exists)
    ask(tmp_path, 1)
    process.terminate()
    output, errors = process.communicate(timeout=WAIT_S)
    assert output == "id1" + "x" * 1000 + "\n"
    assert process.returncode == 0, errors


def test_reader_that_is_stuck_keeps_no_request_waiting(binary, tmp_path):
    """A megabyte is kept, the rest is dropped; answers come all the same, and so does the end."""
    read_end, write_end = os.pipe()
    process = run_to_stdout(binary, tmp_path, write_end)
    try:
        wait_until((tmp_path / "socket").exists)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(WAIT_S)
            connection.connect(str(tmp_path / "socket"))
            stream = connection.makefile("rb")
            for _ in range(3000):  # 3 MB
                connection.sendall(b"OPTIONS /models HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert stream.readline() == b"HTTP/1.1 204 No Content\r\n"
                while stream.readline() != b"\r\n":
                    pass
        process.terminate()
        _, errors = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, errors
    finally:
        process.kill()
        os.close(read_end)
        os.close(write_end)


@pytest.mark.parametrize("group, message", [
    ('{ format = "json"; }', r"access_log: expected a group with a file"),
    ('{ file = ""; }', r"file: expected a file"),
    ('"access.log"', r"access_log: expected a group with a file"),
    ('{ file = "a.log"; format = "$nothing"; }', r"format: expected .*\$request_uri"),
    ('{ file = "a.log"; name = 1; }', r"name"),
])
def test_wrong_settings(binary, tmp_path, group, message):
    config = write_config(tmp_path, {"app": apps.embedded_app("sqlite::memory:")})
    config.write_text(config.read_text() + f"access_log = {group};\n")
    done = subprocess.run([binary, "-t", "-c", config], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr


def test_every_variable_is_documented(binary, tmp_path):
    config = write_config(tmp_path, {"app": apps.embedded_app("sqlite::memory:")})
    config.write_text(config.read_text() + 'access_log = { file = "-"; format = "$none"; };\n')
    done = subprocess.run([binary, "-t", "-c", config], capture_output=True, text=True)
    table = re.findall(r"^\| (`\$.*?) \|", LOGS.read_text(), re.MULTILINE)
    assert set(re.findall(r"\$\w+", done.stderr)) == set(re.findall(r"\$\w+", " ".join(table)))


def test_file_that_cannot_be_opened_stops_the_start(start):
    daemon = start({"app": apps.embedded_app("sqlite::memory:")}, ready=False,
                   access_log={"file": "/nowhere/access.log"})
    daemon.assert_ended_well(status=1)
    assert "access_log: /nowhere/access.log: No such file or directory" in daemon.log


def test_threads(start, tsan_binary, upstream, log):
    """Shards, rotation and the end, under ThreadSanitizer."""
    upstream.script = lambda request: item(**request.json["Key"])
    daemon = start({"app": apps.todo_app(upstream.url)}, use=tsan_binary, threads=3,
                   access_log={"file": str(log), "format": "json"})
    for _ in range(3):
        assert load(daemon.port, 200).all_good
        daemon.signal(signal.SIGUSR1)
    daemon.stop()
    assert len(lines_of(log)) == 600
