"""Secrets in memory: a core dump of a daemon that has used them does not have them; and by
default there is no core dump."""
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import apps
from aws_servers import Imds, Keys, Sts
from aws_site import ROLE, ini, ini_keys
from client import Connection, curl
from daemon import Daemon
from upstream import Upstream, item, reply

SECRET = "tEsTsEcReT/k3ptOutOfC0reDumps+0123456789"
OTHER = "aN0therSecret/thatC0mesAfterwards+9876543"
TOKEN = "tEsTt0ken/" + "0fASess10n" * 30
BEARER = "bEaReR-t0ken-of-a-client-0123456789abcdef"
PAGES = "a secret of page tokens, kept out of dumps"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="looks into another process")


def keys(secret=SECRET):
    return {"aws_access_key_id": apps.KEY, "aws_secret_access_key": secret,
            "aws_session_token": TOKEN}


@pytest.fixture
def released():
    """The daemon as users get it: AddressSanitizer keeps what is freed."""
    root = pathlib.Path(__file__).resolve().parents[2]
    binary = pathlib.Path(os.environ.get("DYNAMOD_RELEASE", root / "build")) / "dynamod"
    assert binary.is_file(), f"no daemon in {binary.parent}"
    return binary


def core_of(daemon, folder):
    """A core dump as the kernel would write it: what it leaves out is left out."""
    subprocess.run(["gcore", "-o", folder / "core", str(daemon.process.pid)], check=True,
                   capture_output=True, timeout=120)
    [path] = folder.glob("core.*")
    core = path.read_bytes()
    path.unlink()
    assert b"dynamod" in core
    return core


def places(core, secret):
    return [found.start() for found in re.finditer(re.escape(secret.encode()[:24]), core)]


def assert_absent(core, *secrets):
    for secret in secrets:
        raw, found = secret.encode(), places(core, secret)
        around = [core[max(0, at - 48):at + len(raw) + 16] for at in found[:3]]
        assert not found, f"{len(found)} times: {around}"


def todo(url, auth=None, **connection):
    return {"default": True, "token_secret": PAGES,
            "dynamodb": {"region": "eu-west-1", "host": url, **connection},
            "models": {"todo": apps.TASK}, **({"auth": auth} if auth else {})}


# --- where keys come from: how the app has them, and the environment


class SameKeys(Keys):
    def issue(self):
        return {**super().issue(), "SecretAccessKey": SECRET, "SessionToken": TOKEN}


def of_the_file(folder, serving, authority):
    """A credentials file."""
    path = folder / "credentials"
    path.write_text(f"[default]\naws_access_key_id = {apps.KEY}\n"
                    f"aws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n")
    return {}, {"AWS_SHARED_CREDENTIALS_FILE": str(path)}


def of_a_process(folder, serving, authority):
    answer, config = folder / "answer.json", folder / "config"
    answer.write_text(json.dumps({"Version": 1, "AccessKeyId": apps.KEY, "SecretAccessKey": SECRET,
                                  "SessionToken": TOKEN}))
    config.write_text(f"[default]\ncredential_process = /bin/cat {answer}\n")
    return {}, {"AWS_CONFIG_FILE": str(config)}


def of_a_container(folder, serving, authority):
    def script(_):
        return reply({"AccessKeyId": apps.KEY, "SecretAccessKey": SECRET, "Token": TOKEN,
                      "Expiration": "2099-01-01T00:00:00Z"}, content_type="application/json")
    server = serving(Upstream(script))
    return {}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/keys"}


def of_an_instance(folder, serving, authority):
    server = serving(Imds(SameKeys("imds")))
    return {}, {"AWS_EC2_METADATA_DISABLED": "false",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}


def of_a_role(folder, serving, authority):
    """STS, asked with another's keys."""
    base = {**Keys("base").issue(), "SecretAccessKey": OTHER}
    server = serving(Sts(authority, SameKeys("sts"), [base]))
    credentials, config = folder / "credentials", folder / "config"
    credentials.write_text(ini("base", **ini_keys(base)))
    config.write_text(ini("default", role_arn=ROLE + "app", source_profile="base"))
    return {}, {"AWS_ENDPOINT_URL_STS": server.url, "AWS_CA_BUNDLE": str(authority.file),
                "AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(config)}


def of_the_app(folder, serving, authority):
    return keys(), {}


def signing_keys():
    """What is derived of the secret for a day: today, and tomorrow at midnight."""
    for days in (0, 1):
        day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
        key = f"AWS4{SECRET}".encode()
        for part in (day.strftime("%Y%m%d"), "eu-west-1", "dynamodb", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        yield key


@pytest.mark.parametrize("source", [of_the_app, of_the_file, of_a_process, of_a_container,
                                    of_an_instance, of_a_role])
def test_keys_in_use_are_in_no_core_dump(start, released, upstream, serving, authority, tmp_path,
                                         source):
    upstream.script = lambda _: item(id={"S": "1"})
    connection, environment = source(tmp_path, serving, authority)
    daemon = start({"app": todo(upstream.url, **connection)}, use=released, core_dumps=True,
                   environment=environment, threads=2)
    for _ in range(20):
        assert curl(f"{daemon.url}/models/todo/1").status == 200
    assert upstream.requests[-1].header("X-Amz-Security-Token") == TOKEN
    assert_absent(core_of(daemon, tmp_path), SECRET, OTHER, PAGES)


def test_keys_of_the_environment_are_there_alone(start, released, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": todo(upstream.url)}, use=released, core_dumps=True, threads=2,
                   environment={"AWS_ACCESS_KEY_ID": apps.KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                                "AWS_SESSION_TOKEN": TOKEN})
    for _ in range(20):
        assert curl(f"{daemon.url}/models/todo/1").status == 200
    [at] = places(core_of(daemon, tmp_path), SECRET)
    assert at


def test_keys_that_were_replaced_are_in_no_core_dump(start, released, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": todo(upstream.url, **keys())}, use=released, core_dumps=True, threads=2)
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    path = daemon.config.parent / "apps.d" / "app.conf"
    path.write_text(path.read_text().replace(SECRET, OTHER).replace(TOKEN, "short"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reloaded: 1 app")
    for _ in range(20):
        assert curl(f"{daemon.url}/models/todo/1").status == 200
    core = core_of(daemon, tmp_path)
    assert_absent(core, SECRET, OTHER)
    assert not [key for key in signing_keys() if key in core]


def test_a_clients_token_is_forgotten_at_once(start, released, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    auth = {"tokens": [{"name": "one", "sha256": [hashlib.sha256(BEARER.encode()).hexdigest()]}]}
    daemon = start({"app": todo(upstream.url, auth, **keys())}, use=released, core_dumps=True,
                   threads=1)
    connection = Connection(daemon.port)
    fields = {"Authorization": f"Bearer {BEARER}"}
    assert connection.get("/models/todo/1", **fields).status == 200
    core = core_of(daemon, tmp_path)  # while the connection is open
    connection.close()
    assert curl(f"{daemon.url}/models/todo/1", "-H", f"Authorization: Bearer {BEARER}").status == 200
    assert curl(f"{daemon.url}/models/todo/1").status == 401
    assert_absent(core, BEARER)
    assert_absent(core_of(daemon, tmp_path), BEARER)


# --- no core dumps


@pytest.fixture
def open_folder():
    """One that others can reach."""
    folder = pathlib.Path(f"/tmp/dynamod-secrets-{os.getpid()}")
    folder.mkdir(0o777)
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


NOBODY = 65534


@pytest.mark.parametrize("core_dumps", [None, True])
def test_core_dumps_are_off_unless_they_are_asked_for(binary, open_folder, core_dumps):
    options = {} if core_dumps is None else {"core_dumps": core_dumps}
    daemon = Daemon(binary, open_folder, {"app": apps.embedded_app("sqlite::memory:")},
                    prefix=["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"],
                    admin="127.0.0.1:0", **options)
    try:
        daemon.wait_ready()
        pid = daemon.process.pid
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        limit = re.search(r"^Max core file size +(\w+)", limits, re.M).group(1)
        assert (limit == "0") == (not core_dumps)
        owner = os.stat(f"/proc/{pid}/environ").st_uid  # root's, where nobody else may look
        assert owner == (NOBODY if core_dumps else 0)
        assert b"process_open_fds" in curl(f"{daemon.admin_url}/metrics").body
        daemon.stop()
    finally:
        daemon.kill()
