"""The rows of the fault table: what DynamoDB, and those who hand out keys, can do to us."""
import calendar
import dataclasses
import email.utils
import os
import pathlib
import threading
import time
import typing

from aws_servers import Authority, Sts
from aws_site import ini, ini_keys, static
from aws_sources import FromContainer, FromImds, FromRole
from scene import REQUESTS, echo
from store_process import StoreProcess
from upstream import Close, Reset, error, item, reply
from verify import AUTHORIZATION

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Le"
HALF = item(id={"S": "k"})[:-5]
GARBAGE = b"\0\1SSH-2.0-OpenSSH_9.2\r\n\xff"
MINUTE_S = 60
SKEW_S = 600


@dataclasses.dataclass
class Fault:
    name: str
    run: typing.Callable  # of a Scene
    must: object  # a status that some clients see
    may: set = frozenset()  # others that some may see
    most_calls: int = 240  # to DynamoDB, for the 200 requests


# --- the connection, and what comes over it ---

def refused(scene):
    scene.start()
    scene.warm_up()
    scene.upstream.stop()
    scene.outage(scene.upstream.up)


def always(script):
    def run(scene):
        scene.start()
        scene.warm_up()
        scene.upstream.script = script
        scene.outage(scene.mend)
    return run


def raising(failure, first=b""):
    def script(_):
        raise failure(first)
    return always(script)


def never_answered(scene):
    gate = threading.Event()
    scene.start()
    scene.warm_up()
    scene.upstream.script = lambda request: gate.wait() and b""
    scene.outage(scene.mend)
    gate.set()


def drip(request):
    for byte in echo(request):
        yield bytes([byte])
        time.sleep(1)


def wrong_checksum(request):
    return echo(request).replace(b"x-amz-crc32: ", b"x-amz-crc32: 1")


# --- what DynamoDB says ---

def three_times(scene):
    scene.start()
    left = iter(range(3))
    scene.upstream.script = lambda request: (
        echo(request) if next(left, None) is None else error("InternalServerError", 500))
    scene.load()


def throttled_for_a_while(scene):
    scene.start()
    scene.warm_up()
    end = time.monotonic() + 2
    scene.upstream.script = lambda request: (
        echo(request) if time.monotonic() > end else error("ThrottlingException"))
    scene.load(seconds=2)
    time.sleep(max(0, end - time.monotonic()))
    scene.recover()


def unprocessed(scene):
    """No route of the daemon's reads a batch: its store does, over the same socket."""
    key = {"id": {"S": "1"}}
    scene.upstream.script = lambda _: reply(
        {"Responses": {"t": []}, "UnprocessedKeys": {"t": {"Keys": [key]}}})
    with StoreProcess(scene.upstream.url) as store:
        for _ in range(REQUESTS):
            answer, seconds = store.run({"op": "batch_get", "table": "t", "keys": [key]})
            unread = answer["ok"]["unprocessed_keys"] == [key]
            scene.row.statuses["unread" if unread else "read"] += 1
            scene.row.longest_s = max(scene.row.longest_s, seconds)
    scene.row.calls = len(scene.upstream.requests)


def signing_key(request):
    return AUTHORIZATION.fullmatch(request.header("Authorization"))["key"]


def expired_token(scene):
    source = scene.source(FromContainer)
    scene.start(source.environment)
    scene.warm_up()
    time.sleep(1.1)  # what was given within the last second is not asked for anew
    expired = {keys["AccessKeyId"] for keys in source.keys.issued}
    scene.upstream.script = lambda request: (
        error("ExpiredTokenException") if signing_key(request) in expired else echo(request))
    scene.load()
    scene.row.asked = len(source.server.requests)


def skewed_clock(scene):
    def script(request):
        now = time.time() + SKEW_S
        signed = calendar.timegm(time.strptime(request.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ"))
        date = [("Date", email.utils.formatdate(now, usegmt=True))]
        if abs(now - signed) > 300:
            return error("InvalidSignatureException", message="Signature expired", headers=date)
        return reply({"Item": request.json["Key"]}, headers=date)
    scene.start()
    scene.upstream.script = script
    scene.load()


# --- names and certificates ---

def unknown_name(scene):
    names_fail = scene.folder / "names-fail"
    resolver = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "tests" / "resolver.so"
    scene.upstream.url = f"http://dynamodb.example:{scene.upstream.port}"
    names_fail.touch()
    scene.start(scene.static_keys() | {
        "LD_PRELOAD": str(resolver), "NAMES_FAIL": str(names_fail),
        "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:verify_asan_link_order=0"})
    scene.outage(names_fail.unlink)


def wrong_certificate(scene):
    folder = scene.folder / "other"
    folder.mkdir()
    right = scene.authority.server_context()
    scene.upstream.tls = Authority(folder).server_context()
    scene.upstream.url = f"https://127.0.0.1:{scene.upstream.port}"
    scene.site.settings["ca_bundle"] = str(scene.authority.file)
    scene.start()

    def mend():
        scene.upstream.tls = right
    scene.outage(mend)
    assert scene.row.arrived == 0


# --- where keys come from ---

def imds_down_at_expiry(scene):
    source = scene.source(FromImds, lifetime_s=20)
    scene.start(source.environment)
    scene.warm_up()
    source.server.stop()
    scene.load(seconds=MINUTE_S)
    source.server.up()
    scene.recover()
    scene.row.asked = len(source.server.requests)


def sts_denies(scene):
    source = scene.source(FromRole)
    source.break_off(lambda _: Sts.denial("AccessDenied"))
    scene.start(source.environment)
    scene.load()
    scene.row.asked = len(source.server.requests)
    source.mend()
    scene.recover()


def half_written_file(scene):
    """While the old keys serve."""
    first, second = static(scene.site, "first"), static(scene.site, "second")
    path, whole = scene.site.home / ".aws/credentials", ini("default", **ini_keys(second))
    half = whole[:whole.index("aws_secret_access_key") + 12]
    scene.site.credentials(ini("default", **ini_keys(first)))
    scene.start({})
    scene.warm_up()
    path.write_text(half)
    writer = threading.Timer(3, path.write_text, [whole])
    writer.start()
    scene.load(seconds=6)
    writer.join()
    assert signing_key(scene.upstream.requests[-1]) == second["AccessKeyId"]
    assert not [request for request in scene.upstream.requests
                if request.header("X-Amz-Security-Token") not in
                (first["SessionToken"], second["SessionToken"])]


def half_written_file_at_first(scene):
    """While there are no others."""
    keys = static(scene.site, "first")
    path, whole = scene.site.home / ".aws/credentials", ini("default", **ini_keys(keys))
    path.write_text(whole[:whole.index("aws_secret_access_key") + 12])
    scene.start({})
    scene.load()
    path.write_text(whole)
    scene.recover()


DOWN = {502, 503}
SILENT = {503, 504}

# The longest first: the others run beside it.
FAULTS = [
    Fault("IMDS down for a minute at expiry", imds_down_at_expiry, 200, most_calls=200),
    Fault("connection refused", refused, 503, DOWN),
    Fault("reset before the headers", raising(Reset), 502),
    Fault("reset in the headers", raising(Reset, HEAD), 502),
    Fault("reset after the headers", raising(Reset, HALF), 502),
    Fault("reply truncated", raising(Close, HALF), 502),
    Fault("never answered", never_answered, 503, SILENT),
    Fault("one byte a second", always(drip), 503, SILENT),
    Fault("garbage", raising(Close, GARBAGE), 502, most_calls=200),
    Fault("wrong CRC", always(wrong_checksum), 502),
    Fault("500 without end", always(lambda _: error("InternalServerError", 500)), 502),
    Fault("500 three times, then good", three_times, 200, most_calls=203),
    Fault("throttled for 2 s, then good", throttled_for_a_while, 200, {503}, most_calls=400),
    Fault("UnprocessedKeys for ever", unprocessed, "unread", most_calls=200),
    Fault("expired token, then fresh", expired_token, 200, most_calls=220),
    Fault("clock 10 min behind", skewed_clock, 200, most_calls=220),
    Fault("name not found, then found", unknown_name, 503, DOWN),
    Fault("certificate of another authority", wrong_certificate, 503, DOWN),
    Fault("STS denies, then does not", sts_denies, 503, most_calls=0),
    Fault("credentials file half written", half_written_file, 200, most_calls=200),
    Fault("the same, and no other keys", half_written_file_at_first, 503, most_calls=0),
]
