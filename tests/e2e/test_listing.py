"""What is served: /models, /apps, and the different ways in which something is not."""
import pytest

import apps
from client import curl


def by_name(listing):
    return {entry["name"]: entry for entry in listing}


def test_models(library):
    response = curl(f"{library.url}/models")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    models = by_name(response.json)
    assert models["notes"] == {
        "name": "notes", "table": "notes", "allow": ["read"], "href": "/models/notes",
        "indexes": [],
        "key_schema": [{"name": "author", "type": "S", "role": "hash"},
                       {"name": "page", "type": "N", "role": "range"}]}
    assert models["plain"]["table"] == "books"
    assert models["blobs"]["key_schema"] == [{"name": "key", "type": "B", "role": "hash"}]
    assert models["sealed"]["allow"] == ["write"]


def test_models_are_in_the_files_order(library, library_app):
    names = [model["name"] for model in curl(f"{library.url}/models").json]
    assert names == list(library_app["models"])


def test_a_model_without_its_table(start, dynamodb_local):
    """On DynamoDB alone: the embedded store makes the table of each model."""
    daemon = start({"app": {"dynamodb": apps.connection(dynamodb_local),
                            "models": {"ghost": {"table_name": "no-such-table"}}}})
    [ghost] = curl(f"{daemon.url}/models").json
    assert ghost["key_schema"] is None
    assert ghost["problem"] == "table-not-found"
    for path in ("/models/ghost/1", "/models/ghost:first"):
        curl(daemon.url + path).assert_problem(404, "table-not-found")


def test_apps(library, library_app):
    [app] = curl(f"{library.url}/apps").json
    assert app == {"name": "library", "default": True, "models": list(library_app["models"]),
                   "href": "/apps/library"}
    assert curl(f"{library.url}/apps/library").json == app


def test_models_of_a_named_app(library):
    models = curl(f"{library.url}/apps/library/models").json
    assert by_name(models)["books"]["href"] in ("/models/books", "/apps/library/models/books")


@pytest.mark.parametrize("path, kind", [
    ("/models/nope/1", "model-not-found"),
    ("/models/nope:first", "model-not-found"),
    ("/apps/library/models/nope/1", "model-not-found"),
    ("/models/books/nope", "item-not-found"),
    ("/apps/nope", "app-not-found"),
    ("/apps/nope/models/books/1", "app-not-found"),
    ("/nope", "route-not-found"),
    ("/", "route-not-found"),
])
def test_not_found_says_what_was_not_found(library, path, kind):
    curl(library.url + path).assert_problem(404, kind)


def test_a_model_that_may_not_be_read(library):
    curl(f"{library.url}/models/sealed/1").assert_problem(403, "operation-not-allowed")
    curl(f"{library.url}/models/sealed:first").assert_problem(403, "operation-not-allowed")


def test_the_default_app_is_the_one_that_says_so(start, upstream):
    first, second = apps.todo_app(upstream.url), apps.todo_app(upstream.url)
    second["default"] = True
    second["models"] = {"task": apps.TASK}
    daemon = start({"first": first, "second": second})
    assert [model["name"] for model in curl(f"{daemon.url}/models").json] == ["task"]
    listed = by_name(curl(f"{daemon.url}/apps").json)
    assert {name: app["default"] for name, app in listed.items()} == \
           {"first": False, "second": True}
    assert curl(f"{daemon.url}/apps/first/models").json[0]["name"] == "todo"


def test_no_default_app_when_none_of_several_says_so(start, upstream):
    app = apps.todo_app(upstream.url)
    daemon = start({"first": app, "second": app})
    for path in ("/models", "/models/todo/1"):
        curl(daemon.url + path).assert_problem(404, "no-default-app")
