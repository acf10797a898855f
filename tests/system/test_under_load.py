"""5 000 requests a second while the daemon is restarted behind a socket that outlives it, and
while it reads its configuration anew: every request is answered, none with an error."""
import signal
import time
import urllib.request

import pytest

import apps
from daemon import Daemon, settings
from service_manager import Sockets
from wrk import Wrk

RATE, SECONDS, TIMES = 5000, 6, 5


@pytest.fixture
def sockets():
    held = Sockets()
    yield held
    held.close()


@pytest.fixture
def run(released, tmp_path):
    """Starts the daemon, in one folder each time; none is left in the end."""
    started = []

    def run_one(**options):
        started.append(Daemon(released, tmp_path, {"app": app(0)}, threads=2, **options))
        return started[-1].wait_ready()

    yield run_one
    for daemon in started:
        daemon.kill()


def app(number):
    """Each number is another configuration."""
    return apps.embedded_app("sqlite:app.db", allow=["read", "write"],
                             message=f"{number}: no such task")


def put_item(url):
    request = urllib.request.Request(f"{url}/models/todo/1", b"{}", method="PUT",
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201


def load_while(url, act):
    """Acts some times, spread over the load's time; the load's findings."""
    put_item(url)
    load = Wrk(f"{url}/models/todo/1", RATE, SECONDS)
    for number in range(1, TIMES + 1):
        time.sleep(SECONDS / (TIMES + 2))
        act(number)
    assert load.is_running()
    return load.wait()


def assert_none_was_lost(found, what, figures):
    assert found.complaints == []
    assert found.rate > RATE / 2, found
    figures.setdefault(f"{TIMES} times under {RATE} requests/s", []).append(
        f"{what:<20} {found.requests:>6} requests, {found.rate:>5.0f} a second, 0 errors, "
        f"longest {found.longest}")


def test_no_request_is_lost_in_a_restart_behind_an_inherited_socket(run, sockets, figures):
    url = sockets.tcp()
    running = [run(**sockets.options())]

    def restart(_):
        running[-1].signal()
        running[-1].assert_ended_well()
        running.append(run(**sockets.options()))

    assert_none_was_lost(load_while(url, restart), "restarted by socket", figures)
    running[-1].stop()


def test_no_request_is_lost_in_a_reload(run, figures):
    daemon = run()

    def reload(number):
        folder = daemon.config.parent / "apps.d"
        (folder / "new").write_text(settings(app(number)))
        (folder / "new").rename(folder / "app.conf")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded: ", number)

    assert_none_was_lost(load_while(daemon.url, reload), "reloaded", figures)
    daemon.stop()
