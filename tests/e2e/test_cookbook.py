"""The README's cookbook, its programs and its lines, against the demo."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from client import curl
from daemon import Daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "etc/examples"
DEMO = ROOT / "etc/demo/apps.d"
SAID = "Buy milk\ndone: true\nno such todo: 4\n"


@pytest.fixture
def models(binary, tmp_path):
    """Where the demo's models are."""
    shutil.copytree(DEMO, tmp_path / "apps.d")
    daemon = Daemon(binary, tmp_path, {})
    yield f"{daemon.wait_ready().url}/models"
    daemon.stop()


def compiled(folder, compiler, *arguments):
    program = folder / "todo"
    environment = {**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
    subprocess.run([*compiler, "-o", program, *arguments], check=True, env=environment)
    return [program]


COMMANDS = {
    "todo.sh": lambda source, folder: ["sh", source],
    "todo.py": lambda source, folder: ["/usr/bin/python3", source],
    "todo.php": lambda source, folder: ["php", source],
    "todo.lua": lambda source, folder: ["lua5.4", source],
    "todo.go": lambda source, folder: compiled(folder, ["go", "build"], source),
    "todo.c": lambda source, folder: compiled(folder, ["cc", "-Wall", "-Wextra", "-Werror"], source,
                                              "-lcurl", "-ljansson"),
}


def test_every_program_is_tried():
    assert {path.name for path in EXAMPLES.glob("todo.*")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_program_reads_changes_and_misses(models, tmp_path, name):
    command = COMMANDS[name](EXAMPLES / name, tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "MODELS_URL": models})
    assert (done.stdout, done.stderr, done.returncode) == (SAID, "", 0)
    assert curl(f"{models}/todo/1").json["done"] is True


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_leads_to_it(name):
    assert f"etc/examples/{name}" in (ROOT / "README.md").read_text()


def test_the_lines_for_a_shell(models, tmp_path):
    cookbook = (ROOT / "README.md").read_text().partition("## Cookbook")[2].partition("\n## ")[0]
    lines = re.findall(r"^    \$ (.*)", cookbook, re.M)
    (tmp_path / "new.jsonl").write_text('{ "id": "8" }\n{ "id": "9" }\n')

    def run(line):
        line = line.replace("localhost:8080/models", models.removeprefix("http://"))
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=tmp_path,
                              check=True).stdout

    name, still_open, missing, _, _ = map(run, lines)
    assert (name, missing) == ("Buy milk\n", "not there\n")
    assert sorted(still_open.splitlines()) == ["Buy milk", "Measure π"]
    assert curl(f"{models}/todo/1").json["done"] is True
    assert [curl(f"{models}/todo/{key}").status for key in "89"] == [200, 200]
