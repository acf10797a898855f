"""Listeners that others can reach: refused where an app behind them asks nobody who they are."""
import signal
import socket
import subprocess
import sys

import pytest

from client import curl
from daemon import clean_environment, settings, write_config
from service_manager import WITH_SOCKETS
from test_auth import ALL, AUTH, app, tokens

OPEN = {key: value for key, value in app(AUTH).items() if key != "auth"}

EXPOSED = [
    {"listen": [":0"]}, {"listen": ["0.0.0.0:0"]}, {"listen": ["[::]:0"]},
    {"listen": ["127.0.0.1:0", ":0"]}, {"listen": [{"address": ":0"}]},
    {"listen": [{"address": ":0", "insecure": False}]}, {"listen": ["192.0.2.1:0"]},
    {"listen": ["example.org:0"]}, {"admin": ":0"}, {"admin": {"address": "0.0.0.0:0"}},
]

MEANT = [
    {"listen": [{"address": ":0", "insecure": True}]}, {"listen": ["127.0.0.1:0"]},
    {"listen": ["[::1]:0"]}, {"listen": ["localhost:0"]}, {"listen": ["unix:/tmp/x.sock"]},
    {"admin": {"address": ":0", "insecure": True}},
    {"admin": {"address": ":0", "auth": tokens(ops="ops")}},
]


def check(binary, folder, apps_, **options):
    path = write_config(folder, apps_, **{"listen": ["127.0.0.1:0"], **options})
    return subprocess.run([binary, "-t", "-c", path], capture_output=True, text=True, timeout=60,
                          env=clean_environment(folder))


@pytest.mark.parametrize("options", EXPOSED, ids=str)
def test_what_others_reach_is_not_started(binary, tmp_path, survived, options):
    done = check(binary, tmp_path, {"app": OPEN}, **options)
    assert done.returncode == 1
    who = "the admin" if "admin" in options else 'app "app"'
    assert f"dynamod.conf:1: {next(iter(options))}" in done.stderr and who in done.stderr
    for way in ("`auth`", "client_certificate", "insecure = true"):
        assert way in done.stderr
    survived("auth: listeners that nobody guards")


@pytest.mark.parametrize("options", MEANT, ids=str)
def test_what_is_meant_is_started(binary, tmp_path, options):
    done = check(binary, tmp_path, {"app": OPEN}, **options)
    assert done.returncode == 0, done.stderr


def test_one_open_app_of_several_is_enough(binary, tmp_path):
    done = check(binary, tmp_path, {"a": app(AUTH), "b": OPEN}, listen=[":0"])
    assert done.returncode == 1 and 'app "b"' in done.stderr
    (tmp_path / "apps.d/b.conf").unlink()
    assert check(binary, tmp_path, {"a": app(AUTH)}, listen=[":0"]).returncode == 0


def test_a_reload_that_would_open_it_is_refused(start):
    daemon = start({"app": app(AUTH)}, listen=["0.0.0.0:0"], threads=1, ready=False)
    daemon.wait_for_log("listening on")
    port = daemon.log.split("listening on http://0.0.0.0:")[1].split("\n")[0].strip('" ')
    url = f"http://127.0.0.1:{int(port)}/models"
    (daemon.config.parent / "apps.d/app.conf").write_text(settings(OPEN))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("not reloaded.*asks nobody")
    assert curl(url).status == 401, "what was in force stays"
    assert curl(url, "-H", f"Authorization: Bearer {ALL}").status == 200


@pytest.mark.parametrize("options, starts", [({}, False), ({"inherited": {"insecure": True}}, True)],
                         ids=str)
def test_a_socket_that_is_handed_over_is_judged_too(binary, tmp_path, options, starts):
    with socket.create_server(("0.0.0.0", 0)) as listener:
        path = write_config(tmp_path, {"app": OPEN}, **options)
        daemon = subprocess.Popen(
            [sys.executable, WITH_SOCKETS, f"dynamod.socket={listener.fileno()}", binary, "-c",
             path], pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True,
            env=clean_environment(tmp_path))
        lines = []
        for line in daemon.stderr:
            lines.append(line)
            if "listening on" in line:
                daemon.terminate()
        status = daemon.wait(60)
    assert status == (0 if starts else 1), lines
    assert starts or any("asks nobody" in line for line in lines)


def test_a_new_token_is_good(binary, start):
    """What --new-token prints, given to a client and to an app."""
    made = subprocess.run([binary, "--new-token"], capture_output=True, text=True, timeout=60,
                          check=True).stdout.split()
    daemon = start({"app": app({"tokens": [{"name": "new", "sha256": made[1]}]})}, threads=1)
    assert curl(f"{daemon.url}/models", "-H", f"Authorization: Bearer {made[0]}").status == 200
    assert curl(f"{daemon.url}/models", "-H", f"Authorization: Bearer {made[1]}").status == 401
