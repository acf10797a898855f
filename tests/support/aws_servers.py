"""The services that hand out AWS credentials, on the loopback: IMDS, the containers' endpoint
and STS over TLS, with the words and forms of the real ones."""
import datetime
import json
import re
import ssl
import subprocess
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from upstream import Upstream, reply

LIFETIME_S = 3600


class Keys:
    """Hands out credentials under a name, each time others, and remembers them all."""

    def __init__(self, name, lifetime_s=LIFETIME_S):
        self.name = name
        self.lifetime_s = lifetime_s
        self.issued = []

    def issue(self):
        number = len(self.issued) + 1
        expires = datetime.datetime.now(datetime.timezone.utc)
        expires += datetime.timedelta(seconds=self.lifetime_s)
        keys = {"AccessKeyId": f"ASIA{self.name.upper()}{number}",
                "SecretAccessKey": f"secret/{self.name}+{number}",
                "SessionToken": f"session-token-of-{self.name}-{number}",
                "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.issued.append(keys)
        return keys

    @property
    def secrets(self):
        return [keys[part] for keys in self.issued for part in ("SecretAccessKey", "SessionToken")]


def with_token(keys):
    """As IMDS and containers have it: Token."""
    return {("Token" if name == "SessionToken" else name): value for name, value in keys.items()}


def text_reply(text, status=200):
    return reply(text.encode(), status, content_type="text/plain")


class Imds(Upstream):
    """The instance metadata service, of version 2; of version 1 too where `v1` is set."""
    TOKEN_PATH = "/latest/api/token"
    ROLES_PATH = "/latest/meta-data/iam/security-credentials/"

    def __init__(self, keys, v1=False):
        super().__init__(self._answer_request)
        self.keys = keys
        self.v1 = v1
        self.role = "instance-role"
        self.token_status = 200
        self.fault = None  # a script in place of the service
        self.body = None  # bytes in place of the credentials
        self.tokens = []

    def _answer_request(self, request):
        if self.fault:
            return self.fault(request)
        if request.path == self.TOKEN_PATH:
            return self._give_token(request)
        if not self.v1 and request.header("x-aws-ec2-metadata-token") not in self.tokens:
            return text_reply("", 401)
        if request.path == self.ROLES_PATH:
            return text_reply(self.role or "", 200 if self.role else 404)
        if request.path == self.ROLES_PATH + (self.role or ""):
            return reply(self.body or self._document())
        return text_reply("", 404)

    def _give_token(self, request):
        if self.token_status != 200:
            return text_reply("", self.token_status)
        if request.method != "PUT":
            return text_reply("", 405)
        if request.header("x-aws-ec2-metadata-token-ttl-seconds") != "21600":
            return text_reply("", 400)
        self.tokens.append(f"imds-token-{len(self.tokens)}")
        return text_reply(self.tokens[-1])

    def _document(self):
        return {"Code": "Success", "LastUpdated": "2024-01-01T00:00:00Z", "Type": "AWS-HMAC",
                **with_token(self.keys.issue())}

    @property
    def secrets(self):
        return [*self.keys.secrets, *self.tokens]


class Container(Upstream):
    """The endpoint of ECS and of EKS Pod Identity: for who shows the token."""

    def __init__(self, keys, token=None):
        super().__init__(self._answer_request)
        self.keys = keys
        self.token = token
        self.fault = None
        self.body = None
        self.url += "/v1/credentials"

    def _answer_request(self, request):
        if self.fault:
            return self.fault(request)
        if (request.method, request.path) != ("GET", "/v1/credentials"):
            return text_reply("", 404)
        if request.header("Authorization") != self.token:
            return text_reply("not you", 403)
        return reply(self.body or {"RoleArn": "arn:aws:iam::123456789012:role/pod",
                                   **with_token(self.keys.issue())})

    @property
    def secrets(self):
        return [*self.keys.secrets, *([self.token] if self.token else [])]


class Authority:
    """A certificate authority of the test's own, and a certificate for the loopback."""

    def __init__(self, folder):
        self.file = folder / "ca.pem"
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        self._make(self.file, folder / "ca.key", "Test authority")
        self._make(self.certificate, self.key, "localhost", "-CA", self.file, "-CAkey",
                   folder / "ca.key", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                   "-addext", "basicConstraints=critical,CA:FALSE")

    @staticmethod
    def _make(certificate, key, name, *options):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        f"/CN={name}", "-keyout", key, "-out", certificate, *options],
                       check=True, capture_output=True)

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


STS_REPLY = """<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <{action}Result>
    <AssumedRoleUser>
      <AssumedRoleId>AROA123EXAMPLE123:{session}</AssumedRoleId>
      <Arn>{arn}/{session}</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{AccessKeyId}</AccessKeyId>
      <SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
      <SessionToken>{SessionToken}</SessionToken>
      <Expiration>{Expiration}</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </{action}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</{action}Response>
"""

STS_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
</ErrorResponse>
"""

SCOPE = re.compile(r"Credential=(?P<id>[^/]+)/\d+/(?P<region>[^/]+)/sts/aws4_request, ?"
                   r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>\w+)")


def xml_reply(text, status=200):
    return reply(text.encode(), status, content_type="text/xml")


class Sts(Upstream):
    """The Security Token Service: roles for who is signed for, or shows a web identity."""

    def __init__(self, authority, keys, known=()):
        """known: issued credentials (dicts), or Keys, whose signatures are accepted."""
        super().__init__(self._answer_request, tls=authority.server_context())
        self.keys = keys
        self.known = [*known, keys]
        self.web_identity_token = None
        self.fault = None
        self.body = None
        self.calls = []  # the forms that were accepted, "signer" added

    def _answer_request(self, request):
        if self.fault:
            return self.fault(request)
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        if (request.method, form.get("Version")) != ("POST", "2011-06-15"):
            return self.denial("InvalidAction", 400)
        by_token = form["Action"] == "AssumeRoleWithWebIdentity"
        signer = None if by_token else self._signer(request)
        if by_token and form["WebIdentityToken"] != self.web_identity_token:
            return self.denial("InvalidIdentityToken", 400)
        if not by_token and not signer:
            return self.denial("SignatureDoesNotMatch", 403)
        self.calls.append({**form, "signer": signer})
        return xml_reply(self.body or STS_REPLY.format(
            action=form["Action"], session=form["RoleSessionName"], arn=form["RoleArn"],
            **self.keys.issue()))

    @staticmethod
    def denial(code, status=403, message="said no"):
        return xml_reply(STS_ERROR.format(code=code, message=message), status)

    def _signer(self, request):
        """The key id that the request is rightly signed with, or None."""
        found = SCOPE.search(request.header("Authorization") or "")
        for keys in self._known_keys():
            if found and keys["AccessKeyId"] == found["id"]:
                return found["id"] if self._signature(request, found, keys) == \
                    found["signature"] else None
        return None

    def _known_keys(self):
        for each in self.known:
            yield from each.issued if isinstance(each, Keys) else [each]

    @staticmethod
    def _signature(request, found, keys):
        again = AWSRequest(method="POST", url=f"https://{request.header('Host')}{request.path}",
                           data=request.body)
        for name in found["headers"].split(";"):
            again.headers[name] = request.header(name)
        again.context["timestamp"] = request.header("X-Amz-Date")
        auth = SigV4Auth(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), "sts",
                         found["region"])
        return auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)

    @property
    def secrets(self):
        token = self.web_identity_token
        return [*self.keys.secrets, *([token] if token else [])]


def process_document(keys):
    """What a credential_process prints."""
    return json.dumps({"Version": 1, **keys})
