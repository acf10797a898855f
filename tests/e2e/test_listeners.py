"""Where it listens: TCP and unix sockets."""
import socket
import stat

import apps
from client import curl
from daemon import READY, free_port
from upstream import item


def test_unix_socket(start, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    path = tmp_path / "dynamod.sock"
    daemon = start({"app": apps.todo_app(upstream.url)}, listen=[f"unix:{path}"], threads=2)
    assert f"unix:{path}" in daemon.log
    assert stat.S_ISSOCK(path.stat().st_mode)
    for _ in range(5):
        response = curl("http://localhost/models/todo/1", "--unix-socket", str(path))
        assert response.json == {"id": "1"}
    daemon.stop()
    assert not path.exists()


def test_a_socket_left_by_one_that_was_killed_is_replaced(start, upstream, tmp_path):
    path = tmp_path / "dynamod.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    start({"app": apps.todo_app(upstream.url)}, listen=[f"unix:{path}"])
    assert curl("http://localhost/apps", "--unix-socket", str(path)).status == 200


def test_several_listeners_at_once(start, each_binary, upstream, tmp_path):
    ports = [free_port(), free_port()]
    path = tmp_path / "dynamod.sock"
    daemon = start({"app": apps.todo_app(upstream.url)}, use=each_binary, threads=2, listen=[
        f"127.0.0.1:{ports[0]}", f"unix:{path}", f"[::1]:{ports[1]}"])
    assert len([line for line in daemon.lines if READY.search(line)]) == 3
    assert curl(f"http://127.0.0.1:{ports[0]}/apps").status == 200
    assert curl(f"http://[::1]:{ports[1]}/apps").status == 200
    assert curl("http://localhost/apps", "--unix-socket", str(path)).status == 200


def test_an_address_in_use_stops_the_start(start, upstream, binary, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        daemon = start({"app": apps.todo_app(upstream.url)}, ready=False, listen=[address])
        status = daemon.wait()
        assert status not in (0, 99) and status > 0
        assert address in daemon.log
        daemon.assert_ended_well(status)
