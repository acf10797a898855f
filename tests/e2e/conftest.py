"""Fixtures: a real DynamoDB (DynamoDB Local), the embedded store, fake upstreams, and the
daemon in front of them."""
import os
import pathlib

import boto3
import pytest

import apps
from aws_servers import Authority
from aws_site import Site
from daemon import Daemon
from dynamodb_local import DynamodbLocal
from tables import MODELS, STORES, embedded_models, fill
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
def library_apps(request, tmp_path_factory):
    """Store → an app with the tables of tables.py; what a store needs is made when asked."""
    made = {}

    def on_dynamodb():
        request.getfixturevalue("tables")
        url = request.getfixturevalue("dynamodb_local")
        return {"dynamodb": apps.connection(url), "models": MODELS}

    def on_sqlite():
        folder = tmp_path_factory.mktemp("embedded")
        return {"dynamodb": {"host": f"sqlite:{folder}/library.db"},
                "models": embedded_models(folder)}

    def app_on(store):
        if store not in made:
            made[store] = {"dynamodb": on_dynamodb, "sqlite": on_sqlite}[store]()
        return made[store]

    return app_on


@pytest.fixture(scope="session")
def libraries(binary, library_apps, tmp_path_factory):
    """Store → one daemon for the whole session, with the app library on that store."""
    running = {}

    def daemon_on(store):
        if store not in running:
            folder = tmp_path_factory.mktemp("library")
            running[store] = Daemon(binary, folder, {"library": library_apps(store)}, threads=2)
        return running[store].wait_ready()

    try:
        yield daemon_on
        for daemon in running.values():
            daemon.stop()
    finally:
        for daemon in running.values():
            daemon.kill()


@pytest.fixture(scope="session", params=STORES)
def store(request):
    return request.param


@pytest.fixture(scope="session")
def library_app(store, library_apps):
    return library_apps(store)


@pytest.fixture(scope="session")
def library(store, libraries):
    return libraries(store)


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


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Who signs the certificates of servers that speak TLS."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serving():
    """serving(Imds(…)): the server, stopped at the end."""
    running = []

    def add(server):
        running.append(server)
        return server

    yield add
    for server in running:
        server.stop()


@pytest.fixture
def site(start, upstream, tmp_path):
    """A daemon without keys of its own; at the end, what it must not have said."""
    made = Site(start, upstream, tmp_path)
    yield made
    if made.daemon:
        made.daemon.stop()
        made.assert_kept_quiet()
