"""Requests that are wrong: each has its status and type, and the next one is served."""
import pytest

from client import curl

LONG = "a" * 5 * 1024

CASES = [
    # path, status, type
    ("/models/unknown/1", 404, "model-not-found"),
    ("/models//1", 400, "invalid-path"),
    ("/models/books/", 400, "invalid-path"),
    ("/models/", 400, "invalid-path"),
    ("//", 400, "invalid-path"),
    ("//models/books/1", 400, "invalid-path"),
    ("/models/notes/ada/", 400, "invalid-path"),
    ("/models/books/%", 400, "invalid-path"),
    ("/models/books/%4", 400, "invalid-path"),
    ("/models/books/%zz", 400, "invalid-path"),
    ("/models/counts/abc", 400, "invalid-key"),
    ("/models/counts/1,5", 400, "invalid-key"),
    ("/models/counts/NaN", 400, "invalid-key"),
    ("/models/counts/1e126", 400, "invalid-key"),
    ("/models/counts/" + "9" * 39, 400, "invalid-key"),
    ("/models/blobs/%2B%2F8=", 400, "invalid-key"),
    ("/models/blobs/A", 400, "invalid-key"),
    ("/models/notes/ada/one", 400, "invalid-key"),
    ("/models/notes:item?hash=ada", 400, "invalid-key"),
    ("/models/notes:item?range=1", 400, "invalid-key"),
    ("/models/books/1/2", 400, "invalid-key"),
    ("/models/books/" + "k" * 2049, 400, "invalid-key"),
    ("/models/books/%FF%FE", 400, "invalid-path"),
    ("/models/books/%C0%80", 400, "invalid-path"),
    ("/models/books/%ED%A0%80", 400, "invalid-path"),
    ("/models/books/1?nonsense=1", 400, "unknown-parameter"),
    ("/models/books/1?Consistent_Read=true", 400, "unknown-parameter"),
    ("/models/books/1?consistent_read=maybe", 400, "invalid-parameter"),
    ("/models/books/1?consistent_read=", 400, "invalid-parameter"),
    ("/models/books/1?consistent_read=true&consistent_read=true", 400, "duplicate-parameter"),
    ("/models/books/1?message=%FF", 400, "invalid-query"),
    ("/models/books/1?message=%4", 400, "invalid-query"),
    ("/models?limit=1", 400, "unknown-parameter"),
    ("/models/books/1?attributes_to_get=", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a%20b", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a,", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a..b", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a%5Bx%5D", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a%5B0", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=%22a", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a,a", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=a,a.b", 400, "invalid-projection"),
    ("/models/books/1?attributes_to_get=" + LONG, 400, "invalid-projection"),
    ("/models/books/1?message=" + "m" * 10000, 414, "target-too-long"),
    ("/nowhere/1", 404, "route-not-found"),
    ("/models/books/1/2/3", 404, "route-not-found"),
]


@pytest.mark.survives("HTTP: requests that are refused")
@pytest.mark.parametrize("path, status, kind", CASES, ids=lambda value: str(value)[:48])
def test_bad_request(library, path, status, kind):
    problem = curl(library.url + path).assert_problem(status, kind)
    assert problem["instance"] == path.partition("?")[0]
    assert curl(f"{library.url}/models/single/only").status == 200


@pytest.mark.survives("HTTP: requests that are refused")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/models/books@by_name/1", "/models", "/apps",
                                  "/models/books:first"])
def test_method_not_allowed(library, method, path):
    response = curl(library.url + path, "-X", method)
    response.assert_problem(405, "method-not-allowed")
    allowed = {name.strip() for name in response.headers["allow"].split(",")}
    assert {"GET", "HEAD"} <= allowed and method not in allowed


def test_options_says_what_is_allowed(library):
    response = curl(f"{library.url}/models/books/1", "-X", "OPTIONS")
    assert response.status in (200, 204)
    assert {"GET", "HEAD"} <= {name.strip() for name in response.headers["allow"].split(",")}


@pytest.mark.parametrize("body", ["x", "{}", "x" * 100000])
@pytest.mark.parametrize("framing", [[], ["-H", "Transfer-Encoding: chunked"]])
def test_body_on_get(library, body, framing, tmp_path):
    (tmp_path / "body").write_text(body)
    response = curl(f"{library.url}/models/books/1", "-X", "GET", "-H", "Expect:", *framing,
                    "--data-binary", f"@{tmp_path / 'body'}")
    response.assert_problem(400, "body-not-expected")
    assert curl(f"{library.url}/models/single/only").status == 200


def test_a_target_that_no_buffer_holds(library):
    assert curl(f"{library.url}/models/books/{'k' * 100000}").status == 414
    assert curl(f"{library.url}/models/single/only").status == 200


def test_headers_too_large(library):
    response = curl(f"{library.url}/models/books/1", "-H", "X-Long: " + "x" * 100000)
    assert response.status == 431
    assert curl(f"{library.url}/models/single/only").status == 200
