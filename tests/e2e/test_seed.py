"""Seeds of the embedded store: a line an item, in either JSON; all of a file or nothing."""
import contextlib
import json
import sqlite3
import subprocess

import pytest

import apps
from client import curl
from daemon import SANITIZER, clean_environment, write_config

TYPED = ["-H", "Accept: application/x-amz-json-1.0"]


def run_to_its_end(binary, folder, app):
    """A daemon that is to refuse to start; what it says."""
    folder.mkdir(exist_ok=True)
    config = write_config(folder, {"app": app}, listen=["127.0.0.1:0"])
    done = subprocess.run([binary, "-c", config], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env=clean_environment(folder), cwd=folder)
    assert not SANITIZER.search(done.stderr), done.stderr
    assert done.returncode == 1, done.stderr
    assert "listening" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, f"said once:\n{done.stderr}"
    return done.stderr


def count_items(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM items").fetchone()[0]


def get(daemon, key, *options):
    return curl(f"{daemon.url}/models/todo/{key}", *options).json


@pytest.mark.parametrize("line, item", [
    ('{"id": "1", "n": 1.50, "t": true, "z": null, "l": [1, {"a": "b"}], "m": {"S": "x"}}',
     {"id": {"S": "1"}, "n": {"N": "1.5"}, "t": {"BOOL": True}, "z": {"NULL": True},
      "l": {"L": [{"N": "1"}, {"M": {"a": {"S": "b"}}}]}, "m": {"M": {"S": {"S": "x"}}}}),
    ('{"id": {"S": "1"}, "n": {"N": "1.50"}, "b": {"B": "AP8="}, "s": {"NS": ["2", "1.0"]}}',
     {"id": {"S": "1"}, "n": {"N": "1.5"}, "b": {"B": "AP8="}, "s": {"NS": ["1", "2"]}}),
    ('  {"id":"1"}\t\r', {"id": {"S": "1"}}),
    ('{"id":"1","digits":12345678901234567890123456789012345678}',
     {"id": {"S": "1"}, "digits": {"N": "12345678901234567890123456789012345678"}}),
    ('{"id": "1", "é\\u0000": "\\ud83d\\ude00"}', {"id": {"S": "1"}, "é\0": {"S": "😀"}}),
], ids=["plain", "typed", "blanks", "digits", "escapes"])
def test_a_line_is_plain_or_dynamodb_json(start, tmp_path, line, item):
    seed = tmp_path / "todo.jsonl"
    seed.write_text(line + "\n")
    daemon = start({"app": apps.embedded_app("sqlite::memory:", seed=str(seed))})
    found = get(daemon, "1", *TYPED)
    if "s" in found:
        found["s"]["NS"].sort()
    assert found == item


def test_lines_of_both_kinds_and_blank_ones(start, tmp_path):
    seed = tmp_path / "todo.jsonl"
    seed.write_text('\n{"id": "1"}\n\n  \t\r\n{"id": {"S": "2"}, "n": {"N": "2"}}\n{"id":"3"}')
    daemon = start({"app": apps.embedded_app("sqlite::memory:", seed=str(seed))})
    assert [get(daemon, key) for key in "123"] == [{"id": "1"}, {"id": "2", "n": 2}, {"id": "3"}]


def test_a_binary_key_of_plain_json_is_base64(start, tmp_path):
    seed = tmp_path / "blobs.jsonl"
    seed.write_text('{"key": "AP/+", "n": 1}\n{"key": {"B": "/w=="}, "n": {"N": "2"}}\n')
    daemon = start({"app": {
        "dynamodb": {"host": "sqlite::memory:"},
        "models": {"blobs": {"hash_key": "key", "attributes": {"key": "B"},
                             "seed": str(seed)}}}})
    assert curl(f"{daemon.url}/models/blobs/AP_-").json == {"key": "AP/+", "n": 1}
    assert curl(f"{daemon.url}/models/blobs/_w").json == {"key": "/w==", "n": 2}


def test_a_seed_beside_the_apps_file(start):
    """Relative to that file, wherever the daemon runs."""
    daemon = start({"app": apps.embedded_app("sqlite:kept.db")})
    folder = daemon.config.parent / "apps.d"
    assert (folder / "kept.db").is_file()
    (folder / "todo.jsonl").write_text('{"id": "1"}\n')
    daemon.stop()
    daemon = start({"app": apps.embedded_app(f"sqlite:{folder}/kept.db",
                                             seed=f"../../{folder.parent.name}/apps.d/todo.jsonl")})
    assert get(daemon, "1") == {"id": "1"}


GOOD = '{"id": "good"}\n'
BAD_LINES = {
    # name: (the text after one good line, the line that is named, a word of what is wrong)
    "no-json": ("todo: 1\n", 2, ""),
    "no-object": ('["1"]\n', 2, ""),
    "two-on-a-line": ('{"id": "1"} {"id": "2"}\n', 2, ""),
    "cut-off": ('{"id": "1"', 2, ""),
    "no-key": ('{"name": "x"}\n', 2, "id"),
    "key-of-a-wrong-type": ('{"id": 1}\n', 2, "id"),
    "typed-key-of-a-wrong-type": ('{"id": {"N": "1"}}\n', 2, "id"),
    "empty-key": ('{"id": ""}\n', 2, "id"),
    "same-key-twice": ('\n{"id": "1"}\n{"id": {"S": "good"}}\n', 4, "same key"),
    "number": ('{"id": "1", "n": 1e126}\n', 2, ""),
    "digits": ('{"id": "1", "n": 123456789012345678901234567890123456789}\n', 2, ""),
    "member-twice": ('{"id": "1", "a": 1, "a": 2}\n', 2, ""),
    "empty-set": ('{"id": {"S": "1"}, "s": {"SS": []}}\n', 2, ""),
    "set-with-doubles": ('{"id": {"S": "1"}, "s": {"NS": ["1", "1.0"]}}\n', 2, ""),
    "deep": ('{"id": "1", "l": %s%s}\n' % ("[" * 40, "]" * 40), 2, ""),
    "too-large": ('{"id": "1", "s": "%s"}\n' % ("x" * 400 * 1024), 2, ""),
    "a-very-long-line": ('{"id": "1", "s": "%s"}\n' % ("x" * 5 * 1024 * 1024), 2, "longer than"),
    "lone-surrogate": ('{"id": "\\ud800"}\n', 2, ""),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_stops_the_start_and_nothing_is_loaded(binary, start, tmp_path, name):
    text, line, word = BAD_LINES[name]
    seed, database = tmp_path / "todo.jsonl", tmp_path / "todo.db"
    seed.write_text(GOOD + text)
    app = apps.embedded_app(f"sqlite:{database}", seed=str(seed))
    said = run_to_its_end(binary, tmp_path / "refused", app)
    assert f"{seed}:{line}: " in said
    assert word in said.partition(f"{seed}:{line}: ")[2]
    assert count_items(database) == 0

    seed.write_text(GOOD)
    assert get(start({"app": app}), "good") == {"id": "good"}


def test_bytes_that_are_no_utf_8(binary, tmp_path):
    seed = tmp_path / "todo.jsonl"
    seed.write_bytes(b'{"id": "1"}\n{"id": "\xff"}\n')
    said = run_to_its_end(binary, tmp_path / "refused",
                          apps.embedded_app("sqlite::memory:", seed=str(seed)))
    assert f"{seed}:2: " in said


@pytest.mark.parametrize("seed", ["nowhere.jsonl", "."])
def test_a_seed_that_cannot_be_read(binary, tmp_path, seed):
    said = run_to_its_end(binary, tmp_path / "refused",
                          apps.embedded_app("sqlite::memory:", seed=f"{tmp_path}/{seed}"))
    assert f"{tmp_path}/{seed}: " in said


def test_an_empty_seed(start, tmp_path):
    (tmp_path / "todo.jsonl").write_text("")
    daemon = start({"app": apps.embedded_app("sqlite::memory:", seed=f"{tmp_path}/todo.jsonl")})
    curl(f"{daemon.url}/models/todo:first").assert_problem(404, "item-not-found")


def test_a_table_with_items_is_not_seeded_again(start, tmp_path):
    seed = tmp_path / "todo.jsonl"
    app = apps.embedded_app(f"sqlite:{tmp_path}/todo.db", seed=str(seed))
    seed.write_text('{"id": "1", "n": 1}\n')
    start({"app": app}).stop()
    seed.write_text('{"id": "1", "n": 2}\n{"id": "2"}\nno item at all\n')
    daemon = start({"app": app})
    assert get(daemon, "1") == {"id": "1", "n": 1}
    curl(f"{daemon.url}/models/todo/2").assert_problem(404, "item-not-found")


def test_a_seed_is_not_needed_again(start, tmp_path):
    seed = tmp_path / "todo.jsonl"
    app = apps.embedded_app(f"sqlite:{tmp_path}/todo.db", seed=str(seed))
    seed.write_text('{"id": "1", "n": 1}\n')
    start({"app": app}).stop()
    seed.unlink()
    assert get(start({"app": app}), "1") == {"id": "1", "n": 1}


def test_ten_thousand_lines(start, tmp_path):
    seed, database = tmp_path / "todo.jsonl", tmp_path / "todo.db"
    with seed.open("w") as lines:
        for number in range(10_000):
            lines.write(json.dumps({"id": str(number), "square": number * number}) + "\n")
    daemon = start({"app": apps.embedded_app(f"sqlite:{database}", seed=str(seed))})
    for number in (0, 1, 4711, 9_999):
        assert get(daemon, str(number)) == {"id": str(number), "square": number * number}
    curl(f"{daemon.url}/models/todo/10000").assert_problem(404, "item-not-found")
    assert count_items(database) == 10_000
