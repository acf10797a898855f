"""Where credentials come from, seen in the signatures that arrive."""
import apps
from client import curl
from upstream import error, item
from verify import assert_signed

KEYLESS = {"aws_access_key_id", "aws_secret_access_key"}

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}

PROFILES = """
# a comment
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = default-secret

[work]
aws_access_key_id=AKIDWORK
aws_secret_access_key=work/secret+
aws_session_token=work-token
"""


def keyless_app(url):
    app = apps.todo_app(url)
    app["dynamodb"] = {k: v for k, v in app["dynamodb"].items() if k not in KEYLESS}
    return app


def first_request(start, upstream, app, environment):
    daemon = start({"app": app}, environment=environment)
    response = curl(f"{daemon.url}/models/todo/1")
    assert upstream.requests, response.body
    return upstream.requests[0]


def shared_file(tmp_path, text=PROFILES):
    path = tmp_path / "credentials"
    path.write_text(text)
    return {"AWS_SHARED_CREDENTIALS_FILE": str(path)}


def test_from_the_environment(start, upstream):
    request = first_request(start, upstream, keyless_app(upstream.url), ENVIRONMENT)
    assert_signed(request, "AKIDENV", "env-secret", "eu-west-1")


def test_from_the_environment_with_a_token(start, upstream):
    environment = {**ENVIRONMENT, "AWS_SESSION_TOKEN": "env-token"}
    request = first_request(start, upstream, keyless_app(upstream.url), environment)
    assert_signed(request, "AKIDENV", "env-secret", "eu-west-1", token="env-token")


def test_the_apps_own_keys_beat_the_environment(start, upstream):
    environment = {**ENVIRONMENT, "AWS_SESSION_TOKEN": "env-token"}
    request = first_request(start, upstream, apps.todo_app(upstream.url), environment)
    assert_signed(request, apps.KEY, apps.SECRET, "eu-west-1", token=None)


def test_from_the_shared_file(start, upstream, tmp_path):
    request = first_request(start, upstream, keyless_app(upstream.url), shared_file(tmp_path))
    assert_signed(request, "AKIDDEFAULT", "default-secret", "eu-west-1")


def test_from_the_home_folder(start, upstream, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(PROFILES)
    request = first_request(start, upstream, keyless_app(upstream.url), {"HOME": str(tmp_path)})
    assert_signed(request, "AKIDDEFAULT", "default-secret", "eu-west-1")


def test_environment_beats_the_shared_file(start, upstream, tmp_path):
    environment = {**ENVIRONMENT, **shared_file(tmp_path)}
    request = first_request(start, upstream, keyless_app(upstream.url), environment)
    assert_signed(request, "AKIDENV", "env-secret", "eu-west-1")


def test_a_named_profile_beats_the_environment(start, upstream, tmp_path):
    environment = {**ENVIRONMENT, **shared_file(tmp_path), "AWS_PROFILE": "work"}
    request = first_request(start, upstream, keyless_app(upstream.url), environment)
    assert_signed(request, "AKIDWORK", "work/secret+", "eu-west-1", token="work-token")


def test_none_at_all(start, upstream):
    daemon = start({"app": keyless_app(upstream.url)})
    response = curl(f"{daemon.url}/models/todo/1")
    response.assert_problem(503, "no-credentials")
    assert int(response.headers["retry-after"]) > 0
    assert upstream.requests == []


def test_they_may_come_later(start, upstream, tmp_path):
    environment = shared_file(tmp_path, "")
    daemon = start({"app": keyless_app(upstream.url)}, environment=environment)
    curl(f"{daemon.url}/models/todo/1").assert_problem(503, "no-credentials")
    shared_file(tmp_path)
    upstream.script = lambda _: item(id={"S": "1"})
    assert curl(f"{daemon.url}/models/todo/1").status == 200


def test_expired_ones_are_read_anew(start, upstream, tmp_path):
    environment = shared_file(tmp_path)
    daemon = start({"app": keyless_app(upstream.url)}, environment=environment, threads=1)
    upstream.script = lambda _: item(id={"S": "1"})
    assert curl(f"{daemon.url}/models/todo/1").status == 200

    shared_file(tmp_path, PROFILES.replace("AKIDDEFAULT", "AKIDROTATED"))
    upstream.script = lambda request: (
        item(id={"S": "1"}) if "AKIDROTATED" in request.header("Authorization")
        else error("ExpiredTokenException"))
    assert curl(f"{daemon.url}/models/todo/1").status == 200
    assert len(upstream.requests) == 3
    assert_signed(upstream.requests[-1], "AKIDROTATED", "default-secret", "eu-west-1")


def test_the_region_may_come_from_the_environment(start, upstream):
    app = apps.todo_app(upstream.url)
    del app["dynamodb"]["region"]
    request = first_request(start, upstream, app, {"AWS_REGION": "sa-east-1"})
    assert_signed(request, apps.KEY, apps.SECRET, "sa-east-1")


def test_no_secret_is_logged(start, upstream, tmp_path):
    upstream.script = lambda _: error("UnrecognizedClientException")
    app = apps.todo_app(upstream.url, aws_session_token="the-session-token")
    daemon = start({"app": app}, log_level="debug")
    curl(f"{daemon.url}/models/todo/1")
    daemon.stop()
    for secret in (apps.SECRET, "the-session-token", "Signature="):
        assert secret not in daemon.log
