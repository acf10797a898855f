"""Fixtures: a real DynamoDB (DynamoDB Local), fake ones, and the daemon in front of them."""
import os
import pathlib

import boto3
import pytest

import apps
from daemon import Daemon
from dynamodb_local import DynamodbLocal
from tables import MODELS, fill
from upstream import Upstream


def build_folder(variable):
    folder = pathlib.Path(os.environ.get(variable) or pytest.fail(f"{variable} is not set"))
    if not (folder / "dynamod").is_file():
        pytest.fail(f"no daemon in {folder}")
    return folder


@pytest.fixture(scope="session")
def binary():
    return build_folder("DYNAMOD_BUILD") / "dynamod"


@pytest.fixture(scope="session")
def tsan_binary():
    return build_folder("DYNAMOD_TSAN_BUILD") / "dynamod"


@pytest.fixture(params=["DYNAMOD_BUILD", "DYNAMOD_TSAN_BUILD"], ids=["asan", "tsan"])
def each_binary(request):
    return build_folder(request.param) / "dynamod"


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory):
    local = DynamodbLocal(tmp_path_factory.mktemp("dynamodb-local"))
    try:
        yield local.wait_ready().url
    finally:
        local.stop()


@pytest.fixture(scope="session")
def dynamodb(dynamodb_local):
    """boto3's client of DynamoDB Local."""
    return boto3.client("dynamodb", endpoint_url=dynamodb_local, region_name="eu-west-1",
                        aws_access_key_id=apps.KEY, aws_secret_access_key=apps.SECRET)


@pytest.fixture(scope="session")
def tables(dynamodb):
    fill(dynamodb)


@pytest.fixture(scope="session")
def library_app(dynamodb_local, tables):
    return {"dynamodb": apps.connection(dynamodb_local), "models": MODELS}


@pytest.fixture(scope="session")
def library(binary, library_app, tmp_path_factory):
    """One daemon for the whole session, in front of the tables of tables.py."""
    daemon = Daemon(binary, tmp_path_factory.mktemp("library"), {"library": library_app},
                    threads=2)
    try:
        yield daemon.wait_ready()
        daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture
def start(binary, tmp_path):
    """start({app: settings}, …): a daemon that is ready; its end is part of the test."""
    running = []

    def start_one(apps_, use=binary, ready=True, **options):
        folder = tmp_path / f"daemon-{len(running)}"
        folder.mkdir()
        daemon = Daemon(use, folder, apps_, **options)
        running.append(daemon)
        return daemon.wait_ready() if ready else daemon

    try:
        yield start_one
        for daemon in running:
            daemon.stop()
    finally:
        for daemon in running:
            daemon.kill()


@pytest.fixture
def upstream():
    fake = Upstream()
    yield fake
    fake.stop()


@pytest.fixture
def other_upstream():
    fake = Upstream()
    yield fake
    fake.stop()


@pytest.fixture
def todo(start, upstream):
    """A daemon with the model todo, in front of the fake upstream."""
    return start({"app": apps.todo_app(upstream.url)}, threads=1)
