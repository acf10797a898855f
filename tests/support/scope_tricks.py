"""Every way to ask for what clients must not learn: the requests of each operation."""
import dataclasses
import itertools
import json
import re
import uuid
import zlib
from urllib.parse import unquote_plus, urlencode

from scope import JSON, MERGE, PATCH, TYPED, UPDATE


@dataclasses.dataclass
class Tricks:
    """What is tried of one model. Keys are as clients write them in a path."""
    model: str
    key_names: list
    known: list  # keys of items that are there
    index: str = "none"
    index_keys: list = ()
    names: list = ()  # attributes that are none of a client's business
    guesses: list = ()  # what these may be
    queries: list = ()  # more that is asked, as query strings
    items: list = ()  # (content type, item) to be written
    patches: list = ()  # (content type, patch)
    conditions: list = None
    tags: list = ()  # entity tags
    keys: list = ()  # crafted
    about: int = 120  # so many of the filters, where not all of them are tried

    def __post_init__(self):
        self.base = f"/models/{self.model}"
        self.items = list(self.items)
        self.filters = list(filters(self.names, self.guesses))
        self.shapes = [*shapes(self.names), *self.queries]
        if self.conditions is None:
            self.conditions = list(conditions(self.names, self.guesses))

    def at(self, key):
        return f"{self.base}/{'/'.join(key)}"

    def brief(self):
        """Little of it, for keys of which there are many."""
        return dataclasses.replace(self, names=[], guesses=[], queries=["limit=2"], tags=[],
                                   items=self.items[:2], patches=self.patches[:2], conditions=[])

    def some(self, whole, address):
        """Others at each address."""
        step = max(1, len(whole) // self.about)
        return whole[zlib.crc32(address.encode()) % step::step]


def conditions(names, guesses):
    for path in paths(names):
        for operator in ("eq", "ne", "begins_with", "contains", "ge", "not.lt"):
            for guess in guesses[:2]:
                yield {path: f"{operator}.{guess}"}
        for word in ("exists.true", "exists.false", "type.S", "type.N", "not.type.S"):
            yield {path: word}


def paths(names):
    """The names, and in all the ways to write them, and with paths into them, the first two."""
    yield from names
    for name in names[:2]:
        yield from (f'"{name}"', f"{name}.x", f"{name}[0]", f'"{name}".x')


def operations(guess):
    return [f"{operator}.{guess}" for operator in (
        "eq", "ne", "lt", "le", "gt", "ge", "begins_with", "contains", "not.eq", "not.begins_with")
    ] + [f"in.({guess},x)", f"between.({guess},{guess}~)", f"not.in.({guess},x)"]


def filters(names, guesses):
    """Filters on the names, as a query string has them."""
    words = ["exists.true", "exists.false", "not.exists.true", "type.S", "type.N", "type.BOOL",
             "type.NULL", "type.M", "not.type.S", "eq.true", "eq.false", "eq.null", "gt.0", "lt.0",
             "between.(9,1)", "contains.s3cr3t-mark", "begins_with.", 'eq.""', "size.gt.3"]
    for path in paths(names):
        for operation in words + [each for guess in guesses for each in operations(guess)]:
            yield urlencode({path: operation})
    for path in names:
        for guess in guesses[:2]:
            yield urlencode({"or": f"({path}.eq.{guess},id.eq.none)"})
            yield urlencode({"and": f"({path}.begins_with.{guess},not.or(id.eq.none))"})
            yield urlencode({"not.or": f"({path}.eq.{guess})"})
            yield urlencode({"not.and": f'("{path}".ne.{guess},{path}.exists.true)'})
            yield urlencode({"count": "true", path: f"begins_with.{guess}"})
            yield urlencode({"explain": "true", path: f"begins_with.{guess}"})


def shapes(names):
    """Ways to have something shown."""
    yield from ("", "limit=1", "limit=2", "count=true", "consistent_read=true", "explain=true",
                "explain=true&limit=1", "order=desc", "message=%7Bhash%7D%7Brange%7D")
    for path in paths(names):
        for name in ("attributes_to_get", "raw"):
            yield urlencode({name: path})
        yield urlencode({"attributes_to_get": f"id,{path}"})
        yield urlencode({"attributes_to_get": path, "explain": "true"})
        yield urlencode({"message": "{%s}" % path})
        yield urlencode({path: ""})


def queries_at(trick, address):
    all_of_them = address == trick.base
    return [*trick.shapes, *(trick.filters if all_of_them else trick.some(trick.filters, address))]


def gets(trick, address, queries=None):
    """GET in both representations, and HEAD."""
    join = "&" if "?" in address else "?"
    for number, query in enumerate(queries or queries_at(trick, address)):
        target = address + (join + query if query else "")
        yield "GET", target, {"Accept": (JSON, TYPED)[number % 2]}, None
        if number % 5 == 0:
            yield "HEAD", target, {}, None
        if number % 7 == 0:
            yield "GET", f"/apps/shop{target}", {}, None
    for tag in trick.tags:
        yield "GET", address, {"If-None-Match": tag}, None
        yield "GET", address, {"If-Match": tag}, None


def query_bodies(trick, address):
    """The same, their parameters in a body."""
    for number, query in enumerate(queries_at(trick, address)):
        if number % 2:
            yield ("POST", address, {"Content-Type": "application/x-www-form-urlencoded"},
                   query.encode())
            continue
        members = {}
        for part in filter(None, query.split("&")):
            name, _, value = part.partition("=")
            members[unquote_plus(name)] = unquote_plus(value)
        yield "POST", address, {"Content-Type": JSON}, json.dumps(members).encode()


def heads(trick):
    """What a write may say beside its body."""
    yield {}
    yield {"Prefer": "return=representation"}
    yield {"Prefer": "return=representation", "Accept": TYPED}
    yield {"Idempotency-Key": uuid.uuid4().hex, "Prefer": "return=representation"}
    yield {"If-Match": "*", "Prefer": "return=representation"}
    yield {"If-None-Match": "*"}
    for tag in trick.tags:
        yield {"If-Match": tag}
        yield {"If-None-Match": tag}
        yield {"If-Match": f'{tag}, "other"'}


def document(content, value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return {"Content-Type": content}, body


def puts(trick, address):
    for number, (content, item) in enumerate(trick.items):
        for head in heads(trick) if number == 0 else [{"Prefer": "return=representation"}]:
            headers, body = document(content, item)
            yield "PUT", address, {**headers, **head}, body


def patches(trick, address):
    hidden_patches = [*patches_of(trick.names, trick.guesses), *trick.patches]
    for number, (content, patch) in enumerate(hidden_patches):
        for head in heads(trick) if number < 3 else [{"Prefer": "return=representation"}]:
            headers, body = document(content, patch)
            yield "PATCH", address, {**headers, **head}, body
    for condition in trick.some(trick.conditions, address):
        headers, body = document(UPDATE, {"set": {"note": "n"}, "if": condition})
        yield "PATCH", address, headers, body
        yield "PATCH", address + ("&" if "?" in address else "?") + "upsert=true", headers, body


def patches_of(names, guesses):
    yield MERGE, {"note": "merged", "deep": {"a": 1}}
    yield UPDATE, {"set": {"note": "updated"}}
    yield PATCH, [{"op": "add", "path": "/note", "value": "patched"}]
    for name in names:
        yield MERGE, {name: None}
        yield MERGE, {name: "mine"}
        yield MERGE, {name: {"x": 1}}
        for guess in guesses[:2]:
            yield PATCH, [{"op": "test", "path": f"/{name}", "value": guess}]
            yield PATCH, [{"op": "test", "path": f"/{name}/x", "value": guess}]
        for op in ("copy", "move"):
            yield PATCH, [{"op": op, "from": f"/{name}", "path": "/note"}]
            yield PATCH, [{"op": op, "from": f"/{name}/x", "path": "/note"}]
            yield PATCH, [{"op": op, "from": "/note", "path": f"/{name}"}]
        yield PATCH, [{"op": "remove", "path": f"/{name}"}]
        yield PATCH, [{"op": "replace", "path": f"/{name}", "value": 1}]
        yield PATCH, [{"op": "add", "path": f"/{name}/-", "value": 1}]
        yield UPDATE, {"remove": [name]}
        yield UPDATE, {"set": {f'"{name}"': 1}}
        yield UPDATE, {"set": {f"{name}.x": 1}}
        yield UPDATE, {"add": {name: 1}}
        yield UPDATE, {"append": {name: ["x"]}}
        yield UPDATE, {"delete": {name: ["x"]}}


def deletes(trick, address):
    for tag in trick.tags:
        yield "DELETE", address, {"If-Match": tag + '-not"'}, None
    yield "DELETE", address, {"If-None-Match": "*"}, None


def members(trick, key):
    """A key as bodies name it."""
    return dict(zip(trick.key_names, map(unquote_plus, key)))


def creations(trick):
    for number, (content, item) in enumerate(trick.items):
        headers, body = document(content, item)
        for head in heads(trick) if number == 0 else [{"Prefer": "return=representation"}]:
            yield "POST", trick.base, {**headers, **head}, body


def batch_gets(trick):
    keys = [members(trick, key) for key in trick.known]
    raw = [members(trick, key) for key in trick.keys]
    for path in ["", *paths(trick.names)]:
        more = {"attributes_to_get": path} if path else {}
        yield ("POST", f"{trick.base}:batchGet",
               *document(JSON, {"keys": keys, **more}))
    for one in [*keys, *raw]:
        typed = {name: {"S": value} for name, value in one.items()}
        yield ("POST", f"{trick.base}:batchGet", *document(TYPED, {"keys": [typed]}))
        yield ("POST", f"{trick.base}:batchGet", *document(JSON, {"keys": [one]}))


def batch_writes(trick):
    for content, item in trick.items:
        if not isinstance(item, bytes):
            yield ("POST", f"{trick.base}:batchWrite", *document(content, {"put": [item]}))
    for key in trick.keys:
        one = members(trick, key)
        typed = {name: {"S": value} for name, value in one.items()}
        yield ("POST", f"{trick.base}:batchWrite", *document(TYPED, {"delete": [typed]}))
        yield ("POST", f"{trick.base}:batchWrite", *document(JSON, {"delete": [one]}))


def transactions(trick):
    model = trick.model
    some = members(trick, trick.known[0])

    def write(entry, content=JSON):
        return ("POST", "/transactions", *document(content, {"write": [{"model": model, **entry}]}))

    def get(key, content=JSON, **more):
        return ("POST", "/transactions",
                *document(content, {"get": [{"model": model, "key": key, **more}]}))

    for path in paths(trick.names):
        yield get(some, attributes_to_get=path)
        yield get(some, attributes_to_get=f"id,{path}")
    for condition in trick.conditions:
        yield write({"check": some, "if": condition})
        yield write({"update": {"key": some, "set": {"note": "t"}, "if": condition}})
        yield write({"delete": {**some}, "if": {**condition, "note": "eq.never"}})
    for name in trick.names:
        yield write({"update": {"key": some, "set": {name: 1}}})
        yield write({"update": {"key": some, "remove": [name]}})
    for content, item in trick.items:
        if not isinstance(item, bytes):
            yield write({"put": item}, content)
    for key in [*trick.known, *trick.keys]:
        one = members(trick, key)
        typed = {name: {"S": value} for name, value in one.items()}
        for content, each in ((JSON, one), (TYPED, typed)):
            yield get(each, content)
            yield write({"check": each, "if": {"note": "exists.true"}}, content)
            yield write({"update": {"key": each, "set": {"note": "t"}}}, content)
        if key in trick.keys:
            yield write({"delete": typed}, TYPED)
            yield write({"delete": typed, "if": {"note": "exists.true"}}, TYPED)


def with_crafted(trick, known):
    yield from ((key, trick) for key in known)
    yield from ((key, trick.brief()) for key in trick.keys)


def of_keys(make, length):
    """The requests of a route whose path has a key of that length."""
    def requests(trick):
        for key, tried in with_crafted(trick, trick.known):
            if len(key) >= length:
                yield from make(tried, trick.at(key[:length]))
    return requests


def of_item(make):
    def requests(trick):
        for key, tried in with_crafted(trick, trick.known):
            parameters = "&".join("=".join(pair) for pair in zip(("hash", "range"), key))
            yield from make(tried, f"{trick.base}:item?{parameters}")
    return requests


def of_index(suffix, make=gets):
    def requests(trick):
        for index in [trick.index, "none"]:
            yield from make(trick, f"{trick.base}@{index}{suffix}")
    return requests


def of_index_keys(length):
    def requests(trick):
        for key, tried in with_crafted(trick, trick.index_keys):
            if len(key) >= length:
                yield from gets(tried, f"{trick.base}@{trick.index}/{'/'.join(key[:length])}")
    return requests


def plain(address):
    return lambda trick: gets(trick, address, ["", "explain=true"])


# Operation → the requests that try it. All operations of the router are here, or the test of
# that fails; those that change things stand last.
WAYS = {
    "listApps": plain("/apps"),
    "getApp": plain("/apps/shop"),
    "listModels": plain("/models"),
    "getOpenapi": plain("/openapi.json"),
    "scan": lambda trick: gets(trick, trick.base),
    "first": lambda trick: gets(trick, f"{trick.base}:first"),
    "getItemByParameters": of_item(gets),
    "query": lambda trick: query_bodies(trick, f"{trick.base}:query"),
    "get": of_keys(gets, 1),
    "getItem": of_keys(gets, 2),
    "scanIndex": of_index(""),
    "firstOfIndex": of_index(":first"),
    "queryIndexByBody": of_index(":query", query_bodies),
    "queryIndex": of_index_keys(1),
    "queryIndexRange": of_index_keys(2),
    "batchGet": batch_gets,
    "transact": transactions,
    "patchByHash": of_keys(patches, 1),
    "patch": of_keys(patches, 2),
    "patchByParameters": of_item(patches),
    "create": creations,
    "putByHash": of_keys(puts, 1),
    "put": of_keys(puts, 2),
    "putByParameters": of_item(puts),
    "batchWrite": batch_writes,
    "deleteByHash": of_keys(deletes, 1),
    "delete": of_keys(deletes, 2),
    "deleteByParameters": of_item(deletes),
}


def by_token(requests, token):
    """The same of the app guarded, with a token; token None: as they are."""
    for method, target, headers, body in requests:
        if token:
            target = re.sub("^/apps/shop|^(?=/(models|transactions|openapi))", "/apps/guarded",
                            target)
            headers = {**headers, "Authorization": f"Bearer {token}"}
        yield method, target, headers, body


def every_way(trick, part=1):
    """One of `part` of its requests."""
    every = itertools.chain.from_iterable(ways(trick) for ways in WAYS.values())
    return itertools.islice(every, 0, None, part)
