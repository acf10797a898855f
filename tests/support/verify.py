"""The receiving end's check of a Signature Version 4: botocore computes it anew."""
import datetime
import re

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request, ?SignedHeaders=(?P<headers>[^,]+), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})")


def assert_signed(request, access_key, secret_key, region, token=None, extra=()):
    """The Request (upstream.py) is signed with exactly these, now, over what matters."""
    found = AUTHORIZATION.fullmatch(request.header("Authorization") or "")
    assert found, request.header("Authorization")
    assert (found["key"], found["region"], found["service"]) == (access_key, region, "dynamodb")
    assert request.header("X-Amz-Security-Token") == token

    signed = found["headers"].split(";")
    demanded = {"content-type", "host", "x-amz-date", "x-amz-target", *extra}
    demanded |= {"x-amz-security-token"} if token else set()
    assert demanded <= set(signed), f"not signed: {demanded - set(signed)}"

    stamp = request.header("X-Amz-Date")
    at = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    assert abs((datetime.datetime.utcnow() - at).total_seconds()) < 300
    assert found["day"] == stamp[:8]
    assert _signature(request, signed, stamp, access_key, secret_key, region) == found["signature"]


def _signature(request, signed, stamp, access_key, secret_key, region):
    url = f"http://{request.header('Host')}{request.path}"
    again = AWSRequest(method=request.method, url=url, data=request.body)
    for name in signed:
        again.headers[name] = request.header(name)
    again.context["timestamp"] = stamp
    auth = SigV4Auth(Credentials(access_key, secret_key), "dynamodb", region)
    return auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
