"""HTTP as an attacker frames it: refused, the connection closed, nothing smuggled."""
import http.client
import socket

import pytest

from client import curl, parse, raw_exchange

HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /models/books/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def request(headers, method=b"GET", body=b""):
    return method + b" /models/single/only HTTP/1.1\r\n" + headers + b"\r\n" + body


REFUSED = {
    "te-and-cl": request(HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                         body=b"0\r\n\r\n"),
    "cl-and-te": request(HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                         body=b"0\r\n\r\n"),
    "te-gzip": request(HOST + b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"),
    "te-identity": request(HOST + b"Transfer-Encoding: identity\r\n"),
    "te-twice": request(HOST + b"Transfer-Encoding: chunked\r\n" * 2, body=b"0\r\n\r\n"),
    "te-odd": request(HOST + b"Transfer-Encoding: xchunked\r\n", body=b"0\r\n\r\n"),
    "cl-twice-differing": request(HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n",
                                  body=b"hello"),
    "cl-twice-the-same": request(HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n",
                                 body=b"hello"),
    "cl-list": request(HOST + b"Content-Length: 0, 0\r\n"),
    "cl-negative": request(HOST + b"Content-Length: -1\r\n"),
    "cl-signed": request(HOST + b"Content-Length: +5\r\n", body=b"hello"),
    "cl-word": request(HOST + b"Content-Length: five\r\n"),
    "cl-huge": request(HOST + b"Content-Length: 99999999999999999999999\r\n"),
    "no-host": request(b"X: y\r\n"),
    "two-hosts": request(HOST + b"Host: other\r\n"),
    "two-same-hosts": request(HOST + HOST),
    "post-te-and-cl": request(HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                              b"POST", b"0\r\n\r\n"),
}


# libmicrohttpd 0.9.75 answers these itself, with the status line twice.
REFUSED_BY_MHD = {"cl-list", "cl-negative", "cl-signed", "cl-word", "cl-huge"}


@pytest.mark.survives("HTTP: raw requests of a table")
@pytest.mark.parametrize("name", REFUSED)
def test_ambiguous_framing_is_refused_and_the_connection_closed(library, name):
    received = raw_exchange(library.port, REFUSED[name] + SMUGGLED)
    assert received.split(b" ", 2)[1] in (b"400", b"413"), received
    assert b"Dune" not in received and b"200 OK" not in received
    if name not in REFUSED_BY_MHD:
        assert received.count(b"HTTP/1.1 ") == 1, received
        parse(received).assert_problem(400, "malformed-request")
    assert curl(f"{library.url}/models/single/only").status == 200


GARBAGE = {
    "binary": bytes(range(256)) * 4,
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64 + b"\r\n\r\n",
    "http-0.9": b"GET /models\r\n\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http-9": b"GET /models HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "nul-in-a-header": request(HOST + b"X: a\0b\r\n"),
    "no-colon": request(HOST + b"nonsense\r\n"),
    "space-before-colon": request(HOST + b"Content-Length : 5\r\n"),
    "empty-lines": b"\r\n" * 2000,
    "absolute-url": b"GET http://other/models/single/only HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "connect": b"CONNECT other:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "endless-method": b"G" * 100_000,
    "bad-chunk": request(HOST + b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n\r\n"),
    "raw-spaces-in-the-path": b"GET /models/books/a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw-utf-8-in-the-path": "GET /models/books/é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
}


@pytest.mark.survives("HTTP: raw requests of a table")
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_harms_nobody(library, name):
    with socket.create_connection(("127.0.0.1", library.port), timeout=0.5) as connection:
        try:
            connection.sendall(GARBAGE[name])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError:
            pass  # whatever it says or does not say, and when it hangs up
    assert curl(f"{library.url}/models/single/only").status == 200


def test_pipelined_requests_are_answered_in_order(library):
    paths = [b"/models/single/only", b"/models/books/none", b"/models/single/only"]
    requests = [b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" %
                (path, b"Connection: close\r\n" if last else b"")
                for path, last in zip(paths, (False, False, True))]
    received = raw_exchange(library.port, b"".join(requests))
    statuses = [part.split(b" ")[0] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_a_request_sent_byte_by_byte(library):
    text = b"GET /models/single/only HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    received = raw_exchange(library.port, *(bytes([byte]) for byte in text))
    assert parse(received).json["id"] == "only"


def test_many_requests_on_one_connection(library):
    connection = http.client.HTTPConnection("127.0.0.1", library.port, timeout=60)
    for number in range(200):
        connection.request("GET", "/models/single/only" if number % 2 else "/models/books/none")
        response = connection.getresponse()
        assert response.status == (200 if number % 2 else 404)
        response.read()
    connection.close()


def test_http_1_0(library):
    received = raw_exchange(library.port, b"GET /models/single/only HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert parse(received).status == 200
