"""A daemon that has to find its credentials, and the places where it may find them."""
import time

import apps
from aws_servers import Container, Imds, Keys, Sts
from client import curl
from upstream import item
from verify import AUTHORIZATION, assert_signed

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/"
LONG_S = 60  # for what takes seconds: only a hang reaches it
NO_IMDS = {"AWS_EC2_METADATA_DISABLED": "true"}


class Site:
    """A daemon with the model todo and no keys of its own, and all that it ever said."""

    def __init__(self, start, upstream, tmp_path):
        self._start = start
        self.upstream = upstream
        self.home = tmp_path / "home"
        (self.home / ".aws").mkdir(parents=True)
        self.secrets = []  # lists, or objects that have `secrets`
        self.settings = {}  # of the group dynamodb
        self.daemon = None
        self.said = b""
        self.upstream.script = lambda _: item(id={"S": "1"})

    def config(self, text):
        write_at_once(self.home / ".aws/config", text)

    def credentials(self, text):
        write_at_once(self.home / ".aws/credentials", text)

    def start(self, environment=(), **options):
        app = apps.todo_app(self.upstream.url, **self.settings)
        for name in ("aws_access_key_id", "aws_secret_access_key"):
            del app["dynamodb"][name]
        environment = {"HOME": str(self.home), **NO_IMDS, **dict(environment)}
        self.daemon = self._start({"app": app}, environment=environment, log_level="debug",
                                  **{"threads": 1, **options})

    def get(self):
        response = curl(f"{self.daemon.url}/models/todo/1")
        self.said += repr(response).encode()
        return response

    def signed_with(self):
        """Asks; the Request that arrived, which it must."""
        before = len(self.upstream.requests)
        response = self.get()
        assert response.status == 200, response.body
        assert len(self.upstream.requests) > before
        return self.upstream.requests[-1]

    def key_id(self):
        return AUTHORIZATION.fullmatch(self.signed_with().header("Authorization"))["key"]

    def assert_uses(self, keys):
        """keys: an issued dict, or Keys: the last that were issued by then."""
        request = self.signed_with()
        used = keys.issued[-1] if isinstance(keys, Keys) else keys
        assert_signed(request, used["AccessKeyId"], used["SecretAccessKey"], REGION,
                      token=used["SessionToken"])

    def assert_refused(self, *words):
        """No request goes up; all of the words are told, to the client or in the log."""
        before = len(self.upstream.requests)
        self.get().assert_problem(503, "no-credentials")
        assert len(self.upstream.requests) == before
        told = self.daemon.log + self.said.decode()
        assert all(word in told for word in words), (words, told)

    def wait_until(self, wanted):
        """Asks until wanted() is true; every answer on the way must be good."""
        deadline = time.monotonic() + LONG_S
        while not wanted():
            assert time.monotonic() < deadline, self.daemon.log
            assert self.get().status == 200

    def wait_until_good(self):
        deadline = time.monotonic() + LONG_S
        while self.get().status != 200:
            assert time.monotonic() < deadline, self.daemon.log

    def assert_kept_quiet(self):
        log = self.daemon.log
        for source in self.secrets:
            for secret in getattr(source, "secrets", source):
                assert secret not in log
                assert secret.encode() not in self.said


def write_at_once(path, text):
    """As those do who renew such files: never half there."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)


def ini(section, **properties):
    lines = "".join(f"{name} = {value}\n" for name, value in properties.items())
    return f"[{section}]\n{lines}\n"


def in_environment(keys):
    return {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"]}


def ini_keys(keys):
    return {"aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"]}


def static(site, name):
    """Keys that are always the same."""
    keys = Keys(name).issue()
    site.secrets.append([keys["SecretAccessKey"], keys["SessionToken"]])
    return keys


def base_profile(site):
    """Static keys in the shared credentials file, for a role to start from."""
    keys = static(site, "base")
    site.credentials(ini("base", **ini_keys(keys)))
    return keys


def imds(site, serving, **options):
    keys = Keys("imds")
    server = serving(Imds(keys, **options))
    site.secrets.append(server)
    return server, {"AWS_EC2_METADATA_DISABLED": "false",
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}


def container(site, serving, token=None):
    server = serving(Container(Keys("container"), token))
    site.secrets.append(server)
    return server, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url}


def sts(site, serving, authority, known=()):
    server = serving(Sts(authority, Keys("sts"), known))
    site.secrets.append(server)
    return server, {"AWS_ENDPOINT_URL_STS": server.url, "AWS_CA_BUNDLE": str(authority.file)}
