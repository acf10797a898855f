"""Clients of the daemon: curl, and a raw socket for what curl would not send."""
import dataclasses
import http.client
import json
import socket
import subprocess

TIMEOUT_S = 60


@dataclasses.dataclass
class Response:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def assert_problem(self, status, kind, detail=None):
        """An RFC 9457 answer of that status and type; its JSON."""
        assert self.status == status, (self.status, self.body)
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json
        assert problem["type"] == f"urn:dynamod:{kind}", problem
        assert problem["status"] == status
        assert problem["title"] and problem["detail"] and problem["instance"]
        assert problem["request_id"] == self.headers["x-request-id"]
        if detail is not None:
            assert problem["detail"] == detail
        return problem


def parse(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        assert name.lower() not in headers, f"{name} twice: {head}"
        headers[name.lower()] = value.strip()
    return Response(int(lines[0].split()[1]), headers, body)


def curl(url, *options):
    done = subprocess.run(["curl", "-sSgi", "--path-as-is", "--max-time", str(TIMEOUT_S),
                           *options, url], capture_output=True, timeout=TIMEOUT_S + 30)
    assert done.returncode == 0, (done.returncode, done.stderr, done.stdout)
    return parse(done.stdout)


def raw_exchange(port, *parts):
    """Sends the parts; all that comes until the daemon closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


class Connection:
    """Kept open, for tests that ask much."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def ask(self, method, target, headers=(), body=None):
        self.http.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers:
            self.http.putheader(name, value.encode())
        if body is not None:
            self.http.putheader("Content-Length", str(len(body)))
        self.http.endheaders(body)
        response = self.http.getresponse()
        received = {}
        for name, value in response.getheaders():
            assert name.lower() not in received, f"{name} twice"
            received[name.lower()] = value
        return Response(response.status, received, response.read())

    def get(self, target, **headers):
        return self.ask("GET", target, headers.items())

    def close(self):
        self.http.close()
