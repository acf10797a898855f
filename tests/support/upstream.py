"""A DynamoDB of the test's own: raw sockets on the loopback, scripted, recording.

A script is a function of a Request. It runs on the connection's own thread, so it may wait
for whatever it likes, and returns the bytes to send (or pieces of them, one by one), or raises
Close or Reset.
"""
import dataclasses
import json
import random
import socket
import struct
import threading
import time
import zlib


class Close(Exception):
    """Ends the connection in order (FIN), after sending `first`."""

    def __init__(self, first=b""):
        super().__init__()
        self.first = first


class Reset(Exception):
    """Breaks the connection off (RST), after sending `first`."""

    def __init__(self, first=b""):
        super().__init__()
        self.first = first


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: list  # (name, value), as they came
    body: bytes
    connection: int  # 0 for the first one accepted
    at: float  # time.monotonic()

    def header(self, name):
        """The value of the only header of that name, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def operation(self):
        return (self.header("X-Amz-Target") or "").partition(".")[2]

    @property
    def json(self):
        return json.loads(self.body)


def reply(body, status=200, headers=(), content_type="application/x-amz-json-1.0"):
    """A whole HTTP reply, as DynamoDB frames one."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {content_type}",
             f"Content-Length: {len(body)}", "x-amzn-RequestId: UPSTREAM-REQUEST-ID",
             f"x-amz-crc32: {zlib.crc32(body)}",
             *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def item(**attributes):
    """The reply to a GetItem that finds this item."""
    return reply({"Item": attributes} if attributes else {})


def error(kind, status=400, message="said no", headers=()):
    return reply({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": message},
                 status, headers)


def lasting_port():
    """A free port below those that the kernel gives to clients: nobody takes it while its
    server is down."""
    while True:
        port = random.randrange(10000, 30000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return port
        except OSError:
            pass


class Upstream:
    """tls: an SSLContext; it may be exchanged while the server runs."""

    def __init__(self, script=None, port=0, tls=None):
        self.script = script or (lambda request: item())
        self.tls = tls
        self.requests = []
        self.most_connections = 0
        self.most_in_flight = 0
        self._in_flight = 0
        self._accepted = 0
        self._open = set()
        self._changed = threading.Condition()
        self.port = port
        self.up()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    # What tests ask.

    def wait_for_requests(self, count, seconds=60):
        with self._changed:
            there = self._changed.wait_for(lambda: len(self.requests) >= count, seconds)
            assert there, f"{len(self.requests)} requests came, not {count}"
            return list(self.requests)

    def up(self):
        """Again, on its port, after stop()."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self):
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RDWR)  # close alone leaves accept() waiting
        self._listener.close()
        with self._changed:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    # How it works.

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                number = self._accepted
                self._accepted += 1
                self._open.add(connection)
                self.most_connections = max(self.most_connections, len(self._open))
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _secure(self, connection):
        if not self.tls:
            return connection
        secured = self.tls.wrap_socket(connection, server_side=True)
        with self._changed:
            self._open.discard(connection)
            self._open.add(secured)
        return secured

    def _serve(self, connection, number):
        try:
            connection = self._secure(connection)
            with connection, connection.makefile("rb") as stream:
                while request := self._read(stream, number):
                    if not self._converse(connection, request):
                        return
        except (OSError, ValueError):
            connection.close()  # the peer left, or does not trust us
        finally:
            with self._changed:
                self._open.discard(connection)

    def _read(self, stream, number):
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3:
            return None
        headers = []
        while header := stream.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = header.partition(":")
            headers.append((name, value.strip()))
        length = int(dict((k.lower(), v) for k, v in headers).get("content-length", 0))
        request = Request(line[0], line[1], headers, stream.read(length), number,
                          time.monotonic())
        with self._changed:
            self.requests.append(request)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._changed.notify_all()
        return request

    def _converse(self, connection, request):
        """Sends what the script says; whether the connection goes on."""
        try:
            answer = self._answer(request)
            for piece in [answer] if isinstance(answer, bytes) else answer:
                connection.sendall(piece)
            return True
        except Close as close:
            connection.sendall(close.first)
        except Reset as reset:
            connection.sendall(reset.first)
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return False

    def _answer(self, request):
        try:
            return self.script(request)
        finally:
            with self._changed:
                self._in_flight -= 1
