"""What a model keeps from its clients, tried by every route with every trick: attributes that it
hides, items of a model that is only written, tables of one that is only read, and what is outside
the templates of keys. Two daemons whose tables differ in nothing else must answer alike."""
import base64
import json
import re

import pytest

from dynamodb_local import DynamodbLocal
from scope import HIDDEN, JSON, MERGE, PATCH, TYPED, UPDATE, Secrets, Walk, World, routes
from scope_shop import BACK, CRAFTED, GUARDED, OUTSIDE, SHOP, items
from scope_tricks import WAYS, Tricks, by_token, every_way


@pytest.fixture(scope="module")
def hosts(store, request, tmp_path_factory):
    """Of two stores."""
    if store == "sqlite":
        yield None, None
        return
    second = DynamodbLocal(tmp_path_factory.mktemp("second-dynamodb"))
    try:
        yield request.getfixturevalue("dynamodb_local"), second.wait_ready().url
    finally:
        second.stop()


@pytest.fixture(scope="module")
def worlds(binary, store, hosts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scope")
    made = []
    try:
        for number, host in enumerate(hosts):
            secrets = Secrets(number == 0)
            made.append(World(binary, folder / str(number), store, host, SHOP, GUARDED,
                              BACK, items(secrets), secrets))
        yield made
        for world in made:
            world.close()
    finally:
        for world in made:
            world.daemon.kill()


@pytest.fixture
def walk(worlds, store, survived):
    done = Walk(worlds)
    yield done
    survived("Scope: requests that must not cross it", done.count)


def secret(world, model, key, name):
    [(_, value)] = world.before[model][json.dumps([key, None, None])][name].items()
    return value


def guesses(worlds, model="users", name="password_hash"):
    """The whole of it in one world, and its beginning in the other."""
    whole = [secret(world, model, "u0", name) for world in worlds]
    return [whole[0], whole[1][:20], secret(worlds[0], "users", "u0", "pin"), "true"]


def whole_tags(worlds, model, key):
    """Entity tags of the item as it is stored, and as it is shown."""
    found = []
    for world in worlds:
        for app, accept in (("back", JSON), ("back", TYPED), ("shop", JSON), ("shop", TYPED)):
            headers = world.ask("GET", f"/apps/{app}/models/{model}/{key}", {"Accept": accept})[1]
            found += [value for name, value in headers if name.lower() == "etag"]
    return sorted(set(found))


def tokens(worlds, model):
    """Of the app that sees everything, and of other models."""
    found = []
    for target in (f"/apps/back/models/{model}?limit=1", f"/apps/back/models/{model}?limit=3",
                   "/apps/back/models/users?limit=1", "/apps/shop/models/users?limit=1",
                   "/apps/shop/models/shown?limit=1", f"/apps/shop/models/{model}?limit=1"):
        for name, value in worlds[0].ask("GET", target)[1]:
            if name.lower() == "link":
                token = re.search(r"after=([^&>]+)", value).group(1)
                found += [token, token[:-2] + "AA"]
    return [f"limit=2&after={token}" for token in found]


def changed(item, names):
    return {name: value for name, value in item.items() if name in names}


def test_every_operation_is_tried():
    assert set(WAYS) == set(routes())


# --- attributes that are hidden


NEW = [(JSON, {"id": "new", "name": "new"}), (JSON, {"name": "put"}),
       (TYPED, {"name": {"S": "typed"}, "id": {"S": "typed"}}), (TYPED, {"name": {"S": "typed"}}),
       (JSON, {"id": "u0", "name": "again"}),
       *((JSON, {"id": "mine", name: "mine"}) for name in HIDDEN),
       *((TYPED, {"id": {"S": "mine"}, name: {"S": "mine"}}) for name in HIDDEN),
       (JSON, {"password_hash": "mine"}), (JSON, b'{"id":"mine","pass\\u0077ord_hash":"mine"}')]


def hiding(worlds, model, known, **more):
    return Tricks(model, ["id"], [[key] for key in known], names=HIDDEN,
                  guesses=guesses(worlds, "counted" if model == "counted" else "users"),
                  index="by_status", index_keys=[["open", "7"], ["shut", "7"]], items=NEW,
                  tags=whole_tags(worlds, "counted" if model == "counted" else "users", known[0]),
                  **more)


@pytest.mark.parametrize("model, known", [
    ("users", ["u0", "none"]), ("cached", ["u1", "u2"]), ("counted", ["u0", "none"])])
def test_hidden_attributes(worlds, walk, store, model, known):
    whole = store == "sqlite" and model == "users"
    trick = hiding(worlds, model, known, about=60 if whole else 20)
    walk.all(every_way(trick, 1 if whole else 11)).assert_nothing_wrong()
    assert {200, 204, 400, 404, 409} <= set(walk.statuses), walk.statuses
    for world in worlds:
        assert_kept(world, "counted" if model == "counted" else "users")


def assert_kept(world, model):
    """What is hidden is as it was, whatever else became of the item; no new item has any."""
    before, now = world.before[model], world.rows(BACK[model]["table_name"])
    for key, item in now.items():
        assert changed(item, HIDDEN) == changed(before.get(key, {}), HIDDEN), key
    assert set(before) <= set(now)


def test_hidden_is_as_if_no_item_had_it(worlds, walk):
    """What is asked of a hidden attribute is answered as of one that is nowhere."""
    trick = hiding(worlds, "users", ["u3"])
    asked = 0
    for query in trick.some([query for query in [*trick.filters, *trick.shapes]
                             if "explain" not in query and "password_hash" in query], "nowhere"):
        for address in ("/models/users", "/models/users/u3", "/models/users@by_status/open"):
            hidden = walk.send(("GET", f"{address}?{query}", {}, None))
            target = f"{address}?{query}".replace("password_hash", "password_hush")
            other = walk.send(("GET", target, {}, None))
            asked += 1
            assert hidden[0] == other[0], query
            assert hidden[2].replace(b"password_hash", b"password_hush") == other[2], query
    walk.assert_nothing_wrong()
    assert asked > 100


def test_a_put_keeps_what_it_cannot_see(worlds):
    for world in worlds:
        before = world.rows("scope-users")['["u3", null, null]']
        headers = {"Content-Type": JSON, "Prefer": "return=representation"}
        status, _, body = world.ask("PUT", "/models/users/u3", headers, b'{"fresh":1}')
        assert (status, json.loads(body)) == (200, {"id": "u3", "fresh": 1})
        after = world.rows("scope-users")['["u3", null, null]']
        assert after == {"id": {"S": "u3"}, "fresh": {"N": "1"}, **changed(before, HIDDEN)}


def test_a_deleted_item_is_returned_without_it(worlds, walk):
    walk.send(("DELETE", "/models/users/u3", {"Prefer": "return=representation"}, None))
    walk.send(("DELETE", "/models/counted/u1", {"Prefer": "return=representation"}, None))
    walk.assert_nothing_wrong()
    assert walk.statuses == {200: 2}


def test_the_walk_sees_what_is_shown(worlds):
    """Without `hide` it finds something by each way to read."""
    for world in worlds:
        world.fill("users", [{"id": {"S": "seen"}, "status": {"S": "seen"}, "age": {"N": "7"},
                              **world.secrets.attributes()}])
    trick = Tricks("users", ["id"], [["seen"]], names=HIDDEN, guesses=guesses(worlds), about=40,
                   index="by_status", index_keys=[["seen", "7"]])
    for operation in ("scan", "first", "getItemByParameters", "query", "get", "scanIndex",
                      "queryIndexByBody", "queryIndex", "batchGet", "transact", "patchByHash"):
        seeing = Walk(worlds)
        for method, target, headers, body in WAYS[operation](trick):
            if method == "POST" and b'"write"' in (body or b"") or target.startswith("/apps"):
                continue
            if body:
                body = body.replace(b'"set": {"password_hash": 1}', b'"set": {}')
            if method == "PATCH" and b'"test"' not in body:
                continue
            seeing.send((method, f"/apps/back{target}", headers, body))
            if seeing.wrong:
                break
        assert seeing.wrong, operation


# --- a model that is only written


@pytest.mark.parametrize("token", [None, "writer-of-scope"])
def test_what_is_only_written_is_not_read(worlds, walk, store, token):
    names = ["note", "password_hash", "flag", "mixed", "maybe"]
    trick = Tricks(
        "sealed", ["id"], [["u0"], ["none"]], names=names, about=60 if store == "sqlite" else 8,
        guesses=guesses(worlds, "sealed", "note"), tags=whole_tags(worlds, "sealed", "u0"),
        queries=tokens(worlds, "sealed"),
        items=[(JSON, {"id": "new", "a": 1}), (JSON, {"id": "u0", "a": 1}), (JSON, {"a": 1}),
               (TYPED, {"id": {"S": "u2"}})],
        patches=[(MERGE, {"a": {"b": 1}}), (PATCH, [{"op": "test", "path": "/id", "value": "u0"}]),
                 (PATCH, [{"op": "copy", "from": "/note", "path": "/a"}]),
                 (UPDATE, {"set": {"a": 1}, "if": {"id": "eq.u0"}})])
    readable = re.compile(r"^(/apps/(shop|guarded))?(/models|/openapi.json|/apps|)(\?|$)")
    part = 3 if store == "dynamodb" or token else 1
    for request in by_token(untouching(every_way(trick, part)), token):
        status, headers, body = walk.send(request)
        if request[0] in ("GET", "HEAD") and not readable.match(request[1]):
            assert status not in (200, 304, 412), (request, status)
    walk.assert_nothing_wrong()
    assert {204, 403, 409} <= set(walk.statuses), walk.statuses


def untouching(requests):
    """Without those whose success depends on the type of what is there, which every client that
    may write learns by writing."""
    for request in requests:
        if request[0] == "PATCH" and UPDATE in request[2].values() and \
                re.search(rb'"(add|append|delete)"|\.x|password_hash', request[3]):
            continue
        if b'"set": {"' in (request[3] or b"") and b"transact" in request[1].encode() and \
                b'"note"' not in request[3]:
            continue
        yield request


# --- a model that is only read


@pytest.mark.parametrize("token", [None, "reader-of-scope"])
def test_what_is_only_read_is_not_written(worlds, walk, token):
    trick = Tricks(
        "shown", ["id"], [["u0"], ["none"]], names=["note"], guesses=["old", "x", "1", "true"],
        items=[(JSON, {"id": "new"}), (JSON, {"id": "u0", "a": 1}), (TYPED, {"id": {"S": "u0"}})],
        tags=whole_tags(worlds, "shown", "u0"), keys=[["u1"]], about=20)
    walk.all(by_token(every_way(trick), token)).all(by_token(odd_writes(), token))
    walk.assert_nothing_wrong()
    for world in worlds:
        assert world.rows("scope-shown") == world.before["shown"]


def odd_writes():
    """With words that mean something elsewhere."""
    for method in ("PUT", "PATCH", "DELETE", "POST", "QUERY", "PURGE", "put", "TRACE", "LINK"):
        for target in ("/models/shown/u0", "/models/shown", "/models/shown:item?hash=u0",
                       "/models/shown:first", "/models/shown@none/u0"):
            for more in ({}, {"X-HTTP-Method-Override": "DELETE"}, {"Idempotency-Key": "k"},
                         {"Content-Type": MERGE}):
                yield method, target, {"Content-Type": JSON, **more}, b'{"id":"u0","a":1}'
    yield "GET", "/models/shown/u0", {"X-HTTP-Method-Override": "DELETE"}, None


@pytest.mark.parametrize("token", ["writer-of-scope", "reader-of-scope", "nobody", ""])
def test_a_token_reaches_no_other_model(worlds, walk, token):
    """Nor does it learn whether there is one."""
    trick = Tricks("users", ["id"], [["u0"], ["none"]], names=HIDDEN[:2], guesses=guesses(worlds),
                   index="by_status", index_keys=[["open", "7"]], items=NEW[:6],
                   tags=whole_tags(worlds, "users", "u0"), about=8)
    seen = {}
    for request in by_token(every_way(trick, 7), token or "-"):
        if "/models/users" in request[1] and "guarded" in request[1]:
            status, _, body = walk.send(request)
            other = (request[0], request[1].replace("/users", "/usurs"), *request[2:])
            assert status in (400, 401, 403, 404, 405, 406, 414, 415), request
            assert walk.send(other)[0] == status, request
            seen[status] = seen.get(status, 0) + 1
    walk.assert_nothing_wrong()
    assert seen.get(403 if "scope" in token else 401, 0) > 100, seen


# --- keys that a template makes


def ranges(name, bounds):
    for bound in bounds:
        for operator in ("eq", "lt", "le", "gt", "ge", "begins_with", "ne", "not.eq", "contains"):
            yield f"{name}={operator}.{bound}"
        yield f"{name}=between.({bound},~)"
        yield f"{name}=between.(!,{bound})"
        yield f"{name}=in.({bound},ADMIN%231)"


def crafted(length):
    keys = [[key, "a"][:length] for key in CRAFTED] + [["1", key][:length] for key in CRAFTED]
    return keys


def raw_items(name):
    """Bodies that name keys outside, typed and plain."""
    for pk, sk in OUTSIDE[name]:
        for owner in ("OWN#1", "ADM#1", "OWN#", ""):
            yield TYPED, {"pk": {"S": pk}, "sk": {"S": sk}, "owner": {"S": owner}}
        yield TYPED, {"pk": {"S": pk}, "sk": {"S": sk}}
        yield TYPED, {"pk": {"B": base64.b64encode(pk.encode()).decode()}, "sk": {"S": sk}}
    yield JSON, {"pk": "", "sk": ""}
    yield JSON, {"pk": {"S": "ADMIN#1"}, "sk": "a"}
    yield JSON, {"pk": ["ADMIN#1"], "sk": "a"}
    yield JSON, b'{"pk":"1","pk":"ADMIN#1","sk":"a"}'
    yield JSON, b'{"sk":"a","p\\u006b":"ADMIN#1","pk":"1"}'


def typed_keys(model, name):
    """Keys outside, as DynamoDB JSON has them, in all documents that have keys."""
    for pk, sk in OUTSIDE[name]:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        full = {**key, "note": {"S": "mine"}}
        for path, body in (
                (f"/models/{model}:batchGet", {"keys": [key]}),
                (f"/models/{model}:batchWrite", {"delete": [key]}),
                (f"/models/{model}:batchWrite", {"put": [full]}),
                (f"/models/{model}", full),
                ("/transactions", {"get": [{"model": model, "key": key}]}),
                ("/transactions", {"write": [{"model": model, "put": full}]}),
                ("/transactions", {"write": [{"model": model, "delete": key}]}),
                ("/transactions", {"write": [{"model": model, "check": key,
                                              "if": {"note": "exists.true"}}]}),
                ("/transactions", {"write": [{"model": model,
                                              "update": {"key": key, "set": {"note": "m"}}}]}),
                ("/transactions", {"write": [{"model": model, "update": {
                    "key": key, "upsert": True, "set": {"note": "m"}}}]})):
            yield "POST", path, {"Content-Type": TYPED}, json.dumps(body).encode()


PATCHES = [
    (MERGE, {"pk": "ADMIN#1"}), (MERGE, {"owner": "ADM#1"}), (MERGE, {"owner": ""}),
    (MERGE, {"owner": {"S": "ADM#1"}}), (UPDATE, {"set": {"pk": "ADMIN#1"}}),
    (UPDATE, {"set": {'"pk"': "ADMIN#1"}}), (UPDATE, {"set": {"owner": "ADM#1"}}),
    (UPDATE, {"add": {"owner": 1}}), (UPDATE, {"set": {"owner": None}}),
    (PATCH, [{"op": "replace", "path": "/pk", "value": "ADMIN#1"}]),
    (PATCH, [{"op": "move", "from": "/pk", "path": "/note"}]),
    (PATCH, [{"op": "copy", "from": "/note", "path": "/owner"}]),
    (PATCH, [{"op": "copy", "from": "/pk", "path": "/owner"}]),
    (PATCH, [{"op": "move", "from": "/note", "path": "/sk"}]),
]


@pytest.mark.parametrize("model, known", [
    ("customers", [["1", "a"], ["2", "a"]]), ("orders", [["1", "1"], ["2", "1"]]),
    ("ended", [["1", "a"], ["2", "b"]])])
def test_keys_do_not_leave_their_template(worlds, walk, store, model, known):
    bounds = ["ADMIN%231", "%21", "~", "ORDER", "ORDER%23", "PROFILE", "", "1"]
    trick = Tricks(
        model, ["pk", "sk"], known, index="by_owner", names=["note"], about=8,
        index_keys=[["1", "1"], ["1", "a"], ["OWN%231", "a"], ["ADM%231", "a"]],
        guesses=guesses_outside(worlds, model),
        queries=[*ranges("sk", bounds), *ranges("pk", bounds), *ranges("owner", bounds),
                 *tokens(worlds, model), "hash=1&sk=gt.a", "hash=1&range=ORDER",
                 "or=(pk.eq.ADMIN%231,sk.exists.true)", "not.and=(pk.begins_with.CUST,sk.eq.x)",
                 "limit=3", "attributes_to_get=pk,sk", "pk=contains.ADMIN", "pk=type.S"],
        items=raw_items(model), patches=PATCHES, keys=crafted(2))
    part = {"sqlite": 3, "dynamodb": 11}[store]
    walk.all(every_way(trick, part)).all(typed_keys(model, model)).assert_nothing_wrong()
    assert {200, 400, 404} <= set(walk.statuses), walk.statuses
    for world in worlds:
        assert_outside_untouched(world, model)


def guesses_outside(worlds, model):
    pk, sk = OUTSIDE[model][0]
    return [world.before[model][json.dumps([None, pk, sk])]["note"]["S"][:24]
            for world in worlds]


def assert_outside_untouched(world, model):
    prefix = {"customers": r"CUST#(?s:.)+$", "orders": r"CUST#(?s:.)+$", "ended": r"T#(?s:.)+#E$"}
    before, now = world.before[model], world.rows(f"scope-{model}")
    for key, item in before.items():
        if (item["pk"]["S"], item["sk"]["S"]) in OUTSIDE[model]:
            assert now.get(key) == item
    for key in set(now) - set(before):
        assert re.match(prefix[model], now[key]["pk"]["S"]), now[key]
        if model == "orders":
            assert re.match(r"ORDER#(?s:.)+$", now[key]["sk"]["S"]), now[key]
