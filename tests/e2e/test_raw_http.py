"""Raw bytes at the real daemon: it takes for a request what RFC 9112 takes for one and nothing
else, answers each in its turn, and ends a connection where it is in doubt what comes next."""
import contextlib
import json
import os
import re
import socket
import struct

import pytest

import apps
import raw_requests
import rfc9112
from client import TIMEOUT_S, curl
from daemon import Daemon
from waiting import wait_until

MUTATIONS = 400
SEED = int(os.environ.get("DYNAMOD_SEED") or 20261122)
REFUSALS = {400, 408, 413, 414, 421, 431, 501, 505}
PROBE = (b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: probe\r\n\r\n")
VALID_NAME = re.compile(rb"[!-~]{1,128}")
HEADER_S = 3  # a client that leaves in one go with half a head is only missed by then
QUIET_S = 0.2  # of a peer that has been sent half a request: it is told then that this is all


@pytest.fixture(scope="module")
def daemon(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    app = apps.embedded_app(f"sqlite:{folder}/raw.db", allow=["read", "write"])
    running = Daemon(binary, folder, {"app": app}, threads=1, log_level="error",
                     header_timeout_seconds=HEADER_S,
                     access_log={"file": str(folder / "access.log"), "format": "json"})
    running.folder = folder
    try:
        running.wait_ready()
        curl(f"{running.url}/models/todo/1", "-X", "PUT", "--json", '{"text":"one"}')
        yield running
        running.stop()
    finally:
        running.kill()


def receive(connection, enough):
    """All that comes until it is enough, or the peer hangs up. Whether it did."""
    received = b""
    while not enough(received):
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return received, True
        if not part:
            return received, True
        received += part
    return received, False


def converse(port, data, count, methods, is_whole):
    """What comes for the data; `count` answers are expected before the end is told."""
    def enough(received):
        return len(rfc9112.answers(received, methods)[0]) >= count

    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        received, ended = receive(connection, enough)
        if not ended:
            if not is_whole:
                connection.settimeout(QUIET_S)
                with contextlib.suppress(TimeoutError):
                    more, ended = receive(connection, lambda _: False)
                    received += more
            connection.settimeout(TIMEOUT_S)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            received += receive(connection, lambda _: False)[0]
    return received


def has_chunks(data):
    """The head is well: only its chunks may not be."""
    head, separator, _ = data.partition(b"\r\n\r\n")
    requests, _ = rfc9112.requests(head.replace(b"ransfer-Encoding", b"-") + separator)
    chunked = b"transfer-encoding: chunked" in head.lower()
    return chunked and len(requests) == 1


def judge(data, received, found):
    """Nothing that the daemon answered but what the judge found, in that order, and then one
    refusal at most."""
    answers, rest = rfc9112.answers(received, [request.method for request in found])
    for answer, request in zip(answers, found):
        if answer.status in REFUSALS and answer.closes:
            break  # of this one, or of what is in its place
        names = request.all(b"x-request-id")
        if len(names) == 1 and VALID_NAME.fullmatch(names[0]):
            assert answer.request_id == names[0].decode(), (answer, request)
    if len(answers) > len(found):
        [answer] = answers[len(found):]
        is_refusal = answer.status in REFUSALS
        assert answer.closes and (is_refusal or has_chunks(data)), answer
    if len(answers) < len(found) and answers:
        assert answers[-1].closes, "a request was passed over"
    assert b"200 OK" not in rest, received
    hidden = all(request.request_id != "smuggled" for request in found)
    assert not hidden or b"smuggled" not in received, received
    return answers


def ask(daemon, data):
    found, why = rfc9112.requests(data + PROBE)
    is_whole = isinstance(why, rfc9112.Incomplete) and found and found[-1].request_id == "probe"
    received = converse(daemon.port, data + PROBE, len(found),
                        [request.method for request in found], is_whole)
    return found, received, judge(data, received, found)


CORPUS = raw_requests.corpus()


@pytest.mark.parametrize("family", sorted({name.split(":")[0] for name in CORPUS}))
def test_what_is_no_request_is_taken_for_none(daemon, family, survived):
    inputs = {name: data for name, data in CORPUS.items() if name.startswith(family + ":")}
    refused, wrong = 0, {}
    for name, data in inputs.items():
        try:
            found, _, answers = ask(daemon, data)
            refused += not found or len(answers) < len(found)
        except (AssertionError, ValueError, rfc9112.Wrong, TimeoutError) as error:
            wrong[name] = str(error)
    assert not wrong, "\n".join(f"{name}\n    {why}" for name, why in wrong.items())
    survived("HTTP: raw requests of a table", len(inputs))
    assert refused


def test_mutations_of_good_requests(daemon, survived):
    """DYNAMOD_SEED=… has others made."""
    print(f"seed {SEED}")
    wrong = {}
    for number, data in enumerate(raw_requests.mutations(SEED, MUTATIONS)):
        try:
            ask(daemon, data)
        except (AssertionError, ValueError, rfc9112.Wrong, TimeoutError) as error:
            wrong[number] = f"{data!r}\n    {error}"
    assert not wrong, "\n".join(f"{number}: {what}" for number, what in wrong.items())
    survived("HTTP: mutations of raw requests", MUTATIONS)


@pytest.mark.parametrize("family", ["with_both", "with_chunks"])
def test_the_same_byte_by_byte(daemon, family):
    """Where a line ends is seen in two reads."""
    for name, data in CORPUS.items():
        if not name.startswith(family + ":"):
            continue
        found, _ = rfc9112.requests(data)
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(ConnectionError):
                for byte in data:
                    connection.sendall(bytes([byte]))
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            received = receive(connection, lambda _: False)[0]
        judge(data, received, found)


def numbered(number):
    name = b"X-Request-Id: n%d\r\n" % number
    kinds = [raw_requests.get(name=name),
             raw_requests.put(raw_requests.length(), name=name),
             raw_requests.get(name=name, target=b"/nowhere"),
             raw_requests.get(name=name, method=b"BREW"),
             raw_requests.get(name=name, method=b"HEAD"),
             raw_requests.put(raw_requests.length(b"{"), b"{", name=name),
             raw_requests.get(b"Content-Length: 2\r\n", name=name) + b"xx",
             raw_requests.get(name=name, target=b"/models/todo/%zz")]
    return kinds[number % len(kinds)]


def test_hundreds_at_once_are_answered_in_order(daemon):
    data = b"".join(map(numbered, range(400)))
    found, _, answers = ask(daemon, data)
    assert [answer.request_id for answer in answers] == [f"n{n}" for n in range(400)] + ["probe"]
    assert {200, 400, 404, 405} <= {answer.status for answer in answers}
    assert len(found) == 401


def test_one_that_is_wrong_among_hundreds_ends_them(daemon):
    good = [numbered(number) for number in range(100)]
    data = b"".join(good[:50]) + raw_requests.put(b"Content-Length: 1\r\nContent-Length: 1\r\n") + \
        b"".join(good[50:])
    _, _, answers = ask(daemon, data)
    assert [answer.request_id for answer in answers[:50]] == [f"n{n}" for n in range(50)]
    assert len(answers) == 51 and answers[50].status == 400 and answers[50].closes


# --- Expect ---

def test_who_expects_to_be_told_to_continue_is_told(daemon):
    head = raw_requests.put(raw_requests.length() + b"Expect: 100-continue\r\n", b"")
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(head)
        received, _ = receive(connection, lambda got: got.endswith(b"\r\n\r\n"))
        assert received == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(raw_requests.ITEM + PROBE)
        received, _ = receive(connection, lambda got: len(rfc9112.answers(got, [])[0]) == 2)
    own, probe = rfc9112.answers(received, [b"PUT", b"GET"])[0]
    assert (own.request_id, own.status // 100) == ("own", 2)
    assert (probe.request_id, probe.status) == ("probe", 200)


@pytest.mark.parametrize("head, status", [
    (raw_requests.put(b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n", b""), 413),
    (raw_requests.put(b"Content-Length: 5\r\nContent-Length: 5\r\nExpect: 100-continue\r\n", b""),
     400)], ids=["too long", "framed in two ways"])
def test_who_is_refused_is_not_told_to_continue(daemon, head, status):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(head)
        received, ended = receive(connection, lambda _: False)
    assert ended and received.startswith(b"HTTP/1.1 %d " % status), received
    assert b"100 Continue" not in received


# --- slow, and gone ---

def serves_others(daemon):
    for _ in range(20):
        assert curl(f"{daemon.url}/models/todo/1").status == 200


@pytest.mark.parametrize("whole, lacks", [
    (PROBE, len(PROBE) - 10), (PROBE, 2), (raw_requests.put(raw_requests.length()), 5),
    (raw_requests.chunked(), 12)], ids=["request line", "header", "body", "chunk"])
def test_a_slow_request_hinders_nobody(daemon, whole, lacks):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(whole[:-lacks])
        serves_others(daemon)
        connection.sendall(whole[-lacks:])
        received, _ = receive(connection, lambda got: rfc9112.answers(got, [])[0])
    assert rfc9112.answers(received, [])[0][0].status in (200, 201, 204), received


def test_a_page_that_nobody_reads_hinders_nobody(daemon):
    for first in range(0, 250, 25):
        items = [{"id": f"big{number}", "text": "x" * 4000}
                 for number in range(first, first + 25)]
        done = curl(f"{daemon.url}/models/todo:batchWrite", "--json", json.dumps({"put": items}))
        assert done.status == 200, done.body
    data = raw_requests.get(b"Connection: close\r\n", b"/models/todo?limit=240")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(TIMEOUT_S)
        connection.connect(("127.0.0.1", daemon.port))
        connection.sendall(data)
        serves_others(daemon)
        received, _ = receive(connection, lambda _: False)
    [answer], rest = rfc9112.answers(received, [b"GET"])
    assert answer.status == 200 and len(answer.body) > 900_000 and not rest
    assert len(json.loads(answer.body)) >= 225


def test_who_sends_its_end_behind_a_request_is_let_go(daemon):
    for data in (PROBE, PROBE * 3, PROBE[:20], raw_requests.put(raw_requests.length(), b"{")):
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            assert receive(connection, lambda _: False)[1]


def leave(connection, reset):
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def resident_kb(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def wait_for_descriptors(daemon, count):
    wait_until(lambda: descriptors(daemon) <= count, lambda: "connections stay")


def come_and_go(daemon, count, data):
    for number in range(count):
        connection = socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S)
        connection.sendall(data[:number % (len(data) + 1)])
        leave(connection, reset=number % 2)


def test_leaving_at_each_stage(daemon, survived):
    """After each byte of a request, and while its answer is on its way."""
    before = descriptors(daemon)
    for data in (PROBE, raw_requests.put(raw_requests.length()), raw_requests.chunked()):
        come_and_go(daemon, 2 * (len(data) + 1), data)
        survived("HTTP: clients that leave in the middle", 2 * (len(data) + 1))
    serves_others(daemon)
    wait_for_descriptors(daemon, before)


def test_ten_thousand_come_and_go(start, survived):
    """Memory and descriptors are as they were after the first half of them."""
    daemon = start({"app": apps.todo_app("http://127.0.0.1:1")}, threads=1, log_level="error",
                   header_timeout_seconds=HEADER_S,
                   environment={"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:quarantine_size_mb=1:"
                                                "thread_local_quarantine_size_kb=64"})
    data = b"GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n"
    before, resident = descriptors(daemon), []
    for _ in range(2):
        come_and_go(daemon, 5000, data)
        assert curl(f"{daemon.url}/models").status == 200
        wait_for_descriptors(daemon, before)
        resident.append(resident_kb(daemon))
    assert resident[1] < resident[0] + 8192, resident
    survived("HTTP: clients that leave in the middle", 10000)


def test_none_was_seen_but_those_that_were_sent(daemon):
    """The access log, after all of the above."""
    curl(f"{daemon.url}/models", "-H", "X-Request-Id: last")
    path = daemon.folder / "access.log"
    wait_until(lambda: '"last"' in path.read_text())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    allowed = sum(1 for data in CORPUS.values()
                  for request in rfc9112.requests(data)[0] if request.request_id == "smuggled")
    assert sum(1 for line in lines if line["request_id"] == "smuggled") <= 2 * allowed
