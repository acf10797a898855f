"""Several apps at once: each with its own settings, credentials and connections."""
import concurrent.futures

import apps
from client import curl
from upstream import item
from verify import assert_signed

FIRST = {"region": "eu-west-1", "aws_access_key_id": "AKIDFIRST",
         "aws_secret_access_key": "first-secret", "aws_session_token": "first-token",
         "extra_headers": [{"name": "X-First", "value": "1"}]}
SECOND = {"region": "us-east-2", "aws_access_key_id": "AKIDSECOND",
          "aws_secret_access_key": "second-secret",
          "extra_headers": [{"name": "X-Second", "value": "2"}]}


def assert_of(request, settings, header, other_header):
    assert_signed(request, settings["aws_access_key_id"], settings["aws_secret_access_key"],
                  settings["region"], settings.get("aws_session_token"), extra=[header.lower()])
    assert request.header(header)
    assert request.header(other_header) is None


def get_many(daemon, app_names, each):
    """Interleaved, eight at a time."""
    urls = [f"{daemon.url}/apps/{name}/models/todo/{key}"
            for key in range(each) for name in app_names]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return dict(zip(urls, pool.map(curl, urls)))


def test_nothing_leaks_from_one_app_to_another(start, each_binary, upstream, other_upstream):
    upstream.script = lambda _: item(id={"S": "of first"})
    other_upstream.script = lambda _: item(id={"S": "of second"})
    daemon = start({"first": apps.todo_app(upstream.url, **FIRST),
                    "second": apps.todo_app(other_upstream.url, **SECOND)},
                   use=each_binary, threads=4)
    for url, response in get_many(daemon, ["first", "second"], 30).items():
        expected = "of first" if "/apps/first/" in url else "of second"
        assert response.json == {"id": expected}
    assert (len(upstream.requests), len(other_upstream.requests)) == (30, 30)
    for request in upstream.requests:
        assert_of(request, FIRST, "X-First", "X-Second")
    for request in other_upstream.requests:
        assert_of(request, SECOND, "X-Second", "X-First")


def test_apps_of_one_host_share_no_connection(start, upstream):
    daemon = start({"first": apps.todo_app(upstream.url, **FIRST),
                    "second": apps.todo_app(upstream.url, **SECOND)}, threads=1)
    get_many(daemon, ["first", "second"], 20)
    users = {}
    for request in upstream.requests:
        users.setdefault(request.connection, set()).add(request.header("X-First") or "second")
    assert all(len(names) == 1 for names in users.values()), users
    assert len(upstream.requests) == 40


def test_connections_are_kept(start, upstream):
    upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"app": apps.todo_app(upstream.url)}, threads=1)
    for _ in range(10):
        curl(f"{daemon.url}/models/todo/1")
    assert {request.connection for request in upstream.requests} == {0}


def test_an_app_whose_upstream_is_gone_does_not_hurt_the_other(start, upstream, other_upstream):
    upstream.stop()
    other_upstream.script = lambda _: item(id={"S": "1"})
    daemon = start({"first": apps.todo_app(upstream.url),
                    "second": apps.todo_app(other_upstream.url)}, threads=1)
    for url, response in get_many(daemon, ["first", "second"], 10).items():
        assert response.status in ((502, 503) if "/apps/first/" in url else (200,))
