"""Clients' certificates as those who may ask, over real mutual TLS: what each name may do, and a
name that is taken away."""
import signal

import pytest

from certificates import CLIENT, Certificates
from daemon import settings
from test_auth import app
from test_tls import Client, of, secure

NAMED = {
    "subject": {"subject": "CN=web,O=Acme", "allow": ["read"]},
    "dns": {"san": "DNS:jobs.internal", "allow": ["write"]},
    "uri": {"san": "URI:spiffe://acme/part", "models": ["todo"]},
    "email": {"san": "EMAIL:ops@acme.example"},
}
# What GET and PUT of todo, then GET and PUT of ledger are answered with.
MAY = {
    "subject": (404, 403, 404, 403),
    "dns": (403, 201, 403, 201),
    "uri": (404, 201, 403, 403),
    "email": (404, 201, 404, 201),
    "nobody": (401, 401, 401, 401),
    None: (401, 401, 401, 401),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for each name, and one that is good and bears none of them."""
    made = Certificates(tmp_path_factory.mktemp("names"))
    made.issue("ec")
    for file, subject, sans in [
            ("subject", "O=Acme,CN=web", ()),
            ("dns", "CN=jobs", ("DNS:other.internal", "DNS:JOBS.internal")),
            ("uri", "CN=part", ("URI:spiffe://acme/part",)),
            ("email", "CN=ops", ("EMAIL:ops@acme.example",)),
            ("nobody", "O=Acme,CN=web,CN=web", (
                "DNS:jobs.internal.evil", "URI:spiffe://acme/PART", "EMAIL:ops@acme.example.evil",
                "DNS:ops@acme.example"))]:
        made.issue(file, subject, purpose=CLIENT, sans=sans)
    return made


def named(*names):
    return {"app": app({"certificates": [{"name": name, **NAMED[name]} for name in names]})}


@pytest.fixture
def daemon(start, authority):
    group = of(authority, client_ca=str(authority.file), client_certificate="optional")
    return start(named(*NAMED), listen=[secure(group)], threads=1)


def client(daemon, authority, name):
    return Client(daemon, authority, authority.pair(name) if name else None)


@pytest.mark.parametrize("name", MAY)
def test_what_each_name_may(daemon, authority, survived, name):
    asking = client(daemon, authority, name)
    found = []
    for model in ("todo", "ledger"):
        for method, body in (("GET", None), ("PUT", "{}")):
            found.append(asking.get(f"/models/{model}/{name}", method, body)[0])
    assert tuple(found) == MAY[name]
    if 401 in found:
        survived("auth: certificates that are nobody's", len(found))


def test_a_name_that_is_taken_away(daemon, authority, survived):
    """On a connection that is there, from the next request on."""
    taken, kept = (client(daemon, authority, name) for name in ("email", "uri"))
    for asking in (taken, kept):
        assert asking.get("/models/todo/1")[0] == 404
    (daemon.config.parent / "apps.d/app.conf").write_text(
        settings(named("subject", "dns", "uri")["app"]))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reloaded: ")
    assert [taken.get("/models/todo/1")[0], kept.get("/models/todo/1")[0]] == [401, 404]
    assert client(daemon, authority, "email").get("/models/todo/1")[0] == 401
    survived("auth: certificates that are nobody's", 2)
