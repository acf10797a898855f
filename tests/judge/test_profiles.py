"""Both shared files as one view: botocore reads the same pairs and finds the same in them."""
import configparser
import functools
import json
import os
import random
import subprocess

import botocore.configloader
import botocore.session
import pytest
from botocore.exceptions import BotoCoreError

TOOL = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "sign_tool")
PAIRS = 600
CHAINS = 80

PROFILES = ["default", "a", "b", "a b", "é", "x"]
NAMES = ["region", "Region", "role_arn", "source_profile", "credential_process", "s3",
         "services"]
KEYS = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
SUBS = ["max", "style", "max"]
DELIMITERS = ["=", " = ", ": ", "\t=\t", "= "]
SERVICES = ["s", "s", "s", "none"]
VALUES = ["v", "eu-west-1", "a = b", "with blanks", "é", "x # kept", "arn:aws:iam::1:role/x"]
NOISE = ["", "", "# comment", "; comment", "    # indented comment", "\t"]
BROKEN = ["no delimiter", "[open", "= 1"]


@pytest.fixture(autouse=True)
def duplicates_merge(monkeypatch):
    """botocore refuses a section that comes twice; the other SDKs merge, and so do we."""
    monkeypatch.setattr(botocore.configloader.configparser, "RawConfigParser",
                        functools.partial(configparser.RawConfigParser, strict=False))


def headers(rng, is_config):
    """The sections of one file. In one file a profile is spelt in one way: of two spellings
    botocore takes the later, while we merge them, and [profile default] beats [default]."""
    if not is_config:
        return [f"[{profile}]" for profile in PROFILES] + ["[profile a]", "[DEFAULT]"]
    quote = rng.choice(["", "'", '"'])
    spelt = [f"[profile {quote}{profile}{quote}]" for profile in ("a", "b", "é", "x")]
    return spelt + [rng.choice(["[default]", "[profile default]"]), '[profile "a b"]',
                    "[profile a b c]", "[profile 'open]", "[profile]", "[a]", "[preview]",
                    "[sso-session s]", "[DEFAULT]", "[ default ]"] + 4 * ["[services s]"]


def entry(rng):
    name, delimiter = rng.choice(NAMES + KEYS), rng.choice(DELIMITERS)
    if name == "services":
        return [name + delimiter + rng.choice(SERVICES)]
    if rng.random() < 0.3:
        lines = [f"  {rng.choice(SUBS)} = {rng.choice(VALUES)}" for _ in range(rng.randint(1, 3))]
        return [name + delimiter.rstrip(), *lines]
    lines = [name + delimiter + rng.choice(VALUES)]
    return lines + ["  continued"] if rng.random() < 0.05 else lines


def file_text(rng, is_config):
    choice, lines = headers(rng, is_config), []
    for _ in range(rng.randint(0, 6)):
        lines.append(rng.choice(choice) + rng.choice(["", "", " ", " # not the name"]))
        for _ in range(rng.randint(0, 4)):
            lines += entry(rng)
            if rng.random() < 0.2:
                lines.append(rng.choice(NOISE))
    if rng.random() < 0.05:
        lines.append(rng.choice(BROKEN))
    end = rng.choice(["\n", "\n", "\r\n"])
    return end.join(lines) + rng.choice(["", end])


def session_of(config, credentials, profile=None):
    session = botocore.session.Session(profile=profile)
    session.set_config_variable("config_file", config)
    session.set_config_variable("credentials_file", credentials)
    return session


def judge(config, credentials):
    """{profile: {name: text}}, or None where botocore refuses a file."""
    try:
        full = session_of(config, credentials).full_config
    except BotoCoreError:
        return None
    return {name: seen(profile, full) for name, profile in full["profiles"].items()}


def seen(profile, sections):
    """{"name": text, "service.name": text}: the latter of [services X] for `services = X`."""
    found = {name: value for name, value in profile.items() if not isinstance(value, dict)}
    for service, lines in sections.get(f"services {found.get('services')}", {}).items():
        if isinstance(lines, dict):
            found.update({f"{service}.{name}": text for name, text in lines.items()})
    return found


def ask(questions):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    ended = subprocess.run([TOOL, "profiles"], input=lines.encode(), stdout=subprocess.PIPE,
                           check=True, timeout=120)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def write_pair(folder, number, *texts):
    paths = [folder / f"{number}-{name}" for name in ("config", "credentials")]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode())
    return [str(path) for path in paths]


def test_generated_pairs_are_read_as_botocore_reads_them(tmp_path):
    names = sorted({name.lower() for name in NAMES + KEYS})
    names += [f"{name}.{sub}" for name in names for sub in set(SUBS)]
    asked = PROFILES + ["profile a", "preview", "DEFAULT", "profile", "a b c"]
    pairs = []
    for number in range(PAIRS):
        rng = random.Random(number)
        pairs.append(write_pair(tmp_path, number, file_text(rng, True), file_text(rng, False)))
    answers = ask([[*pair, asked, names] for pair in pairs])

    refused = served = 0
    for pair, answer in zip(pairs, answers, strict=True):
        expected = judge(*pair)
        refused += expected is None
        if expected is None:
            assert list(answer) == ["error"], pair
            continue
        texts = {profile: {name: text for name, text in found.items()
                           if not text.startswith("\n")} for profile, found in answer.items()}
        assert texts == expected, pair
        served += sum("." in name for found in expected.values() for name in found)
    assert PAIRS / 50 < refused < PAIRS / 3
    assert served > PAIRS / 10


def keys_text(rng, is_config):
    """Profiles with keys, half of them, or none."""
    text = ""
    for profile in ("default", "work"):
        prefix = "profile " if is_config and profile != "default" else ""
        if rng.random() < 0.3:
            continue
        text += f"[{prefix}{profile}]\n"
        for name in rng.choice([[], KEYS, KEYS[:2], KEYS[:2], KEYS[:1], KEYS[2:], ["region"]]):
            text += f"{name} = {rng.getrandbits(64):x}\n"
    return text


def judge_keys(config, credentials, profile):
    try:
        found = session_of(config, credentials, profile).get_credentials()
    except BotoCoreError as error:
        return "none" if type(error).__name__ == "ProfileNotFound" else "refused"
    return [found.access_key, found.secret_key, found.token] if found else "none"


def load_keys(config, credentials, profile):
    environment = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials,
                   "AWS_EC2_METADATA_DISABLED": "true"}
    if profile:
        environment["AWS_PROFILE"] = profile
    ended = subprocess.run([TOOL, "credentials"], env=environment, stdout=subprocess.PIPE,
                           check=True, timeout=60)
    answer = json.loads(ended.stdout)
    if isinstance(answer, list):
        return answer
    nothing = ("no credentials:", "there is no profile")
    return "none" if answer["error"].startswith(nothing) else "refused"


@pytest.mark.parametrize("number", range(CHAINS))
def test_the_chain_finds_in_both_files_what_botocore_finds(tmp_path, monkeypatch, number):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    rng = random.Random(number)
    pair = write_pair(tmp_path, 0, keys_text(rng, True), keys_text(rng, False))
    for profile in (None, "work"):
        assert load_keys(*pair, profile) == judge_keys(*pair, profile), pair
