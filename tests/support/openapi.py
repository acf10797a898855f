"""An OpenAPI document as a client reads it: its operations, requests made of their schemas,
and whether an answer is one that is documented."""
import dataclasses
import json
import re
import urllib.parse

import jsonschema

# What values are picked from: each fits some schemas, and not others.
POOL = [
    "ada", "1", "-2.5e3", "2024-01-02T03:04:05Z", "AAAA", "AAE", "true", "false", "asc", "desc",
    "size", "name", "name,tags", "tags[0]", "doc.a", "eq.1", "not.exists.true", "in.(1,2)",
    "type.S",
    "(size.gt.1,name.eq.x)", "(or(a.eq.1,b.eq.2))", "handling=lenient",
    "return=representation", "return=minimal", "/name", "/more", "*", '"tag"', "é", "a/b",
    "", "x y", "0", "1000", "1001", "-1", "\u0001", "x" * 300, "%",
    0, 1, 100, 1000, 1001, -1, True, False, None, [], ["eq.1"], {}, [1], {"x": {"y": 1}}]

# Members that no schema names.
NAMES = ["name", "more", "doc.a"]
DEPTH = 4

JSON = ("Content-Type", "application/json")

# What no schema knows.
KNOWN = {"app": "other"}

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
METHODS = ("get", "post", "put", "patch", "delete")
# HTTP's own, which no document tells of.
PLAIN_HEADERS = {"date", "content-length", "content-type", "connection", "allow",
                 "x-content-type-options", "cache-control"}

checker = jsonschema.FormatChecker(formats=())


@checker.checks("date-time")
def is_date_time(value):
    return not isinstance(value, str) or DATE_TIME.fullmatch(value) is not None


def as_text(value):
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def readings(text):
    """What a text in a URL may stand for."""
    yield text
    if text in ("true", "false"):
        yield text == "true"
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        yield int(text)


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: list
    body: bytes = None


class Document:
    def __init__(self, document):
        self.document = document
        self.base = document["servers"][0]["url"].rstrip("/")
        self._resolver = jsonschema.RefResolver.from_schema(document)

    def resolve(self, value):
        return self._resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def errors(self, schema, value):
        validator = jsonschema.Draft202012Validator(schema, resolver=self._resolver,
                                                    format_checker=checker)
        return [error.message for error in validator.iter_errors(value)]

    # --- values that fit ---

    def value(self, schema, random, least=False):
        """One that fits the schema, as the pool has any; with no more than there must be."""
        for attempt in range(200):
            made = self._any(schema, random, DEPTH if least and attempt < 20 else 0)
            if not self.errors(schema, made):
                return made
        raise AssertionError(f"nothing fits {schema}")

    def _flat(self, schema, random):
        """Without references, and with one of each choice: objects' members together."""
        flat = {**schema, "properties": {**schema.get("properties", {})},
                "required": [*schema.get("required", [])]}
        others = [self.resolve(schema)] if "$ref" in schema else []
        others += schema.get("allOf", [])
        others += [random.choice(schema[word]) for word in ("anyOf", "oneOf") if word in schema]
        for other in others:
            more = self._flat(other, random) if isinstance(other, dict) else {}
            members = {**more.get("properties", {}), **flat["properties"]}
            flat = {**more, **flat, "properties": members,
                    "required": [*flat["required"], *more.get("required", [])]}
        return flat

    def _any(self, schema, random, depth):
        flat = self._flat(schema, random) if isinstance(schema, dict) else {}
        if "const" in flat:
            return flat["const"]
        if flat.get("type") == "array" and "items" in flat:
            count = random.randint(flat.get("minItems", 0), 2 if depth < DEPTH else 1)
            return [self._any(flat["items"], random, depth + 1) for _ in range(count)]
        if flat.get("type") == "object":
            return self._object(flat, random, depth)
        fitting = [value for value in POOL if not self.errors(schema, value)]
        return random.choice(fitting or POOL)

    def _object(self, flat, random, depth):
        members = flat["properties"]
        names = {*flat["required"]}
        if depth < DEPTH:
            names.update(random.sample(sorted(members), min(len(members), random.randint(0, 2))))
        if depth < DEPTH and flat.get("additionalProperties", True) and random.random() < 0.5:
            names.add(random.choice(NAMES))
        others = flat.get("additionalProperties", True)
        return {name: self._any(members.get(name, others), random, depth + 1)
                for name in sorted(names)}

    def operations(self):
        return [Operation(self, path, method, item[method])
                for path, item in self.document["paths"].items()
                for method in METHODS if method in item]


class Operation:
    def __init__(self, document, path, method, described):
        self.document, self.path, self.method = document, path, method
        self.id = described["operationId"]
        self.parameters = [document.resolve(one) for one in described["parameters"]]
        self.responses = {int(status): document.resolve(response)
                          for status, response in described["responses"].items()}
        self.bodies = described.get("requestBody", {}).get("content", {})
        self.needs_body = described.get("requestBody", {}).get("required", False)
        item = document.document["paths"][path]
        self.base = item["servers"][0]["url"].rstrip("/") if "servers" in item else document.base

    def of(self, place):
        return [one for one in self.parameters if one["in"] == place]

    # --- requests ---

    def fits(self, schema, text):
        return any(not self.document.errors(schema, value) for value in readings(text))

    def values(self, parameter, valid=True):
        """Texts that a parameter can be, or cannot."""
        texts = [value for value in map(as_text, POOL) if isinstance(value, str)]
        if parameter["in"] == "path":
            texts = [text for text in texts if text]  # an empty one is another path
        if parameter["in"] == "header":
            texts = [text for text in texts if text.isprintable() and text.isascii() and text]
        return [text for text in texts if self.fits(parameter["schema"], text) == valid]

    def pairs(self, parameter, random, valid=True):
        """A query parameter as names and values: an object's members are each of them one."""
        schema = parameter["schema"]
        if schema.get("type") != "object":
            return [(parameter["name"], random.choice(self.values(parameter, valid)))]
        name = random.choice(["size", "name", "doc.a", '"limit"', *schema["properties"]])
        member = schema["properties"].get(name, schema["additionalProperties"])
        return [(name, random.choice(self.values({"in": "query", "schema": member}, valid)))]

    def has_unfit(self, parameter):
        """Whether there is a value that it cannot be."""
        return parameter["schema"].get("type") == "object" or bool(self.values(parameter, False))

    def body(self, random, kind, valid=True):
        schema = self.bodies[kind]["schema"]
        if kind == "application/x-www-form-urlencoded":
            return self._form(schema, random, valid)
        if not valid:
            return random.choice([b"{", b"[]", b"1", b"null", b'{"limit":{}}', b'{"limit":"x"}'])
        return json.dumps(self.document.value(schema, random)).encode()

    def _form(self, schema, random, valid):
        members = {}
        for name in random.sample(sorted(schema["properties"]), random.randint(0, 2)):
            texts = [as_text(value) for value in POOL
                     if (not self.document.errors(schema["properties"][name], value)) == valid]
            members[name] = random.choice([text for text in texts if isinstance(text, str)])
        return urllib.parse.urlencode(members).encode()

    def request(self, random, query=(), paths=None, headers=(), body=None,
                is_guarded=True):
        """Valid but for what is given: with a body and a condition where they are needed."""
        path = self.path
        for parameter in self.of("path"):
            value = {**KNOWN, **(paths or {})}.get(parameter["name"])
            value = value or random.choice(self.values(parameter))
            path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(value, safe=""))
        query = "&".join(f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='')}"
                         for name, value in query)
        if body is None and self.needs_body:
            least = self.document.value(self.bodies[JSON[1]]["schema"], random, least=True)
            headers, body = [*headers, JSON], json.dumps(least).encode()
        if 428 in self.responses and is_guarded and "If-Match" not in dict(headers):
            headers = [*headers, ("If-Match", "*")]
        return Request(self.method.upper(), self.base + path + ("?" + query if query else ""),
                       list(headers), body)

    def required(self, random):
        """The query that there must be."""
        return [pair for one in self.of("query") if one.get("required")
                for pair in self.pairs(one, random)]

    def any_request(self, random):
        """Whatever the schemas can be made to say, and sometimes what they cannot."""
        def valid():
            return random.random() < 0.9
        paths = {one["name"]: random.choice(self.values(one, valid()) or ["ada"])
                 for one in self.of("path") if one["name"] not in KNOWN or random.random() < 0.5}
        query = []
        for one in self.of("query"):
            if one.get("required") or random.random() < 0.2:
                fits = valid() or not self.has_unfit(one)
                query += self.pairs(one, random, fits)
        headers = [(one["name"], random.choice(self.values(one) or ["x"]))
                   for one in self.of("header") if random.random() < 0.15]
        if random.random() < 0.6:
            headers.append(("Accept", random.choice([*self.kinds(), "*/*"])))
        body = b"" if self.bodies else None
        if self.bodies and random.random() < 0.9:
            kind = random.choice(list(self.bodies))
            body = self.body(random, kind, valid())
            headers.append(("Content-Type", kind if valid() else "text/html"))
        return self.request(random, query, paths, headers, body, is_guarded=valid())

    def kinds(self):
        """All content types of its answers, in an order."""
        return sorted({kind for response in self.responses.values()
                       for kind in response.get("content", {})})

    # --- answers ---

    def complaints(self, response):
        """What of the answer is not as the document says."""
        described = self.responses.get(response.status)
        if described is None:
            return [f"{response.status} is not documented: {response.body[:300]}"]
        return self._header_complaints(described, response) + \
            self._body_complaints(described, response)

    def _header_complaints(self, described, response):
        known = {name.lower(): self.document.resolve(header)["schema"]
                 for name, header in described["headers"].items()}
        return [f"{name}: {value!r} is not as documented"
                for name, value in response.headers.items() if name not in PLAIN_HEADERS
                and not (name in known and self._header_fits(known[name], value))]

    def _header_fits(self, schema, value):
        if schema["type"] == "number":
            return not self.document.errors(schema, float(value))
        return self.fits(schema, value)

    def _body_complaints(self, described, response):
        content = described.get("content")
        if content is None:
            return ["a body where none is documented"] if response.body else []
        if response.status == 201 and not response.body:
            return []  # as Prefer asks
        kind = response.headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            return [f"{kind} is not documented for {response.status}"]
        if "schema" not in content[kind]:
            return []
        value = response.json if kind.endswith(("json", "json-1.0")) else response.body.decode()
        return self.document.errors(content[kind]["schema"], value)
