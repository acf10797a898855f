"""The library on several threads, each with its own apps, under ThreadSanitizer."""
import pathlib
import subprocess

import apps
from daemon import SANITIZER, clean_environment, settings
from upstream import item

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARIES = ["-lcurl", "-lcrypto", "-ljansson", "-lconfig", "-lpthread"]


def test_threads_share_nothing(tsan_binary, upstream, tmp_path):
    upstream.script = lambda _: item(id={"S": "1"})
    app_file = tmp_path / "app.conf"
    app_file.write_text(settings(apps.todo_app(upstream.url)))
    program = tmp_path / "threads"
    subprocess.run(["gcc", "-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=thread",
                    ROOT / "tests/e2e/threads.c", f"-I{ROOT}/lib/include",
                    tsan_binary.parent / "libdynamod.a", *LIBRARIES, "-o", program], check=True)
    done = subprocess.run([program, app_file, "todo", "1"], capture_output=True, text=True,
                          timeout=120, env=clean_environment(tmp_path))
    assert not SANITIZER.search(done.stderr), done.stderr
    assert done.returncode == 0, done.stderr
    assert len(upstream.requests) == 4 * 3 * 20
