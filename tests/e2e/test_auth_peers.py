"""Who may ask without a token: processes behind a unix socket, by what the kernel says of them."""
import os
import socket

import pytest

from client import parse
from test_auth import ALL, app, sha256

SOMEBODY, OTHER_GROUP = 12345, 54321

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root asks as somebody else")


def ask_as(path, uid, gid, target="/models", token=None, method="GET"):
    """The answer to a process of that user and group."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
            lines += [f"Authorization: Bearer {token}"] if token else []
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
                connection.sendall("\r\n".join(lines + ["", ""]).encode())
                while chunk := connection.recv(65536):
                    os.write(writing, chunk)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        raw = answer.read()
    os.waitpid(child, 0)
    return parse(raw)


@pytest.fixture
def socket_path(start, tmp_path):
    """A daemon behind a socket that everybody may connect to."""
    path = tmp_path / "dynamod.sock"
    auth = {"tokens": [{"name": "token", "sha256": [sha256(ALL)]}],
            "peers": [{"name": "somebody", "uid": SOMEBODY, "models": ["todo"]},
                      {"name": "group", "gid": OTHER_GROUP, "allow": ["read"]},
                      {"name": "admin", "user": "root"}]}
    folder = path.parent
    while folder != folder.parent:
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    daemon = start({"app": app(auth)}, listen=[f"unix:{path}"], threads=1)
    path.chmod(0o666)
    yield path
    daemon.stop()
    assert "client=\"uid " in daemon.log or "caller refused" not in daemon.log


def names(response):
    assert response.status == 200, response
    return [model["name"] for model in response.json]


def test_a_peer_is_known_by_its_user_or_group(socket_path):
    assert names(ask_as(socket_path, SOMEBODY, 1)) == ["todo"]
    assert names(ask_as(socket_path, 1, OTHER_GROUP)) == ["todo", "ledger"]
    assert names(ask_as(socket_path, 0, 0)) == ["todo", "ledger"]
    ask_as(socket_path, 1, OTHER_GROUP, "/models/todo/1", method="DELETE").assert_problem(
        403, "operation-not-allowed", "this caller may not write")


@pytest.mark.parametrize("uid, gid", [(1, 1), (SOMEBODY + 1, 1), (OTHER_GROUP, 1), (1, SOMEBODY),
                                      (65534, 65534), (1, 0)])
def test_nobody_else_is(socket_path, survived, uid, gid):
    ask_as(socket_path, uid, gid).assert_problem(401, "unauthorized")
    survived("auth: processes that are nobody's")


def test_a_token_that_is_shown_decides(socket_path):
    ask_as(socket_path, SOMEBODY, 1, token="wrong").assert_problem(401, "unauthorized")
    assert names(ask_as(socket_path, SOMEBODY, 1, token=ALL)) == ["todo", "ledger"]
    assert names(ask_as(socket_path, 65534, 65534, token=ALL)) == ["todo", "ledger"]
