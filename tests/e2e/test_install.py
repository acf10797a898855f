"""What `make install` leaves: a C program uses the library with pkg-config alone."""
import json
import os
import pathlib
import subprocess

import pytest

from daemon import clean_environment, settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "etc/examples/get_item.c"


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=600, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def destdir(tmp_path_factory):
    """The release build of build/, installed below a folder of its own."""
    folder = tmp_path_factory.mktemp("install")
    run("make", "-s", "install", f"DESTDIR={folder}", "PREFIX=/usr", cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def flags(destdir):
    [pc] = destdir.rglob("libdynamod.pc")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent),
                   "PKG_CONFIG_SYSROOT_DIR": str(destdir)}
    return run("pkg-config", "--cflags", "--libs", "libdynamod", env=environment).split()


@pytest.fixture(scope="module")
def example(destdir, flags):
    """The example, built against the installed files alone."""
    program = destdir / "get_item"
    run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", EXAMPLE, *flags, "-o", program)
    return program


@pytest.fixture
def app_file(tmp_path, library_app):
    path = tmp_path / "library.conf"
    path.write_text(settings(library_app))
    return path


def run_example(destdir, example, tmp_path, *arguments):
    [library] = destdir.rglob("libdynamod.so")
    environment = clean_environment(tmp_path, {"LD_LIBRARY_PATH": str(library.parent)})
    return subprocess.run([example, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, env=environment)


def test_only_what_users_need_is_installed(destdir):
    installed = {path.name for path in destdir.rglob("*") if path.is_file()}
    assert {"dynamod", "dynamod.h", "libdynamod.pc", "libdynamod.a"} <= installed
    assert {path.name for path in destdir.rglob("*.h")} == {"dynamod.h", "dynamod_write.h"}
    assert any(name.startswith("libdynamod.so.0") for name in installed)


def test_the_example_reads_items(destdir, example, tmp_path, app_file, store):
    done = run_example(destdir, example, tmp_path, app_file, "single", "only")
    lines = (line.split(": ", 1) for line in done.stdout.splitlines() if line)
    said = {how: json.loads(text) for how, text in lines}
    item = {"id": "only", "name": "the one", "size": 3}
    assert said["get"] == said["first"] == said["async"] == item
    if store == "sqlite":
        assert done.returncode == 1 and "tables" not in said
        assert done.stderr == ('invalid-request: app "library" is on the embedded store: '
                               'it has no connection\n')
    else:
        assert done.returncode == 0, done.stderr
        assert "single" in said["tables"]["TableNames"]


@pytest.mark.parametrize("model, key, message", [
    ("books", "nope", "item-not-found: no such book: nope"),
    ("counts", "abc", "invalid-key: "),
    ("nope", "1", "model-not-found: ")])
def test_the_example_says_what_failed(destdir, example, tmp_path, app_file, model, key, message):
    done = run_example(destdir, example, tmp_path, app_file, model, key)
    assert done.returncode == 1
    assert done.stderr.startswith(message), done.stderr


def test_the_header_is_c_and_cpp(destdir, tmp_path):
    source = tmp_path / "uses_it.c"
    source.write_text("#include <dynamod.h>\nint main(void) { return !dm_version(); }\n")
    [header] = destdir.rglob("dynamod.h")
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", f"-I{header.parent}"]
    run("gcc", "-std=c99", *strict, source)
    run("g++", "-std=c++98", "-x", "c++", *strict, source)


def test_the_installed_daemon_runs(destdir, tmp_path):
    [daemon] = destdir.rglob("sbin/dynamod")
    assert run(daemon, "-V").startswith("dynamod ")


def test_the_readme_shows_the_example_as_it_is():
    assert EXAMPLE.name in (ROOT / "README.md").read_text()
