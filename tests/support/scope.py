"""Two worlds that differ only in what clients must not learn: each request goes to both, and what
they answer is compared byte by byte."""
import base64
import http.client
import json
import pathlib
import re
import sqlite3
import uuid

import boto3

import apps
from daemon import Daemon
from tables import from_typed

ROUTER = pathlib.Path(__file__).parents[2] / "daemon/http/router.c"
JSON, TYPED = "application/json", "application/x-amz-json-1.0"
MERGE, PATCH = "application/merge-patch+json", "application/json-patch+json"
UPDATE = "application/vnd.dynamod.update+json"
TIMEOUT_S = 60

MARK, NUMBER = "s3cr3t-mark-", "7919791979"  # each secret begins so

HIDDEN = ["password_hash", "pin", "blob", "list", "map", "set", "flag", "mixed", "maybe"]


def routes():
    """Operation → (pattern, methods), out of the router's own table."""
    table = ROUTER.read_text().split("static const struct route routes[] = {")[1]
    table = table.split("\n};")[0]
    row = re.compile(r'\{"(/[^"]*)",\s*([A-Z_| ]+),.*?"(\w+)",\s*"[^"]*"\}', re.S)
    found = {operation: (pattern, methods.replace("METHOD_", "").split(" | "))
             for pattern, methods, operation in row.findall(table)}
    assert len(found) == table.count('{"/'), "a row of the router's table was not understood"
    return found


# --- secrets


class Secrets:
    """Of one world. What is of one kind has one size in all worlds."""

    def __init__(self, is_first):
        self.is_first = is_first
        self.texts = []  # all that must never be seen

    def text(self):
        self.texts.append(f"{MARK}{uuid.uuid4()}")
        return self.texts[-1]

    def number(self):
        self.texts.append(f"{NUMBER}{uuid.uuid4().int % 10 ** 10 + 10 ** 10}")
        return self.texts[-1]

    def attributes(self):
        """One of each type, under the names of HIDDEN, as DynamoDB JSON; they are there or
        not, and of another type, in one world alone."""
        blob = self.text().encode()
        return {
            "password_hash": {"S": self.text()}, "pin": {"N": self.number()},
            "blob": {"B": base64.b64encode(blob).decode()},
            "list": {"L": [{"S": self.text()}, {"N": self.number()}]},
            "map": {"M": {"x": {"S": self.text()}}}, "set": {"SS": [self.text()]},
            "flag": {"BOOL": self.is_first},
            "mixed": {"S": "ab"} if self.is_first else {"N": "12"},
            **({"maybe": {"NULL": True}} if self.is_first else {}),
        }


def forms(text):
    """How it may be written, alone or in the middle of something longer."""
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        core = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:(shift + len(raw)) // 3 * 4]
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")


# --- worlds


def key_of(item):
    """Its text, of any table."""
    return json.dumps([item.get(name, {}).get("S") for name in ("id", "pk", "sk")])


class World:
    """A daemon, its app shop, which is under test, its app guarded, which is it too, by tokens,
    and its app back, which sees everything."""

    def __init__(self, binary, folder, store, host, shop, guarded, back, items, secrets):
        self.secrets, self.store, self.folder = secrets, store, folder
        folder.mkdir()
        self.host = f"sqlite:{folder}/scope.db" if store == "sqlite" else host
        connection = {"host": self.host} if store == "sqlite" else apps.connection(host)
        both = {"dynamodb": {**connection}, "token_secret": "scope" * 8}
        for model in [*shop.values(), *guarded["models"].values(), *back.values()]:
            model["create_table"] = True
        self.daemon = Daemon(binary, folder, {
            "shop": {"default": True, **both, "models": shop}, "guarded": {**both, **guarded},
            "back": {**both, "models": back}},
            max_auth_failures=0)
        self.daemon.wait_ready()
        self.http = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=TIMEOUT_S)
        for model, rows in items.items():
            self.fill(model, rows)
        self.before = {model: self.rows(back[model]["table_name"]) for model in back}

    def fill(self, model, rows):
        body = json.dumps({"put": rows}).encode()
        status, _, reply = self.ask("POST", f"/apps/back/models/{model}:batchWrite",
                                    {"Content-Type": TYPED}, body)
        assert status == 200, reply

    def ask(self, method, target, headers=None, body=None):
        self.http.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": "localhost", "X-Request-Id": "scope",
                            **(headers or {})}.items():
            self.http.putheader(name, value)
        if body is not None:
            self.http.putheader("Content-Length", str(len(body)))
        self.http.endheaders(body)
        response = self.http.getresponse()
        return response.status, response.getheaders(), response.read()

    def rows(self, table):
        """Key → item, as the store itself has them: DynamoDB JSON."""
        if self.store == "sqlite":
            with sqlite3.connect(f"file:{self.folder}/scope.db?mode=ro", uri=True) as file:
                found = [json.loads(item) for item, in file.execute(
                    "SELECT i.item FROM items i JOIN tables t ON t.id = i.table_id"
                    " WHERE t.name = ?", [table])]
            return {key_of(item): from_typed({"M": item})["M"] for item in found}
        client = boto3.client("dynamodb", endpoint_url=self.host, region_name="eu-west-1",
                              aws_access_key_id=apps.KEY, aws_secret_access_key=apps.SECRET)
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return {key_of(item): item for page in pages for item in page["Items"]}

    def close(self):
        self.http.close()
        self.daemon.stop()


# --- replies


def masked(reply):
    """Without what differs between any two requests."""
    status, headers, body = reply
    kept = [(name, re.sub(r"(ttl=|detail=)-?\w+", r"\1", value))
            for name, value in headers if name.lower() not in ("date", "server-timing", "age")]
    return status, kept, re.sub(rb'"request_id":"[0-9a-f-]{36}"', b"", body)


def reply_bytes(reply):
    status, headers, body = reply
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{status}\r\n{head}\r\n".encode() + body


def request_bytes(request):
    method, target, headers, body = request
    return " ".join([method, target, *headers.values()]).encode() + b" " + (body or b"")


class Walk:
    """Sends each request to both worlds, and keeps what is wrong with the answers."""

    def __init__(self, worlds):
        self.worlds = worlds
        self.marks = [*forms(MARK), *forms(NUMBER)]
        self.forms = [form for world in worlds for text in world.secrets.texts
                      for form in forms(text)]
        self.wrong, self.statuses, self.count = [], {}, 0

    def send(self, request):
        """The first world's reply."""
        replies = [world.ask(*request) for world in self.worlds]
        self.count += 1
        self.statuses[replies[0][0]] = self.statuses.get(replies[0][0], 0) + 1
        if masked(replies[0]) != masked(replies[1]):
            self.wrong.append(("differs", request, *map(masked, replies)))
        for reply in replies:
            if self.shows(reply_bytes(reply), request_bytes(request)):
                self.wrong.append(("shows", request, reply))
        return replies[0]

    def shows(self, seen, asked):
        """A secret that was not in the request."""
        return any(mark in seen for mark in self.marks) and \
            any(form in seen and form not in asked for form in self.forms)

    def all(self, requests):
        for request in requests:
            self.send(request)
        return self

    def assert_nothing_wrong(self):
        assert not self.wrong, "%d of %d:\n%s" % (
            len(self.wrong), self.count, "\n\n".join(map(repr, self.wrong[:5])))
