"""Signature Version 4: botocore signs the same requests at the same time; the Authorization
headers agree byte for byte."""
import base64
import datetime
import json
import os
import random
import string
import subprocess
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOOL = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "sign_tool")
REQUESTS = 400
EPOCH = datetime.datetime(1970, 1, 1)
LAST_SECOND = int((datetime.datetime(9999, 12, 31, 23, 59, 59) - EPOCH).total_seconds())
BOUNDARIES = ["1970-01-01T00:00:00", "2000-02-29T23:59:59", "2015-08-30T12:36:00",
              "2024-02-29T00:00:00", "2024-12-31T23:59:59", "2025-01-01T00:00:00",
              "2100-02-28T23:59:59", "2100-03-01T00:00:00", "9999-12-31T23:59:59"]

REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "local"]
SERVICES = ["dynamodb", "sts", "sso", "execute-api", "service"]
TOKEN_CHARS = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"
KEY_CHARS = string.ascii_letters + string.digits + "/+="
UNSIGNED = {"authorization", "date", "expect", "user-agent", "x-amz-content-sha256", "x-amz-date",
            "x-amz-security-token", "x-amzn-trace-id", "host"}
WORDS = ["a", "b,c", ",", '"quo ted"', "é", "日本", "\U0001f600", "text/plain;q=0.5", "=", "\\", "%20"]
BLANKS = [" ", "  ", "\t", " \t ", "     "]


def some(rng, chars, least, most):
    return "".join(rng.choices(chars, k=rng.randint(least, most)))


def header_value(rng):
    """Words with blanks between, before and after them; or nothing; or only blanks."""
    value = rng.choice(["", *BLANKS])
    for _ in range(rng.randint(0, 5)):
        value += rng.choice(WORDS) + rng.choice(["", *BLANKS])
    return value


def header_name(rng):
    name = some(rng, TOKEN_CHARS, 1, 20)
    return name if name.lower() not in UNSIGNED else "X-Other"


def headers(rng):
    made = [("Host", some(rng, string.ascii_lowercase, 1, 20) + rng.choice(["", ".com", ":8000"]))]
    made += [(header_name(rng), header_value(rng)) for _ in range(rng.randint(0, 8))]
    for name, _ in rng.sample(made[1:], rng.randint(0, len(made) - 1)):
        made.append((rng.choice([name, name.upper(), name.lower()]), header_value(rng)))
    rng.shuffle(made)
    return made


def path(rng):
    if rng.random() < 0.5:
        return "/"
    parts = ["", ".", "..", "a", "b~c", "-._", "%20", "é", "日", "a b", "a+b", "x=1", "(1)", "@:"]
    return "/" + "/".join(quote(rng.choice(parts), safe="%+=()@:") for _ in range(rng.randint(1, 6)))


def query(rng):
    pairs = sorted((quote(some(rng, "aAzZ09-_.~ é&=", 1, 4), safe="-_.~"),
                    quote(some(rng, "aAzZ09-_.~ é&=/", 0, 4), safe="-_.~"))
                   for _ in range(rng.choice([0, 0, 1, 3])))
    return "&".join(f"{name}={value}" for name, value in pairs)


def seconds(rng, number):
    if number < len(BOUNDARIES):
        return int((datetime.datetime.fromisoformat(BOUNDARIES[number]) - EPOCH).total_seconds())
    return rng.randint(0, LAST_SECOND if rng.random() < 0.2 else 2**32)


def request(number):
    rng = random.Random(number)
    return {
        "method": rng.choice(["POST", "GET", "PUT", "DELETE"]),
        "path": path(rng),
        "query": query(rng),
        "headers": headers(rng),
        "body": base64.b64encode(rng.randbytes(rng.choice([0, 1, 63, 64, 100, 5000]))).decode(),
        "region": rng.choice(REGIONS),
        "service": rng.choice(SERVICES),
        "access_key_id": some(rng, string.ascii_uppercase + string.digits, 1, 30),
        "secret_access_key": some(rng, KEY_CHARS, 1, rng.choice([40, 200])),
        "session_token": some(rng, KEY_CHARS, 0, 1500) if rng.random() < 0.5 else "",
        "wall_ms": seconds(rng, number) * 1000 + rng.randint(0, 999),
    }


class FrozenTime(datetime.datetime):
    now_s = 0

    @classmethod
    def utcnow(cls):
        return EPOCH + datetime.timedelta(seconds=cls.now_s)


def judge(made, monkeypatch):
    FrozenTime.now_s = made["wall_ms"] // 1000
    monkeypatch.setattr(botocore.auth.datetime, "datetime", FrozenTime)
    url = "http://unused" + made["path"] + ("?" + made["query"] if made["query"] else "")
    signed = AWSRequest(method=made["method"], url=url, data=base64.b64decode(made["body"]))
    for name, value in made["headers"]:
        signed.headers.add_header(name, value)
    credentials = Credentials(made["access_key_id"], made["secret_access_key"],
                              made["session_token"] or None)
    botocore.auth.SigV4Auth(credentials, made["service"], made["region"]).add_auth(signed)
    return signed.headers["Authorization"]


def sign(requests):
    lines = "".join(json.dumps(made) + "\n" for made in requests)
    ended = subprocess.run([TOOL, "sign"], input=lines.encode(), stdout=subprocess.PIPE,
                           check=True, timeout=120)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_generated_requests_are_signed_as_botocore_signs_them(monkeypatch):
    requests = [request(number) for number in range(REQUESTS)]
    answers = sign(requests)
    assert len(answers) == REQUESTS
    for made, answer in zip(requests, answers):
        assert answer == {"authorization": judge(made, monkeypatch)}, made


def test_one_signer_changes_keys_with_day_region_service_and_secret(monkeypatch):
    base = request(0)
    changes = [{}, {}, {"wall_ms": base["wall_ms"] + 86400000}, {"region": "eu-west-3"},
               {"service": "sts"}, {"secret_access_key": "another"}, {"access_key_id": "OTHER"}, {}]
    requests = [{**base, **change} for change in changes]
    expected = [{"authorization": judge(made, monkeypatch)} for made in requests]
    assert sign(requests) == expected


@pytest.mark.parametrize("header", [["X-A", "a\r\nX-B: b"], ["X-A", "\x7f"], ["X-A", "\u0001"],
                                    ["", "a"], ["X A", "a"], ["X-É", "a"], ["X:A", "a"]])
def test_what_http_does_not_allow_in_a_header_is_refused(header):
    made = request(1)
    [answer] = sign([{**made, "headers": [*made["headers"], header]}])
    assert list(answer) == ["error"]
