"""Every signature that the running daemon sends, verified where it arrives."""
import concurrent.futures
import random
import string
import urllib.parse

import apps
from client import curl
from verify import assert_signed


def odd_values(count):
    """Header values and tokens with runs of spaces, quotes, commas and equals signs."""
    generator = random.Random(4)
    alphabet = string.ascii_letters + string.digits + " \t\"',;=+/%&  "
    return ["x" + "".join(generator.choices(alphabet, k=30)) + "x" for _ in range(count)]


def test_odd_headers_and_keys(start, upstream):
    values = odd_values(12)
    names = [f"X-Odd-{number}" for number in range(len(values))]
    daemon = start({"app": apps.todo_app(upstream.url, aws_session_token="AB+/==", extra_headers=[
        {"name": name, "value": value.replace("\t", " ")} for name, value in zip(names, values)])})
    keys = [urllib.parse.quote(value + "é/\0", safe="") for value in odd_values(60)]
    urls = [f"{daemon.url}/models/todo/{key}" for key in keys]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(curl, urls))
    assert len(upstream.requests) == len(keys)
    for request in upstream.requests:
        assert_signed(request, apps.KEY, apps.SECRET, "eu-west-1", token="AB+/==",
                      extra=[name.lower() for name in names])


def test_every_operation_is_signed(start, upstream):
    app = apps.todo_app(upstream.url)
    app["models"]["unknown"] = {}
    daemon = start({"app": app})
    for path in ("/models", "/models/todo:first", "/models/unknown/1", "/models/todo/1"):
        curl(daemon.url + path)
    assert {request.operation for request in upstream.requests} >= \
           {"DescribeTable", "Scan", "GetItem"}
    for request in upstream.requests:
        assert_signed(request, apps.KEY, apps.SECRET, "eu-west-1")
