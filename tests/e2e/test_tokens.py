"""The token of the next page: what it is good for, and that nothing else is."""
import base64
import os
import random

import pytest

import apps
import pages
from client import Connection

SEED = int(os.environ.get("TOKENS_SEED", random.randrange(10**9)))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SECRET_KEY = "a partition that nobody is to see"
ITEMS = [pages.item(SECRET_KEY, number) for number in range(8)]
PARTITION = "/models/pages/a%20partition%20that%20nobody%20is%20to%20see"


def embedded(folder, **settings):
    """An app on the embedded store, with the items in a seed beside its file."""
    app, _ = pages.store_of("sqlite", folder, None, ITEMS)
    return {**app, **settings, "dynamodb": {"host": "sqlite::memory:"}}


@pytest.fixture
def connect(start):
    """connect({app: settings}) → a connection to a daemon of its own."""
    return lambda apps_: Connection(start(apps_, threads=1).port)


def token_of(connection, target=PARTITION + "?limit=2"):
    response = connection.get(target)
    assert response.status == 200, response.body
    return response.headers["link"].partition("after=")[2].partition(">")[0].partition("&")[0]


def after(connection, token, target=PARTITION + "?limit=2"):
    return connection.get(f"{target}&after={token}")


def assert_good(connection, token, target=PARTITION + "?limit=2"):
    response = after(connection, token, target)
    assert response.status == 200, response.body
    assert [item["r"] for item in response.json] == [2, 3]


def assert_refused(connection, token, target=PARTITION + "?limit=2"):
    problem = after(connection, token, target).assert_problem(400, "invalid-token")
    assert SECRET_KEY not in str(problem)


@pytest.fixture
def served(connect, tmp_path):
    return connect({"app": embedded(tmp_path)})


def test_it_is_opaque(served):
    token = token_of(served)
    assert set(token) <= set(ALPHABET)
    shown = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for word in SECRET_KEY.encode().split() + [b"pages", b"app", b"h", b"limit"]:
        if len(word) > 3:
            assert word not in shown


def test_the_same_page_has_the_same_token(served):
    assert token_of(served) == token_of(served)


def test_another_page_has_another_token(served):
    assert token_of(served) != token_of(served, PARTITION + "?limit=3")


def test_each_character_counts(served):
    token = token_of(served)
    for place, own in enumerate(token):
        for other in (ALPHABET[ALPHABET.index(own) ^ 1], ALPHABET[ALPHABET.index(own) ^ 32]):
            assert_refused(served, token[:place] + other + token[place + 1:])
    assert_good(served, token)


def test_each_cut_counts(served):
    token = token_of(served)
    for length in range(1, len(token)):
        assert_refused(served, token[:length])
        assert_refused(served, token[length:])


@pytest.mark.parametrize("change", [
    lambda token: token + "A", lambda token: "A" + token, lambda token: token + token,
    lambda token: token[::-1], lambda token: token.swapcase(), lambda token: token + "AAAA",
    lambda token: token + "%0A", lambda token: token + "%20", lambda token: token + "%00"])
def test_what_is_added_counts(served, change):
    token = token_of(served)
    assert change(token) != token
    assert_refused(served, change(token))


def test_two_tokens_do_not_mix(served):
    first, second = token_of(served), token_of(served, PARTITION + "?limit=3")
    for place in range(4, min(len(first), len(second)), 4):
        assert_refused(served, first[:place] + second[place:])


def test_any_other_text_is_refused(served):
    rng = random.Random(SEED)
    for _ in range(300):
        text = "".join(rng.choices(ALPHABET, k=rng.randrange(1, 300)))
        response = after(served, text)
        assert response.status == 400, (SEED, text)
        response.assert_problem(400, "invalid-token")


@pytest.mark.parametrize("other", [
    "/models/pages/else?limit=2",
    "/models/pages?limit=2",
    PARTITION + "?limit=2&order=desc",
    PARTITION + "?limit=2&s=eq.0",
    PARTITION + "?limit=2&r=ge.0",
    PARTITION.replace("pages", "pages@by_rank") + "?limit=2",
    "/models/pages@by_group/of%20a?limit=2",
    "/models/pages@by_group?limit=2",
    "/models/twin" + PARTITION[len("/models/pages"):] + "?limit=2",
])
def test_it_is_good_for_its_query_alone(connect, tmp_path, other):
    app = embedded(tmp_path)
    app["models"]["twin"] = pages.MODEL
    served = connect({"app": app})
    token = token_of(served)
    assert_refused(served, token, other)
    assert_good(served, token)


def test_the_spelling_of_the_same_query_does_not_matter(served):
    """What is asked counts, not how it is written."""
    token = token_of(served, PARTITION + "?limit=2&r=ge.0")
    assert_good(served, token, PARTITION + "?r=ge.0&limit=2")


def test_it_is_good_for_its_app_alone(connect, tmp_path):
    app = embedded(tmp_path, token_secret="one secret of two apps")
    both = connect({"one": {**app, "default": True}, "two": app})
    token = token_of(both, "/apps/one" + PARTITION + "?limit=2")
    assert_refused(both, token, "/apps/two" + PARTITION + "?limit=2")
    assert_good(both, token, "/apps/one" + PARTITION + "?limit=2")
    assert_good(both, token)


def test_it_survives_a_restart_and_is_good_elsewhere(connect, tmp_path):
    app = embedded(tmp_path)
    token = token_of(connect({"app": app}))
    assert_good(connect({"app": app}), token)


def test_the_apps_file_is_a_secret_where_there_is_no_other(connect, tmp_path):
    app = embedded(tmp_path)
    token = token_of(connect({"app": app}))
    changed = connect({"app": {**app, "default": True}})
    assert_refused(changed, token)


def test_token_secret_makes_it_good_in_another_configuration(connect, tmp_path):
    app = embedded(tmp_path, token_secret="sixteen bytes or more")
    token = token_of(connect({"app": app}))
    assert_good(connect({"app": {**app, "default": True}}), token)
    assert_refused(connect({"app": {**app, "token_secret": "sixteen bytes of others"}}), token)


def test_a_token_secret_is_before_the_keys_secret(connect, tmp_path):
    app = embedded(tmp_path)
    keys = {"host": "sqlite::memory:", "aws_access_key_id": apps.KEY}
    first, second = ({**app, "dynamodb": {**keys, "aws_secret_access_key": secret}}
                     for secret in (apps.SECRET, apps.SECRET[::-1]))
    token = token_of(connect({"app": first}))
    assert_good(connect({"app": {**first, "default": True}}), token)
    assert_refused(connect({"app": second}), token)
    shared = {"token_secret": "a secret of both of them"}
    token = token_of(connect({"app": {**first, **shared}}))
    assert_good(connect({"app": {**second, **shared}}), token)


@pytest.mark.parametrize("secret, is_good", [("x" * 15, False), ("x" * 16, True),
                                             ("x" * 256, True), ("x" * 257, False)])
def test_a_token_secret_has_16_to_256_bytes(start, tmp_path, secret, is_good):
    daemon = start({"app": embedded(tmp_path, token_secret=secret)}, ready=False)
    if is_good:
        daemon.wait_ready()
    else:
        daemon.assert_ended_well(status=1)
        assert "token_secret" in daemon.log and secret not in daemon.log
