"""The servers of the bench: our upstream, nginx, and what the daemon is configured with."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from aws_servers import Authority  # noqa: E402
from daemon import Daemon, free_port  # noqa: E402
from measure import Target, seconds_to_first_answer  # noqa: E402

BUILD = pathlib.Path(os.environ.get("DYNAMOD_BUILD", ROOT / "build/bench"))
KEYS = 10000
ITEM_BYTES = 200

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_rlimit_nofile {files};
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  {upstream}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location / {{ {location} }}
  }}
}}
"""
NGINX_UPSTREAM = """
  upstream fixed {{ server {host}; keepalive 512; keepalive_requests 1000000000; }}
"""
NGINX_PROXY = 'proxy_pass http://fixed; proxy_http_version 1.1; proxy_set_header Connection "";'


class Servers(contextlib.ExitStack):
    """Starts servers, and stops them all at its end."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.count = 0

    def new_folder(self):
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        return folder

    def process(self, arguments, **options):
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
        self.callback(end, process)
        return process

    # --- the upstream ---

    def upstream(self, delay_us=0, item_bytes=ITEM_BYTES, pem=None):
        """Its host: http://…, or https://… with a certificate."""
        process = self.process([BUILD / "tests/bench_upstream", "-d", str(delay_us), "-s",
                                str(item_bytes), *(["-t", pem] if pem else [])],
                               stdout=subprocess.PIPE, text=True)
        port = int(process.stdout.readline())
        return f"{'https' if pem else 'http'}://127.0.0.1:{port}"

    def authority(self):
        """(certificate and key in one file, the authority's)."""
        folder = self.new_folder()
        made = Authority(folder)
        pem = folder / "both.pem"
        pem.write_text(made.certificate.read_text() + made.key.read_text())
        return pem, made.file

    # --- nginx ---

    def nginx(self, upstream, location):
        folder, port = self.new_folder(), free_port()
        (folder / "nginx.conf").write_text(NGINX.format(
            folder=folder, port=port, files=16384, upstream=upstream, location=location))
        _, process = seconds_to_first_answer(
            lambda: self.process(["nginx", "-p", folder, "-c", folder / "nginx.conf"],
                                 stderr=subprocess.DEVNULL), port, "/models/item/1")
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        [worker] = children.read_text().split()
        return Target(int(worker), f"http://127.0.0.1:{port}")

    def nginx_proxy(self, upstream):
        host = urllib.parse.urlsplit(upstream).netloc
        return self.nginx(NGINX_UPSTREAM.format(host=host), NGINX_PROXY)

    def nginx_fixed(self, body):
        return self.nginx("", f"return 200 '{body.decode()}';")

    # --- the daemon ---

    def daemon(self, app, binary=BUILD / "dynamod", **options):
        """One thread: as nginx has one worker."""
        daemon = Daemon(binary, self.new_folder(), {"bench": app}, threads=1, **options)
        self.callback(daemon.kill)
        daemon.wait_ready()
        self.callback(daemon.stop)
        return daemon

    def target(self, app, **options):
        return self.target_of(self.daemon(app, **options))

    @staticmethod
    def target_of(daemon):
        return Target(daemon.process.pid, daemon.url)


def end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def port_of(target):
    return urllib.parse.urlsplit(target.url).port


# --- apps ---

def model(**more):
    return {"hash_key": "id", "attributes": {"id": "S"}, **more}


def proxied_app(upstream, models=None, **dynamodb):
    return {"dynamodb": {"region": "eu-west-1", "host": upstream, "aws_access_key_id": "bench",
                         "aws_secret_access_key": "bench", **dynamodb},
            "models": models or {"item": model()}}


def items():
    for number in range(KEYS):
        yield {"id": str(number), "name": f"item number {number}", "done": number % 3 == 0,
               "count": number, "tags": ["a", "b", "c"]}


def write_lines(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def embedded_app(folder, host="sqlite::memory:"):
    return {"dynamodb": {"host": host},
            "models": {"item": model(seed=write_lines(folder / "items.jsonl", items()))}}
