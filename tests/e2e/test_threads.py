"""The library on several threads, each with its own apps, under ThreadSanitizer."""
import pathlib
import subprocess

import pytest

import apps
from daemon import SANITIZER, clean_environment, settings
from upstream import item

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARIES = ["-lcurl", "-lcrypto", "-ljansson", "-lconfig", "-lsqlite3", "-lz"]


@pytest.fixture(scope="session")
def program(tsan_binary, tmp_path_factory):
    path = tmp_path_factory.mktemp("threads") / "threads"
    subprocess.run(["gcc", "-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=thread",
                    ROOT / "tests/e2e/threads.c", f"-I{ROOT}/lib/include",
                    tsan_binary.parent / "libdynamod.a", *LIBRARIES, "-o", path], check=True)
    return path


def read_on_threads(program, folder, app):
    app_file = folder / "app.conf"
    app_file.write_text(settings(app))
    done = subprocess.run([program, app_file, "todo", "1"], capture_output=True, text=True,
                          timeout=120, env=clean_environment(folder))
    assert not SANITIZER.search(done.stderr), done.stderr
    assert done.returncode == 0, done.stderr


def test_threads_share_nothing(program, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    read_on_threads(program, tmp_path, apps.todo_app(upstream.url))
    assert len(upstream.requests) == 4 * 3 * 20


@pytest.mark.parametrize("host", ["sqlite::memory:", "sqlite:todo.db"])
def test_threads_on_the_embedded_store(program, tmp_path, host):
    """Each opens, and at first makes and seeds, what may be one file."""
    (tmp_path / "todo.jsonl").write_text('{"id": "1"}\n')
    read_on_threads(program, tmp_path, apps.embedded_app(host, seed="todo.jsonl"))
