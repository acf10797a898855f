"""A PUT on a model that hides attributes is a change of what is there: one that grows too long is
refused, and changes nothing."""
import json

import pytest

import apps
from client import curl

HIDDEN = "password_hash"


@pytest.fixture(scope="module", params=["sqlite", "dynamodb"])
def host(request):
    if request.param == "sqlite":
        return {"host": "sqlite::memory:"}
    return apps.connection(request.getfixturevalue("dynamodb_local"))


@pytest.fixture
def hiding(start, host):
    """The same table with what `shop` hides, and without."""
    def model(**more):
        return {"hash_key": "id", "attributes": {"id": "S"}, "allow": ["read", "write"],
                "table_name": "hidden-puts", "create_table": True, **more}
    daemon = start({"app": {"dynamodb": host, "default": True,
                            "models": {"shown": model(hide=[HIDDEN]), "whole": model()}}})
    yield daemon
    curl(f"{daemon.url}/models/whole/1", "-X", "DELETE")


def wide(count, **more):
    return {**{f"a{number}": number for number in range(count)}, **more}


def put(daemon, model, item):
    return curl(f"{daemon.url}/models/{model}/1", "-X", "PUT", "-H",
                "Content-Type: application/json", "-d", json.dumps(item))


def whole(daemon):
    return curl(f"{daemon.url}/models/whole/1").json


# What is there, and what is put: what it sets, or what it removes, is too long.
@pytest.mark.parametrize("before, after", [(0, 500), (0, 5000), (1000, 0)])
def test_a_put_that_changes_too_much_is_refused(hiding, survived, before, after):
    assert put(hiding, "whole", wide(before, **{HIDDEN: "kept"})).status == 201
    problem = put(hiding, "shown", wide(after)).assert_problem(400, "invalid-item")
    assert "hides attributes" in problem["detail"] and "PATCH" in problem["hint"]
    assert whole(hiding) == {"id": "1", **wide(before, **{HIDDEN: "kept"})}
    survived("HTTP: requests over a limit")


def test_a_put_of_fewer_keeps_what_is_hidden(hiding):
    assert put(hiding, "whole", wide(300, **{HIDDEN: "kept"})).status == 201
    assert put(hiding, "shown", {"b": 1}).status in (200, 204)
    assert put(hiding, "shown", wide(300)).status in (200, 204)
    assert whole(hiding) == {"id": "1", **wide(300, **{HIDDEN: "kept"})}


def test_a_put_that_creates_may_be_as_wide(hiding):
    assert put(hiding, "shown", wide(500)).status == 201
    assert len(whole(hiding)) == 501
