"""Clients of the daemon: curl, and a raw socket for what curl would not send."""
import dataclasses
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
