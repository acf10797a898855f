"""TLS handshakes that take their time, stall or break off."""
import contextlib
import os
import signal
import socket
import ssl
import threading

import pytest

from certificates import Certificates
from client import TIMEOUT_S, parse
from test_admin import wait_for_value
from test_tls import connect, context_for, embedded, of, secure
from waiting import WAIT_S, wait_until_calm


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Certificates(tmp_path_factory.mktemp("handshakes"))
    made.issue("ec")
    return made


def hello():
    """The first bytes of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = ssl.create_default_context().wrap_bio(incoming, outgoing,
                                                    server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


def reads_to_the_end(connection):
    connection.settimeout(WAIT_S)
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


def test_handshakes_are_counted(start, authority, tmp_path):
    daemon = start(embedded(tmp_path), listen=[secure(of(authority))], admin="127.0.0.1:0")
    with connect(daemon, authority) as good:
        assert good.version()
    client = context_for(authority)
    client.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as raw:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            client.wrap_socket(raw, server_hostname="localhost").recv(1)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert reads_to_the_end(plain)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S):
        pass
    wait_for_value(daemon, 3, "dynamod_tls_handshakes_total", result="failed")
    wait_for_value(daemon, 1, "dynamod_tls_handshakes_total", result="done")


@pytest.mark.parametrize("sent", [0, 1, 60])
def test_a_handshake_that_stalls_is_given_up(start, authority, tmp_path, sent):
    daemon = start(embedded(tmp_path), listen=[secure(of(authority))],
                   header_timeout_seconds=0.5)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as slow:
        slow.sendall(hello()[:sent])
        assert reads_to_the_end(slow)
    with connect(daemon, authority) as good:
        assert good.version()


def test_a_handshake_byte_by_byte_is_given_up(start, authority, tmp_path):
    """However much comes of it: the time is for all of it."""
    daemon = start(embedded(tmp_path), listen=[secure(of(authority))],
                   header_timeout_seconds=0.5)
    ended = threading.Event()
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S) as slow:
        def drip():
            with contextlib.suppress(OSError):
                for byte in hello():
                    if ended.wait(0.05):
                        return
                    slow.sendall(bytes([byte]))
        thread = threading.Thread(target=drip)
        thread.start()
        assert reads_to_the_end(slow)
        ended.set()
        thread.join()


def resident(daemon):
    with open(f"/proc/{daemon.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def test_handshakes_that_are_broken_off_leave_nothing(start, authority, tmp_path, survived):
    """The sanitizer's memory of what was freed is kept small, to see ours."""
    daemon = start(embedded(tmp_path), listen=[secure(of(authority))], admin="127.0.0.1:0",
                   environment={"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:"
                                                "quarantine_size_mb=1"})
    first = hello()

    def break_off(count):
        for number in range(count):
            with socket.create_connection(("127.0.0.1", daemon.port)) as half:
                half.sendall(first[:number * 7 % (len(first) + 1)])
                if number % 3 == 0:
                    half.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                elif number % 3 == 1 and number * 7 % (len(first) + 1) == len(first):
                    half.recv(1)

    break_off(2000)
    wait_for_value(daemon, 0, "dynamod_connections")
    memory, open_files = resident(daemon), descriptors(daemon)
    break_off(10000)
    wait_for_value(daemon, 0, "dynamod_connections")
    assert abs(descriptors(daemon) - open_files) <= 2
    assert resident(daemon) - memory < 16 << 20
    with connect(daemon, authority) as good:
        assert good.version()
    survived("TLS: handshakes that are broken off", 12000)


class Slow:
    """A client whose bytes go one by one, each for itself."""

    def __init__(self, daemon, authority):
        self.socket = socket.create_connection(("127.0.0.1", daemon.port), WAIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = context_for(authority).wrap_bio(self._incoming, self._outgoing,
                                                        server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _send(self):
        for byte in self._outgoing.read():
            self.socket.sendall(bytes([byte]))

    def _do(self, step, *arguments):
        while True:
            try:
                done = step(*arguments)
                self._send()
                return done
            except ssl.SSLWantReadError:
                self._send()
                self._incoming.write(self.socket.recv(65536))

    def shake_hands(self):
        self._do(self._session.do_handshake)

    def get(self, target):
        self._do(self._session.write, b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target)
        return parse(self._do(self._session.read, 65536))


def test_handshakes_byte_by_byte(start, authority, tmp_path, each_binary):
    daemon = start(embedded(tmp_path), use=each_binary, listen=[secure(of(authority))], threads=1)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Slow(daemon, authority)) for _ in range(5)]
        for client in clients:
            client.shake_hands()
        for client in clients:
            assert client.get(b"/apps").status == 200


def stalled(daemon, stack):
    """Some that say nothing, a little, and all that is asked of them at first."""
    for length in (0, 1, 5, 60, 1 << 16) * 8:
        connection = stack.enter_context(
            socket.create_connection(("127.0.0.1", daemon.port), WAIT_S))
        connection.sendall(hello()[:length])
        yield connection


def test_handshakes_that_stall_keep_no_thread_busy(start, authority, tmp_path, survived):
    daemon = start(embedded(tmp_path), listen=[secure(of(authority))], threads=2,
                   header_timeout_seconds=3600)
    with contextlib.ExitStack() as stack:
        count = len(list(stalled(daemon, stack)))
        with Slow(daemon, authority) as client:
            client.shake_hands()
            wait_until_calm(daemon.process.pid)
            assert client.get(b"/apps").status == 200
    survived("TLS: handshakes that are broken off", count)


@pytest.mark.parametrize("signals", [
    [signal.SIGTERM],
    [signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT]], ids=["drain", "stop"])
def test_handshakes_that_stall_hold_up_no_end(start, authority, tmp_path, each_binary, signals):
    """A thread may be told to stop before it has heard that it is to drain."""
    daemon = start(embedded(tmp_path), use=each_binary, listen=[secure(of(authority))],
                   threads=4, header_timeout_seconds=3600, drain_timeout_seconds=3600)
    with contextlib.ExitStack() as stack:
        connections = list(stalled(daemon, stack))
        wait_until_calm(daemon.process.pid)
        for number in signals:
            daemon.signal(number)
        for connection in connections:
            assert reads_to_the_end(connection)
        daemon.assert_ended_well()
