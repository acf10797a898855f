"""The shared credentials file: botocore reads the same files and finds the same in them."""
import configparser
import functools
import json
import os
import random
import subprocess

import botocore.configloader
import pytest
from botocore.credentials import SharedCredentialProvider
from botocore.exceptions import ConfigParseError, PartialCredentialsError

TOOL = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "sign_tool")
FILES = 600

INDENTS = ["", "", "", "", " ", "  ", "\t", "    "]
ENDS = ["\n", "\n", "\n", "\r\n", "\r"]
HEADERS = ["[a]", "[b]", "[default]", "[ a ]", "[a] # not the name", "[a]]", "[profile x]", "[DEFAULT]",
           "[é]", "[a = b]", "[a", "[]", "[[a]"]
NAMES = ["k", "K", "name", "aws_access_key_id", "AWS_Access_Key_ID", "a b", "é", "[n", ""]
DELIMITERS = ["=", " = ", ":", " : ", "= ", "\t=\t", " =", ": ="]
VALUES = ["", "v", "AKID", "a=b", "a:b", "with blanks", "v # kept", "v ; kept", "é", "\U0001f600", "[x]"]
OTHERS = ["", "", "# comment", "; comment", "#", "no delimiter", "[x]", "x = 1", "= 1", " ", "\t"]


@pytest.fixture(autouse=True)
def duplicates_merge(monkeypatch):
    """botocore refuses a section that comes twice; the other SDKs merge, and so do we."""
    monkeypatch.setattr(botocore.configloader.configparser, "RawConfigParser",
                        functools.partial(configparser.RawConfigParser, strict=False))


def line(rng):
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(HEADERS[:9] if rng.random() < 0.9 else HEADERS)
    if kind < 0.75:
        name = rng.choice(NAMES[:-1] if rng.random() < 0.98 else NAMES)
        return name + rng.choice(DELIMITERS) + rng.choice(VALUES)
    return rng.choice(OTHERS if rng.random() < 0.3 else OTHERS[:5] + OTHERS[7:8])


def file_text(number):
    rng = random.Random(number)
    lines = [line(rng) for _ in range(rng.randint(0, 14))]
    if rng.random() < 0.9:
        lines.insert(0, rng.choice(HEADERS[:3]))
    text = "".join(rng.choice(INDENTS) + each + rng.choice(["", "", " ", "\t"]) + rng.choice(ENDS)
                   for each in lines)
    return text if rng.random() < 0.8 else text.rstrip("\r\n")


def judge(path):
    """{section: {name: text}}, or None for a file that botocore refuses."""
    try:
        return botocore.configloader.raw_config_parse(path, parse_subsections=False)
    except ConfigParseError:
        return None


def merge(entries):
    """Later entries win; every section has what [DEFAULT] has."""
    sections = {section: {} for section, _, _ in entries}
    defaults = {}
    for section, name, value in entries:
        if name is not None:
            (defaults if section == "DEFAULT" else sections[section])[name.lower()] = value
    sections.pop("DEFAULT", None)
    return {section: {**defaults, **own} for section, own in sections.items()}


def read(paths):
    ended = subprocess.run([TOOL, "ini", *paths], stdout=subprocess.PIPE, check=True, timeout=120)
    return [json.loads(each) for each in ended.stdout.splitlines()]


def write(folder, number, content):
    path = folder / str(number)
    path.write_bytes(content)
    return str(path)


def test_generated_files_are_read_as_botocore_reads_them(tmp_path):
    texts = [file_text(number) for number in range(FILES)]
    paths = [write(tmp_path, number, text.encode()) for number, text in enumerate(texts)]
    refused = 0
    for text, path, answer in zip(texts, paths, read(paths), strict=True):
        expected = judge(path)
        refused += expected is None
        actual = merge(answer) if isinstance(answer, list) else None
        assert actual == expected, text
    assert FILES / 20 < refused < FILES / 2


REFUSED = {
    "NUL": b"[a]\nk = \x00\n",
    "a NUL alone": b"\x00",
    "escape": b"[a]\nk = \x1b[0m\n",
    "not UTF-8": b"[a]\nk = \xff\n",
    "surrogate": b"[a]\nk = \xed\xa0\x80\n",
    "line too long": b"[a]\nk = " + b"v" * 65536 + b"\n",
    "file too large": b"[a]\n" + b"# comment\n" * 110000,
}


@pytest.mark.parametrize("what", REFUSED)
def test_bytes_that_no_such_file_has_are_refused(tmp_path, what):
    [answer] = read([write(tmp_path, 0, REFUSED[what])])
    assert list(answer) == ["error"]


def test_the_largest_line_and_the_largest_file_are_read(tmp_path):
    value = "v" * (65536 - len("k = "))
    small = f"[a]\nk = {value}\n"
    text = small + "#" * 1023 + "\n"
    text += ("#" * 1023 + "\n") * 1000
    text = text[:1024 * 1024].ljust(1024 * 1024, "\n")
    [answer] = read([write(tmp_path, 0, text.encode())])
    assert merge(answer) == {"a": {"k": value}}


def credentials_text(rng):
    """Sections with a pair, with half of one, or without; each name in some spelling."""
    text = rng.choice(["", "# mine\n", "\n\n"])
    for _ in range(rng.randint(0, 4)):
        text += rng.choice(["[default]", "[work]", "[default] ", "[other]", "[DEFAULT]"]) + "\n"
        for name in rng.choice([[], ["aws_access_key_id", "aws_secret_access_key"],
                                ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"],
                                ["region", "aws_access_key_id", "aws_secret_access_key"],
                                ["aws_access_key_id"], ["aws_session_token"]]):
            name = rng.choice([name, name.upper()])
            text += name + rng.choice(DELIMITERS[:6]) + f"{rng.getrandbits(64):x}" + "\n"
            text += rng.choice(["", "", "", "# a comment\n", "\n"])
    return text + rng.choice(["", "", "", "", "half a li"])


def judge_credentials(path, profile):
    try:
        found = SharedCredentialProvider(path, profile).load()
    except (ConfigParseError, PartialCredentialsError):
        return "refused"
    return [found.access_key, found.secret_key, found.token] if found else "none"


def load(path, profile):
    environment = {"AWS_SHARED_CREDENTIALS_FILE": path, "AWS_EC2_METADATA_DISABLED": "true"}
    if profile != "default":
        environment["AWS_PROFILE"] = profile
    ended = subprocess.run([TOOL, "credentials"], env=environment, stdout=subprocess.PIPE,
                           check=True, timeout=60)
    answer = json.loads(ended.stdout)
    if isinstance(answer, list):
        return answer
    nothing = ("no credentials:", "there is no profile")
    return "none" if answer["error"].startswith(nothing) else "refused"


@pytest.mark.parametrize("number", range(60))
def test_the_chain_finds_what_botocore_finds(tmp_path, number):
    rng = random.Random(number)
    text = credentials_text(rng)
    path = write(tmp_path, 0, text.encode())
    for profile in ["default", "work"]:
        assert load(path, profile) == judge_credentials(path, profile), text


@pytest.mark.parametrize("path", ["/dev/null", "/", "/nowhere/at/all", "/dev/null/below"])
def test_what_is_no_file_is_absent(path):
    assert load(path, "default") == "none"
