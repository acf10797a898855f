"""Behind nginx, as it mostly is: what goes through nginx is to the daemon what it is to nginx,
and what nginx refuses, the daemon takes in a few cases alone, each with its reason."""
import collections
import json
import re
import subprocess

import pytest

import apps
import raw_requests
import rfc9112
from client import TIMEOUT_S, curl
from daemon import Daemon, free_port
from test_raw_http import HEADER_S, MUTATIONS, REFUSALS, SEED, converse
from waiting import wait_until

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_in_single_buffer on; client_header_timeout {header_s}s; client_body_timeout 5s;
  log_format seen escape=json '{{"id":"$http_x_request_id","uri":"$request_uri",'
    '"method":"$request_method","status":$status,"upstream":"$upstream_status",'
    '"body":"$request_body"}}';
  access_log {folder}/access.log seen;
  upstream daemon {{ server 127.0.0.1:{daemon}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{proxy};
    location / {{
      proxy_pass http://daemon; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; {how}
    }}
  }}
  server {{
    listen 127.0.0.1:{judge}; access_log off;
    location / {{ client_max_body_size 1m; proxy_pass http://127.0.0.1:{echo}; }}
  }}
  server {{
    listen 127.0.0.1:{echo}; access_log off;
    location / {{ add_header X-Request-Id $http_x_request_id; return 200 "ok"; }}
  }}
}}
"""

LAST_WORD = ("libmicrohttpd reads chunks and trailers by itself, with bare LFs and any bytes in "
             "extensions: the connection ends with the answer, so nothing of it becomes a request")
KEY = "a path is a list of keys, and `..` and %00 are keys like any other: none is a file"
# What nginx refuses, and we answer otherwise than by a refusal: the reason of each.
WIDER = {
    "chunk " + "0" * 40 + "e": "a size may have leading zeros (RFC 9112 section 7.1)",
    "chunk then smuggled " + "0" * 40 + "e": "likewise",
    **dict.fromkeys([
        "chunk LF", "chunk end LF", "chunk last LF", "chunk shorter", "trailers LF",
        *(f"{what} {size}" for what in ("chunk", "chunk then smuggled")
          for size in (r"e;\x7f", r"e;a\r", r"e;a\rb", r"e;a\x00b")),
        "trailer : empty", "trailer X : y", r"trailer X: a\x00b",
        "trailer GET /models/todo/1 HTTP/1.1: y"], LAST_WORD),
    **dict.fromkeys(["method get", "method Get"], "methods are case-sensitive: 405, of a method "
                    "that is none of ours (RFC 9110 section 9.1)"),
    **dict.fromkeys(["target /%2e%2e/etc/passwd", "target /..", "target /models/todo/%00"], KEY),
}


class Nginx:
    """A proxy before the daemon, and a judge that serves by itself."""

    def __init__(self, folder, daemon_port, how):
        self.folder = folder
        self.proxy, self.judge, self.echo = free_port(), free_port(), free_port()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(
            folder=folder, daemon=daemon_port, proxy=self.proxy, judge=self.judge,
            echo=self.echo, header_s=HEADER_S, how=how))
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", config],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        curl(f"http://127.0.0.1:{self.judge}/", "--retry", "50", "--retry-connrefused",
             "--retry-delay", "0")

    def stop(self):
        self.process.terminate()
        self.process.wait(TIMEOUT_S)


def logged(path, last):
    """The lines of a JSON log, once that request is in it."""
    wait_until(lambda: f'"{last}"' in path.read_text(errors="replace"),
               lambda: f"{last} is not logged")
    return [json.loads(line) for line in path.read_text(errors="replace").splitlines()]


@pytest.fixture(scope="module", params=["", "proxy_request_buffering off;"],
                ids=["buffered", "streamed"])
def both(request, binary, tmp_path_factory):
    """The daemon, and nginx in front of it."""
    folder = tmp_path_factory.mktemp("behind")
    app = apps.embedded_app(f"sqlite:{folder}/raw.db", allow=["read", "write"])
    daemon = Daemon(binary, folder, {"app": app}, threads=1, log_level="error",
                    header_timeout_seconds=HEADER_S,
                    access_log={"file": str(folder / "daemon.log"), "format": "json"})
    nginx = None
    try:
        nginx = Nginx(folder, daemon.wait_ready().port, request.param)
        daemon.folder, nginx.is_streamed = folder, bool(request.param)
        yield daemon, nginx
        daemon.stop()
    finally:
        daemon.kill()
        if nginx:
            nginx.stop()


def inputs(is_streamed):
    """Streamed, bodies alone are of interest."""
    for name, data in raw_requests.corpus().items():
        if not is_streamed or "with_both" in name or "with_chunks" in name:
            yield data
    yield from [] if is_streamed else raw_requests.mutations(SEED, MUTATIONS)


def named(number, data):
    """With names of its own."""
    for name in (b"-Id: own", b"-Id: smuggled", b"/todo/raw"):
        data = data.replace(name, name + b"-%d" % number)
    return data


def send(port, number, data):
    """That and a probe behind it. All that comes."""
    data = named(number, data)
    probe = raw_requests.get(name=b"X-Request-Id: probe-%d\r\n" % number)
    found, why = rfc9112.requests(data + probe)
    methods = [message.method for message in found]
    is_whole = isinstance(why, rfc9112.Incomplete) and found and found[-1].start in probe
    return found, methods, converse(port, data + probe, len(found), methods, is_whole)


def is_given(request_id):
    """By the client: not made by the daemon, and one that it takes."""
    return re.fullmatch("[!-~]+", request_id) and not re.fullmatch("[0-9a-f]{32}", request_id)


def seen_as(uri):
    """Logs cut long ones; nginx sends a path where there was none."""
    return ("/" + uri if uri.startswith("?") else uri)[:256]


def test_both_see_the_same_requests(both, survived):
    """One by one: as many, with these names and targets, in this order, and of this body."""
    daemon, nginx = both
    count = 0
    for count, data in enumerate(inputs(nginx.is_streamed)):
        send(nginx.proxy, count, data)
    curl(f"http://127.0.0.1:{nginx.proxy}/models", "-H", "X-Request-Id: last")
    passed = [line for line in logged(nginx.folder / "access.log", "last")
              if line["upstream"] not in ("", "-")]
    served = logged(daemon.folder / "daemon.log", "last")
    by_nginx = collections.Counter((line["id"], seen_as(line["uri"]))
                                   for line in passed if is_given(line["id"]))
    by_us = collections.Counter((line["request_id"], seen_as(line["uri"]))
                                for line in served if is_given(line["request_id"]))
    assert (by_us - by_nginx, by_nginx - by_us) == (collections.Counter(), collections.Counter())
    assert len(served) == len(passed)
    for line in passed:
        if line["method"] == "PUT" and line["status"] in (201, 204) and line["body"]:
            item = curl(f"{daemon.url}{line['uri']}").json
            assert item == {"id": item["id"], **json.loads(line["body"])}
    survived("HTTP: raw requests through nginx", count + 1)


def first_status(received):
    """What the peer says of what came first; 0: it only hangs up."""
    found = re.match(rb"(?:HTTP/1.1 100 [^\r]*\r\n\r\n)?HTTP/1.1 ([0-9]{3}) ", received)
    return int(found[1]) if found else 0


def is_refused(status):
    return status == 0 or status in REFUSALS


def test_what_nginx_refuses_is_refused_by_us(both, survived):
    """Or served for a reason. The judge is nginx's own."""
    daemon, nginx = both
    if nginx.is_streamed:
        return  # the judge is the same
    wider = set()
    for number, (name, data) in enumerate(raw_requests.corpus().items()):
        _, _, ours = send(daemon.port, number, data)
        if is_refused(first_status(ours)):
            continue
        _, _, theirs = send(nginx.judge, number, data)
        if is_refused(first_status(theirs)):
            wider.add(name.split(": ", 1)[1][2:-1])  # as bytes are written
    assert wider == set(WIDER)
    survived("HTTP: raw requests that nginx judged too", len(raw_requests.corpus()))
