#!/usr/bin/python3
"""Writes NAME.authz beside each NAME.req: what botocore signs the request with. The names and
requests are those of AWS's Signature Version 4 test suite, without X-Amz-Date; the encoded path
and dynamodb-get-item are our own."""
import datetime
import pathlib

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class FrozenTime(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return cls(2015, 8, 30, 12, 36)


def sign(text):
    head, body = text.split("\n\n", 1)
    first, *headers = head.split("\n")
    method, path, _ = first.split(" ")
    request = AWSRequest(method=method, url="http://unused" + path, data=body.encode())
    token = None
    for header in headers:
        name, value = header.split(":", 1)
        if name == "X-Amz-Security-Token":
            token = value
        else:
            request.headers.add_header(name, value)
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    botocore.auth.SigV4Auth(credentials, "service", "us-east-1").add_auth(request)
    return request.headers["Authorization"]


botocore.auth.datetime.datetime = FrozenTime
for path in pathlib.Path(__file__).parent.glob("*.req"):
    path.with_suffix(".authz").write_text(sign(path.read_text()))
