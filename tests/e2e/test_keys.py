"""Keys in a path: every byte, every type."""
import base64
import urllib.parse

import pytest

from client import curl
from tables import ODD_KEYS


@pytest.mark.parametrize("key", ODD_KEYS,
                         ids=lambda key: urllib.parse.quote(key, safe="")[:20])
def test_string_keys_of_any_bytes(library, key):
    response = curl(f"{library.url}/models/books/{urllib.parse.quote(key, safe='')}")
    assert response.status == 200, response.body
    assert response.json["id"] == key


@pytest.mark.parametrize("spelling, key", [
    ("%61%2fb", "a/b"), ("a%2Bb", "a+b"), ("a+b", "a+b"), ("a@b", "a@b"), ("x:first", "x:first"),
    ("%2E%2e", ".."), ("..", ".."), ("~", "~"), ("%7e", "~"), ("a&b=c", "a&b=c")])
def test_string_keys_in_other_spellings(library, spelling, key):
    response = curl(f"{library.url}/models/books/{spelling}")
    assert response.status == 200, response.body
    assert response.json["id"] == key


@pytest.mark.parametrize("spelling, number", [
    ("1", 1), ("1.0", 1), ("01", 1), ("%2B1", 1), ("+1", 1), ("1e0", 1), ("10E-1", 1), ("1.", 1),
    ("0", 0), ("-0", 0), ("0.000", 0), ("-7.00", -7), ("1e3", 1000), ("1000", 1000)])
def test_number_keys_in_any_spelling(library, spelling, number):
    response = curl(f"{library.url}/models/counts/{spelling}")
    assert response.status == 200, response.body
    assert response.json == {"n": number, "text": str(number)}


@pytest.mark.parametrize("key, text", [(b"\0\xff\xfe", "bytes"), (b"?>~", "url alphabet")])
@pytest.mark.parametrize("padded", [True, False])
def test_binary_keys_are_base64url(library, key, text, padded):
    encoded = base64.urlsafe_b64encode(key).decode()
    if not padded:
        encoded = encoded.rstrip("=")
    response = curl(f"{library.url}/models/blobs/{encoded}")
    assert response.status == 200, response.body
    assert response.json == {"key": base64.b64encode(key).decode(), "text": text}


@pytest.mark.parametrize("path, text", [
    ("notes/ada/-2.0", "minus two"), ("notes/a%2Fb/3", "slash"), ("dates/monday/AQ", "one")])
def test_composite_keys(library, path, text):
    assert curl(f"{library.url}/models/{path}").json["text"] == text


def test_the_schema_that_the_file_gives_asks_nobody(todo, upstream):
    curl(f"{todo.url}/models/todo/1")
    assert [request.operation for request in upstream.requests] == ["GetItem"]


@pytest.mark.parametrize("length, status", [(2048, 404), (2049, 400)])
def test_hash_key_limit(library, length, status):
    response = curl(f"{library.url}/models/books/{'k' * length}")
    response.assert_problem(status, "item-not-found" if status == 404 else "invalid-key")


@pytest.mark.parametrize("length, status", [(1024, 404), (1025, 400)])
def test_range_key_limit(library, length, status):
    key = base64.urlsafe_b64encode(b"k" * length).decode()
    response = curl(f"{library.url}/models/dates/monday/{key}")
    response.assert_problem(status, "item-not-found" if status == 404 else "invalid-key")
