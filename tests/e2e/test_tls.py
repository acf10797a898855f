"""TLS in front: what is offered, who is let in, and certificates that change under load. The
clients are openssl, curl and Python's ssl."""
import collections
import contextlib
import datetime
import http.client
import re
import signal
import socket
import ssl
import subprocess
import threading

import pytest

import apps
from certificates import CLIENT, DAY, SERVER, Certificates
from client import TIMEOUT_S, curl, parse
from daemon import Daemon, free_port, settings
from service_manager import Sockets
from test_admin import scrape, value
from upstream import item
from waiting import WAIT_S

LARGE = "x" * 300_000
Shown = collections.namedtuple("Shown", "protocol cipher alpn text status")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Server certificates of each kind of key, and clients' good and bad ones."""
    made = Certificates(tmp_path_factory.mktemp("tls"))
    for key in ("ec", "rsa", "ed25519"):
        made.issue(key, key=key)
    made.issue("client", "O=Acme,CN=web", purpose=CLIENT,
               sans=("DNS:web.internal", "URI:spiffe://acme/web", "EMAIL:web@acme.example"))
    made.issue("expired", "CN=web", purpose=CLIENT, begin=-3 * DAY, end=-DAY)
    made.issue("early", "CN=web", purpose=CLIENT, begin=DAY, end=2 * DAY)
    made.issue("purpose", "CN=web", purpose=SERVER)
    return made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """A client of another authority."""
    return Certificates(tmp_path_factory.mktemp("stranger"), "Another").issue(
        "client", "O=Acme,CN=web", purpose=CLIENT)


def tls(pair, **more):
    return {"certificate": str(pair.certificate), "key": str(pair.key), **more}


def of(authority, name="ec", **more):
    return tls(authority.pair(name), **more)


def secure(group, address="127.0.0.1:0"):
    return {"address": address, "tls": group}


def embedded(folder):
    return {"app": apps.embedded_app(f"sqlite:{folder}/app.db", allow=["read", "write"])}


@contextlib.contextmanager
def running(binary, folder, group):
    daemon = Daemon(binary, folder, embedded(folder), listen=[secure(group)])
    try:
        yield daemon.wait_ready()
        daemon.stop()
    finally:
        daemon.kill()


@pytest.fixture(scope="module", params=["ec", "rsa", "ed25519"])
def each_key(request, binary, authority, tmp_path_factory):
    """(its name, a daemon with TLS alone)"""
    with running(binary, tmp_path_factory.mktemp(request.param),
                 of(authority, request.param)) as daemon:
        yield request.param, daemon


@pytest.fixture(scope="module")
def served(binary, authority, tmp_path_factory):
    """A daemon with TLS alone."""
    with running(binary, tmp_path_factory.mktemp("served"), of(authority)) as daemon:
        yield daemon


def context_for(authority, client=None):
    context = ssl.create_default_context(cafile=authority.file)
    if client:
        context.load_cert_chain(client.certificate, client.key)
    return context


def connect(daemon, authority, client=None):
    raw = socket.create_connection(("127.0.0.1", daemon.port), timeout=TIMEOUT_S)
    return context_for(authority, client).wrap_socket(raw, server_hostname="localhost")


class Client:
    """Keeps its connection."""

    def __init__(self, daemon, authority, client=None):
        self.http = http.client.HTTPSConnection(
            "localhost", daemon.port, timeout=TIMEOUT_S,
            context=context_for(authority, client))

    def get(self, target, method="GET", body=None):
        self.http.request(method, target, body, {"Content-Type": "application/json"})
        response = self.http.getresponse()
        return response.status, response.read()

    def certificate(self):
        return self.http.sock.getpeercert()


def s_client(daemon, *options, stdin=""):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port}", *options],
        input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S)
    text = done.stdout + done.stderr
    new = re.search(r"^New, (\S+), Cipher is (\S+)$", text, re.M)
    alpn = re.search(r"^ALPN protocol: (\S+)$", text, re.M)
    return Shown(new and new[1], new and new[2], alpn and alpn[1], text, done.returncode)


def refused(daemon, *options):
    return s_client(daemon, *options).cipher in (None, "(NONE)")


# --- what is offered


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_each_kind_of_key_serves(each_key, authority, version):
    _, daemon = each_key
    shown = s_client(daemon, f"-{version}", "-CAfile", str(authority.file),
                     "-verify_return_error")
    assert shown.protocol == version.upper().replace("TLS1_", "TLSv1."), shown.text
    assert "Verify return code: 0 (ok)" in shown.text
    assert "Secure Renegotiation IS NOT" not in shown.text or version == "tls1_3"
    assert "Compression: NONE" in shown.text


def test_old_versions_are_refused(served):
    for version in ("tls1", "tls1_1"):
        assert refused(served, f"-{version}", "-cipher", "ALL:@SECLEVEL=0")
    done = subprocess.run(["curl", "-sSk", "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0",
                           f"https://127.0.0.1:{served.port}/models"], capture_output=True)
    assert done.returncode == 35, done


GOOD = re.compile(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)")


def test_ciphers_have_forward_secrecy_and_authenticate(each_key):
    """All that openssl knows are offered, then all but those that were taken before."""
    _, daemon = each_key
    taken = []
    while True:
        offered = ":".join(["ALL:COMPLEMENTOFALL", *(f"!{cipher}" for cipher in taken)])
        shown = s_client(daemon, "-tls1_2", "-cipher", f"{offered}:@SECLEVEL=0")
        if shown.cipher in (None, "(NONE)"):
            break
        taken.append(shown.cipher)
    assert len(taken) == 3 and all(GOOD.fullmatch(cipher) for cipher in taken), taken


def test_signatures_with_sha1_are_not_made(served):
    assert refused(served, "-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher",
                   "ALL:@SECLEVEL=0")


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
@pytest.mark.parametrize("offered, taken", [("http/1.1", "http/1.1"), ("h2,http/1.1", "http/1.1"),
                                            (None, None)])
def test_the_protocol_is_http_1_1(served, version, offered, taken):
    options = ["-alpn", offered] if offered else []
    shown = s_client(served, f"-{version}", *options)
    assert (shown.alpn, shown.protocol is not None) == (taken, True), shown.text


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_who_speaks_h2_alone_is_refused(served, version):
    assert refused(served, f"-{version}", "-alpn", "h2")


def test_nothing_is_renegotiated(served):
    shown = s_client(served, "-tls1_2", stdin="R\n")
    assert "RENEGOTIATING" in shown.text and "read R BLOCK" not in shown.text
    assert shown.status != 0 or "error" in shown.text or "closed" in shown.text
    assert curl(f"https://127.0.0.1:{served.port}/models", "-k").status == 200


# --- HTTP over it


def test_requests_over_one_connection(served, authority):
    client = Client(served, authority)
    for number in range(20):
        status, _ = client.get(f"/models/todo/{number}", "PUT", f'{{"n": {number}}}')
        assert status == 201
        first = client.http.sock
        assert client.get(f"/models/todo/{number}")[0] == 200
        assert client.http.sock is first


def test_pipelined_requests(served, authority):
    with connect(served, authority) as connection:
        request = b"GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(request * 9 + request.replace(b"\r\n\r\n",
                                                         b"\r\nConnection: close\r\n\r\n"))
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.count(b"HTTP/1.1 200 OK") == 10


def test_large_bodies_both_ways(start, authority, upstream):
    upstream.script = lambda _: item(id={"S": "1"}, text={"S": LARGE})
    app = apps.todo_app(upstream.url)
    app["models"]["todo"] = {**apps.TASK, "allow": ["read", "write"]}
    daemon = start({"app": app}, listen=[secure(of(authority))])
    client = Client(daemon, authority)
    status, body = client.get("/models/todo/1")
    assert status == 200 and LARGE.encode() in body
    assert client.get("/models/todo/1", "PUT", f'{{"text": "{LARGE}"}}')[0] == 204
    assert client.get("/models/todo/1")[0] == 200


def test_a_request_split_into_bytes(served, authority):
    with connect(served, authority) as connection:
        for byte in b"GET /models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert parse(received).status == 200


def test_half_closed(served, authority):
    """Who says that nothing follows is told the same."""
    with connect(served, authority) as connection:
        connection.sendall(b"GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.settimeout(WAIT_S)
        with contextlib.suppress(OSError):
            connection.unwrap().shutdown(socket.SHUT_WR)


def test_plain_http_to_the_port_of_tls(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=TIMEOUT_S) as plain:
        plain.sendall(b"GET /models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP" not in plain.recv(65536)
    assert curl(f"https://127.0.0.1:{served.port}/models", "-k").status == 200


def test_tls_to_the_port_of_plain_http(start, tmp_path):
    daemon = start(embedded(tmp_path))
    assert refused(daemon)
    assert curl(f"{daemon.url}/models").status == 200


def test_plain_and_tls_side_by_side(start, authority, tmp_path):
    path = tmp_path / "plain.sock"
    daemon = start(embedded(tmp_path), threads=2, listen=[
        "127.0.0.1:0", secure(of(authority)), secure(of(authority, "rsa")), f"unix:{path}"])
    ports = re.findall(r"listening on (https?)://127\.0\.0\.1:(\d+)", daemon.log)
    assert [scheme for scheme, _ in ports] == ["http", "https", "https"]
    for scheme, port in ports:
        for _ in range(8):
            assert curl(f"{scheme}://127.0.0.1:{port}/models", "-k").status == 200
    assert curl("http://localhost/models", "--unix-socket", str(path)).status == 200


def test_inherited_sockets(start, authority, tmp_path):
    held = Sockets()
    try:
        held.tcp()
        held.tcp("admin")
        held.unix(tmp_path / "s")
        daemon = start(embedded(tmp_path), inherited={"tls": of(authority)}, threads=2,
                       listen=["127.0.0.1:1", "127.0.0.1:2"], **held.options())
        with connect(daemon, authority) as connection:
            assert connection.version()
        assert curl("https://localhost/models", "-k", "--unix-socket",
                    str(tmp_path / "s")).status == 200
        assert daemon.admin_url.startswith("http://")
    finally:
        held.close()


def test_the_admin_has_tls_and_is_asked_over_it(start, authority, binary, tmp_path):
    port = free_port()
    daemon = start(embedded(tmp_path), admin=secure(of(authority), f"127.0.0.1:{port}"))
    assert daemon.admin_url == f"https://127.0.0.1:{port}"
    assert curl(f"{daemon.admin_url}/live", "-k").status == 200
    for question in ("--check-live", "--check-ready"):
        done = subprocess.run([binary, question, "-c", daemon.config], capture_output=True,
                              text=True, timeout=TIMEOUT_S)
        assert (done.returncode, done.stderr) == (0, ""), done
    done = subprocess.run([binary, "--check-live", "--admin", f"127.0.0.1:{port}"],
                          capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 1


# --- clients' certificates


@pytest.fixture(scope="module", params=["optional", "required"])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def asking(binary, authority, mode, tmp_path_factory):
    group = of(authority, client_ca=str(authority.file), client_certificate=mode)
    with running(binary, tmp_path_factory.mktemp(mode), group) as daemon:
        yield daemon


def with_certificate(daemon, pair, *options):
    certificate = ["--cert", str(pair.certificate), "--key", str(pair.key)] if pair else []
    return subprocess.run(
        ["curl", "-sSk", "-o", "/dev/null", "-w", "%{http_code}", *certificate, *options,
         f"https://127.0.0.1:{daemon.port}/models"],
        capture_output=True, text=True, timeout=TIMEOUT_S)


VERSIONS = [("--tls-max", "1.2"), ("--tlsv1.3",)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_certificate_is_let_in(asking, authority, version):
    assert with_certificate(asking, authority.pair("client"), *version).stdout == "200"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_certificate(asking, mode, version):
    done = with_certificate(asking, None, *version)
    assert done.stdout == ("200" if mode == "optional" else "000")
    if mode == "required":
        asking.wait_for_log("client's certificate is refused.*there is none")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name, reason, alert", [
    ("expired", "expired", "certificate expired"), ("early", "not yet", "bad certificate"),
    ("purpose", "purpose", "bad certificate"), ("stranger", "issuer is unknown", "unknown ca")])
def test_a_bad_certificate_is_refused(asking, authority, stranger, version, name, reason, alert):
    pair = stranger if name == "stranger" else authority.pair(name)
    done = with_certificate(asking, pair, *version)
    assert done.stdout == "000" and done.returncode != 0
    assert alert in done.stderr or (name, done.returncode) == ("expired", 60)
    asking.wait_for_log(f"client's certificate is refused.*listener=https://127.0.0.1:"
                        f"{asking.port}.*client=127.0.0.1.*{reason}")


def test_a_key_of_another_certificate_is_refused(asking, authority):
    """A client that shows what is not its own, by an openssl that does not look."""
    ec, client = authority.pair("ec"), authority.pair("client")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{asking.port}", "-cert",
         client.certificate, "-key", ec.key], input="", capture_output=True, text=True,
        timeout=TIMEOUT_S)
    assert done.returncode != 0


@pytest.mark.parametrize("named", [
    {"subject": "CN=web,O=Acme"}, {"san": "DNS:web.internal"}, {"san": "DNS:WEB.internal"},
    {"san": "URI:spiffe://acme/web"}, {"san": "EMAIL:web@acme.example"}])
def test_a_certificate_says_who_asks(start, authority, tmp_path, named):
    other = authority.issue("other", "O=Acme,CN=other", purpose=CLIENT,
                            sans=("DNS:web.internal.example", "URI:spiffe://acme/web2"))
    app = {**embedded(tmp_path)["app"],
           "auth": {"certificates": [{"name": "web", **named, "allow": ["read"]}]}}
    group = of(authority, client_ca=str(authority.file), client_certificate="optional")
    daemon = start({"app": app}, listen=[secure(group)])
    web = Client(daemon, authority, authority.pair("client"))
    for _ in range(2):
        assert web.get("/models/todo/1")[0] == 404
    assert web.get("/models/todo/1", "PUT", "{}")[0] == 403
    for pair in (other, None):
        assert Client(daemon, authority, pair).get("/models/todo/1")[0] == 401


# --- files


def wrong_tls(start, tmp_path, group):
    daemon = start(embedded(tmp_path), ready=False, listen=[secure(group)])
    daemon.assert_ended_well(1)
    return daemon.log


def test_wrong_files(start, authority, tmp_path):
    ec, rsa = authority.pair("ec"), authority.pair("rsa")
    encrypted = authority.issue("encrypted", password=b"x")
    text = tmp_path / "text.pem"
    text.write_text("no PEM\n")
    good, where = tls(ec), r"dynamod.conf:\d+: "
    for group, expected in [
        ({**good, "certificate": "/nowhere.pem"},
         where + "certificate: expected a certificate in PEM; /nowhere.pem: there is no"),
        ({**good, "certificate": str(text)}, where + "certificate: expected .*text.pem"),
        ({**good, "key": str(text)}, where + "key: expected an unencrypted .*text.pem"),
        ({**good, "key": str(rsa.key)}, where + "key: expected .* of the certificate; .*rsa.key"),
        ({**good, "key": str(encrypted.key)}, where + "key: .*it is encrypted"),
        ({**good, "key": "/"}, where + "key: expected"),
        ({**good, "client_ca": "/nowhere.pem", "client_certificate": "required"},
         where + "client_ca: expected certificates of authorities"),
        ({**good, "client_certificate": "required"}, where + "tls: expected client_ca"),
        ({**good, "client_ca": str(authority.file)}, where + "tls: expected client_ca"),
        ({**good, "client_certificate": "maybe"}, where + 'client_certificate: expected "none"'),
        ({"certificate": str(ec.certificate)}, where + "tls: expected a certificate and a key"),
        ({**good, "ciphers": "ALL"}, where + "ciphers: expected one of certificate, key"),
    ]:
        log = wrong_tls(start, tmp_path, group)
        assert re.search(expected, log), log


def test_odd_files_are_told(start, authority, tmp_path):
    pair = authority.issue("old", begin=-3 * DAY, end=-DAY)
    pair.key.chmod(0o644)
    daemon = start(embedded(tmp_path), listen=[secure(tls(pair))])
    ended = (datetime.datetime.utcnow() - DAY).strftime("%Y-%m-%dT")
    assert re.search(f"warning.*old.pem: the certificate expired at {ended}", daemon.log)
    assert re.search("warning.*old.key: a private key that everybody can read", daemon.log)


def test_the_expiry_is_a_metric(start, authority, tmp_path):
    daemon = start(embedded(tmp_path), listen=["127.0.0.1:0", secure(of(authority))],
                   admin="127.0.0.1:0")
    port = re.search(r"listening on https://127\.0\.0\.1:(\d+)", daemon.log)[1]
    ends = value(scrape(daemon), "dynamod_tls_certificate_expiry_timestamp_seconds",
                 listener=f"https://127.0.0.1:{port}")
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    assert abs(ends - now - 86400) < 3600


# --- reloading


@pytest.fixture
def changing(start, tmp_path):
    """A daemon whose certificate is a file that may be replaced."""
    made = Certificates(tmp_path / "tls")
    made.issue("server", "CN=first")
    daemon = start(embedded(tmp_path), threads=2,
                   listen=[secure(of(made, "server"))], admin="127.0.0.1:0")
    return daemon, made


def reload(daemon, said="reloaded: "):
    count = sum(1 for line in daemon.lines if said in line)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log(said, count + 1)


def name_of(client):
    return dict(part[0] for part in client.certificate()["subject"])["commonName"]


def test_a_new_certificate_is_for_new_connections(changing):
    daemon, made = changing
    old = Client(daemon, made)
    old.get("/models")
    made.issue("server", "CN=second", key="rsa")
    reload(daemon)
    new = Client(daemon, made)
    assert new.get("/models")[0] == old.get("/models")[0] == 200
    assert (name_of(old), name_of(new)) == ("first", "second")


def test_a_bad_pair_changes_nothing(changing):
    daemon, made = changing
    key = (made.folder / "server.key").read_bytes()
    made.issue("server", "CN=second")
    (made.folder / "server.key").write_bytes(key)
    reload(daemon, "not reloaded")
    assert re.search(r"not reloaded.*dynamod.conf:\d+: key: expected", daemon.log)
    client = Client(daemon, made)
    client.get("/models")
    assert name_of(client) == "first"


def test_who_may_connect_changes(changing, stranger):
    daemon, made = changing
    listen = [secure(of(made, "server", client_ca=str(made.file), client_certificate="required"))]
    daemon.config.write_text(settings({"apps": "apps.d", "admin": "127.0.0.1:0",
                                       "listen": listen}))
    assert with_certificate(daemon, None).stdout == "200"
    reload(daemon)
    assert with_certificate(daemon, None).stdout == "000"
    client = made.issue("client", "CN=web", purpose=CLIENT)
    assert with_certificate(daemon, client).stdout == "200"
    assert with_certificate(daemon, stranger).stdout == "000"


def test_tls_comes_and_goes_with_a_restart_alone(changing):
    daemon, made = changing
    daemon.config.write_text(settings({"apps": "apps.d", "admin": "127.0.0.1:0",
                                       "listen": ["127.0.0.1:0"]}))
    reload(daemon)
    daemon.wait_for_log("listen, threads: a change takes a restart")
    assert Client(daemon, made).get("/models")[0] == 200


def test_certificates_change_under_load_and_no_request_fails(changing):
    daemon, made = changing
    ended, failures, asked, seen = threading.Event(), [], [0] * 4, set()

    def ask(number):
        while not ended.is_set():
            try:
                client = Client(daemon, made)
                for _ in range(3):
                    assert client.get("/models")[0] == 200
                    asked[number] += 1
                seen.add(name_of(client))
                client.http.close()
            except Exception as failure:  # of any kind: all are judged
                failures.append(repr(failure))

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for client in clients:
        client.start()
    try:
        for number in range(10):
            made.issue("server", f"CN=number-{number}", key=("ec", "ed25519")[number % 2])
            reload(daemon)
    finally:
        ended.set()
        for client in clients:
            client.join()
    assert not failures, failures[:3]
    assert sum(asked) > 50 and len(seen) > 2


# --- the end, and what never comes to one


def test_a_drain_ends_answers_in_full(start, authority, upstream):
    gate = threading.Event()

    def script(_):
        gate.wait(120)
        return item(id={"S": "1"}, text={"S": LARGE})

    upstream.script = script
    daemon = start({"app": apps.todo_app(upstream.url, read_timeout_seconds=60.0)},
                   listen=[secure(of(authority))], request_timeout_seconds=60)
    idle, busy = connect(daemon, authority), connect(daemon, authority)
    busy.sendall(b"GET /models/todo/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    upstream.wait_for_requests(1)
    daemon.signal()
    daemon.wait_for_log("draining")
    gate.set()
    received = b""
    while chunk := busy.recv(1 << 20):
        received += chunk
    assert parse(received).json == {"id": "1", "text": LARGE}
    assert idle.recv(1) == b""
    daemon.assert_ended_well()
