"""GET /openapi.json: valid for others, the same on both stores, and true: what is fuzzed out
of it is answered as it says, and what it does not say is refused."""
import collections
import json
import pathlib
import random
import subprocess

import pytest

import apps
from client import Connection, curl
from daemon import Daemon
from openapi import Document
from tables import create, write_seed

ROOT = pathlib.Path(__file__).parents[2]

DECLARED = {"at": "utc_datetime", "doc": "json", "rev": "version", "end": "ttl", "size": "N",
            "image": "B", "tags": "SS", "numbers": "NS", "blobs": "BS", "list": "L", "map": "M",
            "yes": "BOOL", "none": "NULL", "name": "S"}
STORED = {
    "at": {"S": "2024-01-02T03:04:05.000000+0000"}, "doc": {"S": '{"a":[1]}'}, "rev": {"N": "3"},
    "end": {"N": "99999999999"}, "size": {"N": "1"}, "image": {"B": b"\0"}, "tags": {"SS": ["a"]},
    "numbers": {"NS": ["1", "2.5"]}, "blobs": {"BS": [b"\1"]}, "list": {"L": [{"NULL": True}]},
    "map": {"M": {"x": {"S": "y"}}}, "yes": {"BOOL": True}, "none": {"NULL": True},
    "name": {"S": "x"}, "more": {"L": [{"M": {"deep": {"N": "1E-5"}}}]}}


def zoo_items():
    return {
        "orders": [{"id": {"S": f"CUST#{name}"}, **STORED} for name in ("ada", "1", "é")],
        "numbers": [{"n": {"N": str(number)}, "b": {"B": b"\0\0\0"}} for number in (0, 1, -2500)],
        "blobs": [{"key": {"B": key}, "text": {"S": "bytes"}} for key in (b"\0\0\0", b"\0\1")],
    }


def zoo_models():
    """Models with every type of key and attribute, and of writes."""
    both = ["read", "write"]
    return {
        "orders": {"hash_key": {"name": "id", "template": "CUST#{}"}, "range_key": "at",
                   "attributes": DECLARED, "allow": both,
                   "indexes": {"by_name": {"hash_key": "name", "range_key": "size"},
                               "by_size": {"range_key": "size"},
                               "by_image": {"hash_key": "image"}}},
        "numbers": {"hash_key": "n", "range_key": "b", "attributes": {"n": "N", "b": "B"},
                    "allow": both, "required": ["name"], "defaults": {"name": "nobody"}},
        "blobs": {"hash_key": "key", "allow": both, "required": ["name"],
                  "attributes": {"key": "B", "name": "S"}, "require_if_match": True},
        "plain": {"hash_key": "id", "attributes": {"id": "S"}, "allow": both},
        "laws": {"table_name": "plain", "hash_key": "id", "attributes": {"id": "S"}},
        "sealed": {"hash_key": "id", "attributes": {"id": "S"}, "allow": ["write"]},
    }


def zoo(folder):
    """On the embedded store."""
    items, models = zoo_items(), zoo_models()
    seeds = {name: write_seed(folder / f"{name}.jsonl", lines) for name, lines in items.items()}
    for name, seed in seeds.items():
        models[name]["seed"] = seed
    return {"dynamodb": {"host": "sqlite::memory:"}, "models": models}


def far_zoo(dynamodb_local):
    """On DynamoDB Local, in tables that the daemon makes."""
    models = {name: {"table_name": f"zoo-{name}", **model, "create_table": True}
              for name, model in zoo_models().items()}
    models["laws"].update(table_name="zoo-plain", create_table=False)
    return {"dynamodb": apps.connection(dynamodb_local), "models": models}


@pytest.fixture(scope="module")
def daemon(binary, tmp_path_factory, dynamodb, dynamodb_local):
    folder = tmp_path_factory.mktemp("openapi")
    animals = zoo(folder)
    running = Daemon(binary, folder, {"zoo": {**animals, "default": True}, "other": animals,
                                      "far": far_zoo(dynamodb_local)}, threads=1)
    try:
        running.wait_ready()
        for name, items in zoo_items().items():
            for item in items:
                dynamodb.put_item(TableName=f"zoo-{name}", Item=item)
        yield running
        running.stop()
    finally:
        running.kill()


@pytest.fixture(scope="module", params=["/openapi.json", "/apps/other/openapi.json",
                                        "/apps/far/openapi.json"])
def document(request, daemon):
    return Document(curl(daemon.url + request.param).json)


@pytest.fixture
def connection(daemon):
    made = Connection(daemon.port)
    yield made
    made.close()


def send(connection, request):
    return connection.ask(request.method, request.target, request.headers, request.body)


# --- for others ---

@pytest.fixture(scope="session")
def validator():
    done = subprocess.run([ROOT / "tests/setup/node-modules"], check=True, text=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return (pathlib.Path(done.stdout.strip())
            / "@seriousme/openapi-schema-validator/bin/validate-api-cli.js")


def assert_valid(validator, text, path):
    path.write_bytes(text)
    done = subprocess.run(["node", validator, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_is_valid(daemon, validator, tmp_path):
    for target in ("/openapi.json", "/apps/other/openapi.json", "/apps/far/openapi.json"):
        assert_valid(validator, curl(daemon.url + target).body, tmp_path / "openapi.json")


def test_is_valid_on_both_stores(library, validator, tmp_path):
    assert_valid(validator, curl(f"{library.url}/openapi.json").body, tmp_path / "openapi.json")


def test_the_validator_refuses(validator, tmp_path):
    with pytest.raises(AssertionError):
        assert_valid(validator, b'{"openapi":"3.1.0","info":{}}', tmp_path / "openapi.json")


def test_is_the_same_on_both_stores(libraries):
    on_dynamodb, on_sqlite = (curl(f"{libraries(store).url}/openapi.json").json
                              for store in ("dynamodb", "sqlite"))
    assert on_dynamodb == on_sqlite


def test_says_which_app_and_version(daemon, binary):
    version = subprocess.run([binary, "-V"], capture_output=True, text=True, check=True).stdout
    info = curl(f"{daemon.url}/openapi.json").json["info"]
    assert info["title"] == "zoo"
    assert f"dynamod {info['version']}\n" in version


def test_is_not_sent_again_unchanged(daemon):
    first = curl(f"{daemon.url}/openapi.json")
    again = curl(f"{daemon.url}/openapi.json", "-H", f"If-None-Match: {first.headers['etag']}")
    assert again.status == 304 and again.body == b""
    other = curl(f"{daemon.url}/apps/other/openapi.json")
    assert other.headers["etag"] != first.headers["etag"]


def test_tells_a_model_without_its_table_without_its_keys(start, dynamodb_local):
    running = start({"app": {"dynamodb": apps.connection(dynamodb_local),
                             "models": {"ghost": {"table_name": "no-such-table"}}}})
    paths = curl(f"{running.url}/openapi.json").json["paths"]
    assert "/models/ghost" in paths and "/models/ghost/{hash}" not in paths


def test_needs_an_app(start, upstream):
    running = start({name: apps.todo_app(upstream.url) for name in ("one", "two")})
    curl(f"{running.url}/openapi.json").assert_problem(404, "no-default-app")
    assert curl(f"{running.url}/apps/two/openapi.json").json["info"]["title"] == "two"


# --- the document in itself ---

def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def test_refers_to_what_is_there(document):
    for reference in set(references(document.document)):
        document.resolve({"$ref": reference})


def test_has_operations_that_are_told_apart(document):
    ids = [operation.id for operation in document.operations()]
    assert len(ids) == len(set(ids))
    for operation in document.operations():
        names = [(one["in"], one["name"]) for one in operation.parameters]
        assert len(names) == len(set(names))
        assert {name for place, name in names if place == "path"} == \
            {part[1:-1] for part in operation.path.split("/") if part.startswith("{")}


def test_has_what_the_models_allow(daemon):
    paths = curl(f"{daemon.url}/openapi.json").json["paths"]
    for model in curl(f"{daemon.url}/models").json:
        key = model["href"] + "/{hash}" + "/{range}" * (len(model["key_schema"]) - 1)
        for method, path, right in (
                ("get", model["href"], "read"), ("get", key, "read"),
                ("post", f"{model['href']}:batchGet", "read"), ("post", model["href"], "write"),
                ("put", key, "write"), ("patch", key, "write"), ("delete", key, "write")):
            assert (method in paths.get(path, {})) == (right in model["allow"]), (method, path)
        for index in model["indexes"] if "read" in model["allow"] else []:
            assert f"{model['href']}@{index['name']}/{{hash}}" in paths


# --- what it says is so ---

ROUNDS = 40


def test_is_true_of_whatever_is_asked(document, connection):
    """Statuses, header fields and bodies: of requests that fit the schemas, and do not."""
    chance = random.Random(4)
    seen = collections.defaultdict(collections.Counter)
    for operation in document.operations():
        for _ in range(ROUNDS):
            request = operation.any_request(chance)
            response = send(connection, request)
            assert not operation.complaints(response), (request, response)
            seen[operation.id.partition(":")[0]][response.status] += 1
    for name, statuses in seen.items():
        assert any(status < 300 for status in statuses), (name, statuses)
        assert statuses[400] + statuses[404] + statuses[406], (name, statuses)


# Where a schema says less than the grammar.
SENSIBLE = {"filters": ("more", "exists.true"), "raw": ("raw", "at"),
            "attributes_to_get": ("attributes_to_get", "image,at")}


# A valid request ends so, or with a condition of the model's.
TAKEN = (200, 201, 204, 404, 412, 428)


def test_takes_each_parameter(document, connection):
    """Alone and valid it is no error, but a token that was made up."""
    chance = random.Random(5)
    for operation in document.operations():
        for parameter in operation.of("query"):
            query = operation.required(chance)
            if parameter["name"] in SENSIBLE:
                query.append(SENSIBLE[parameter["name"]])
            elif not parameter.get("required"):
                query += operation.pairs(parameter, chance)
            if parameter["name"] in ("range", "order") and "hash" not in dict(query) \
                    and "{hash}" not in operation.path:
                [hash_key] = [one for one in operation.of("query") if one["name"] == "hash"]
                query += operation.pairs(hash_key, chance)
            request = operation.request(chance, query)
            response = send(connection, request)
            if parameter["name"] == "after":
                response.assert_problem(400, "invalid-token")
            elif parameter["name"] == "upsert" and response.status == 400:
                # A patch that makes an item sets what the model requires, or is refused.
                detail = response.assert_problem(400, "invalid-item")["detail"]
                assert "is required" in detail, (request, response)
            else:
                assert response.status in TAKEN, (request, response)


def test_refuses_parameters_that_do_not_fit(document, connection):
    chance = random.Random(6)
    for operation in document.operations():
        for parameter in operation.of("query"):
            if parameter["schema"].get("type") == "object":
                continue
            for value in operation.values(parameter, valid=False):
                if "date-time" in str(parameter["schema"]) and value[:1].isdigit():
                    continue
                query = [pair for pair in operation.required(chance)
                         if pair[0] != parameter["name"]] + [(parameter["name"], value)]
                request = operation.request(chance, query)
                response = send(connection, request)
                assert response.status == 400, (request, response)
                assert not operation.complaints(response), (request, response)


def test_refuses_keys_that_do_not_fit(document, connection):
    chance = random.Random(7)
    for operation in document.operations():
        for parameter in operation.of("path"):
            for value in operation.values(parameter, valid=False):
                if "date-time" in str(parameter["schema"]) and value[0].isdigit():
                    continue  # parts of a date are dates too
                request = operation.request(chance, paths={parameter["name"]: value})
                response = send(connection, request)
                assert response.status == 400, (request, response)


def test_refuses_parameters_that_it_does_not_say(document, connection):
    chance = random.Random(8)
    operations = document.operations()
    known = {one["name"]: one for operation in operations for one in operation.of("query")
             if one["schema"].get("type") != "object"}
    for operation in operations:
        for name in [*known.keys() - {one["name"] for one in operation.of("query")}, "unheard"]:
            values = operation.values(known[name]) if name in known else ["1"]
            value = "true" if "true" in values else values[0]
            request = operation.request(chance, operation.required(chance) + [(name, value)])
            response = send(connection, request)
            assert response.status == 400, (request, response)


JSON = [("Content-Type", "application/json")]


def test_refuses_methods_that_it_does_not_say(document, connection):
    chance = random.Random(9)
    methods = collections.defaultdict(set)
    for operation in document.operations():
        methods[operation.path].add(operation.method.upper())
    for operation in document.operations():
        target = operation.request(chance).target
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods[operation.path]:
            body = b"{}" if method in ("POST", "PUT", "PATCH") else None
            response = connection.ask(method, target, JSON if body else [], body)
            assert response.status in (400, 403, 405), (method, target, response)


def test_bodies_of_other_types_are_refused(document, connection):
    chance = random.Random(10)
    for operation in document.operations():
        for kind in ("text/plain", "application/xml"):
            request = operation.request(chance, operation.required(chance),
                                        headers=[("Content-Type", kind)], body=b"x")
            response = send(connection, request)
            assert response.status == (415 if operation.bodies else 400), (request, response)
            assert not operation.complaints(response), (request, response)


def test_a_large_app_has_a_document_too(start, tmp_path):
    """Larger than any other reply but a page."""
    models = {f"model-{number}": {"hash_key": "id", "attributes": {"id": "S"},
                                  "allow": ["read", "write"]} for number in range(300)}
    running = start({"app": {"dynamodb": {"host": "sqlite::memory:"}, "models": models}})
    response = curl(f"{running.url}/openapi.json")
    assert response.status == 200
    assert len(response.body) > 8 * 1024 * 1024
    assert len(json.loads(response.body)["tags"]) == 300


def test_follows_a_table_that_is_made_anew(start, dynamodb, dynamodb_local):
    """Though the document is kept."""
    app = {"dynamodb": apps.connection(dynamodb_local), "models": {"remade": {}}}
    running = start({"app": app}, threads=1)

    def has_range():
        paths = curl(f"{running.url}/openapi.json").json["paths"]
        return "/models/remade/{hash}/{range}" in paths

    assert not has_range()
    create(dynamodb, "remade", [("id", "S"), ("n", "N")])
    assert has_range() and has_range()
    dynamodb.delete_table(TableName="remade")
    curl(f"{running.url}/models/remade/1/1").assert_problem(404, "table-not-found")
    create(dynamodb, "remade", [("id", "S")])
    assert curl(f"{running.url}/models/remade/1").status == 404
    assert not has_range()
