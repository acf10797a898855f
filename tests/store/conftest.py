"""Both stores, for a session."""
import pytest

from dynamodb_local import DynamodbLocal
from stores import Store


@pytest.fixture(scope="session")
def hosts(tmp_path_factory):
    """Kind of store → its host."""
    local = DynamodbLocal(tmp_path_factory.mktemp("dynamodb-local"))
    try:
        yield {"local": local.wait_ready().url,
               "sqlite": f"sqlite:{tmp_path_factory.mktemp('sqlite') / 'store.db'}"}
    finally:
        local.stop()


@pytest.fixture(scope="session")
def stores(hosts):
    both = {kind: Store(host, kind == "local") for kind, host in hosts.items()}
    yield both
    for store in both.values():
        store.stop()
