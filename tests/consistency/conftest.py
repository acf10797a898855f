"""A real DynamoDB behind a proxy that makes races wide, the embedded store, and daemons."""
import os
import pathlib

import pytest

from daemon import Daemon
from dynamodb_local import DynamodbLocal


@pytest.fixture(params=["DYNAMOD_BUILD", "DYNAMOD_TSAN_BUILD"], ids=["asan", "tsan"])
def binary(request):
    return pathlib.Path(os.environ[request.param]) / "dynamod"


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory):
    local = DynamodbLocal(tmp_path_factory.mktemp("dynamodb-local"))
    try:
        yield local.wait_ready().url
    finally:
        local.stop()


@pytest.fixture
def start(binary, tmp_path):
    """start(app, …): a daemon that is ready; its end is part of the test."""
    running = []

    def start_one(app, **options):
        folder = tmp_path / f"daemon-{len(running)}"
        folder.mkdir()
        running.append(Daemon(binary, folder, {"app": app}, **options))
        return running[-1].wait_ready()

    try:
        yield start_one
        for daemon in running:
            daemon.stop()
    finally:
        for daemon in running:
            daemon.kill()
