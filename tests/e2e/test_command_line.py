"""The options; asking a daemon that runs; files that are wrong: the file, the line and what was
expected."""
import socket
import subprocess
import threading

import pytest

import apps
from daemon import SANITIZER, clean_environment, write_config

APP = apps.todo_app("http://127.0.0.1:1")


def run(binary, folder, *arguments, environment=None):
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, env=clean_environment(folder, environment), cwd=folder)
    assert not SANITIZER.search(done.stderr), done.stderr
    return done


def test_version(binary, tmp_path):
    done = run(binary, tmp_path, "-V")
    assert done.returncode == 0
    assert done.stdout.startswith("dynamod 0.1.0")


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_each_option_has_a_long_name(binary, tmp_path, option):
    assert run(binary, tmp_path, option).stdout.startswith("dynamod 0.1.0")


def test_help_lists_every_option(binary, tmp_path):
    done = run(binary, tmp_path, "--help")
    assert done.returncode == 0 and not done.stderr
    assert done.stdout == run(binary, tmp_path, "-h").stdout
    for option in ("-c, --config FILE", "-t, --test", "--check-live", "--check-ready",
                   "--admin ADDRESS", "-M, --metrics", "-V, --version", "-h, --help"):
        assert f" {option} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 90


def test_wrong_usage_is_told_from_wrong_files(binary, tmp_path):
    assert run(binary, tmp_path, "--nonsense").returncode == 2
    assert run(binary, tmp_path, "superfluous").returncode == 2
    assert run(binary, tmp_path, "--admin").returncode == 2
    assert run(binary, tmp_path, "--test", "--config", "none.conf").returncode == 1


# --- asking a daemon that runs ---

def check(daemon, question, folder, *more):
    return run(daemon.process.args[0], folder, f"--check-{question}", *more)


def test_a_daemon_is_asked_by_its_configuration(start, tmp_path):
    daemon = start({"app": apps.embedded_app("sqlite::memory:")},
                   admin=f"unix:{tmp_path}/admin.sock")
    assert daemon.admin_url
    for question in ("live", "ready"):
        done = check(daemon, question, tmp_path, "-c", daemon.config)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_daemon_is_asked_by_its_address(start, tmp_path):
    daemon = start({"app": APP, "away": {"dynamodb": {"region": "r"}, "models": {"todo": {}}}},
                   admin="127.0.0.1:0")
    address = daemon.admin_url.removeprefix("http://")
    assert check(daemon, "live", tmp_path, "--admin", address).returncode == 0
    done = check(daemon, "ready", tmp_path, "--admin", address)
    assert done.returncode == 1 and '"app":"away"' in done.stderr
    port = address.partition(":")[2]
    for everywhere in (f":{port}", f"0.0.0.0:{port}", f"localhost:{port}"):
        assert check(daemon, "live", tmp_path, "--admin", everywhere).returncode == 0
    done = check(daemon, "live", tmp_path, "--admin", "nowhere")
    assert done.returncode == 1 and "expected" in done.stderr


def test_a_daemon_is_found_though_an_app_of_its_files_is_broken_by_now(start, tmp_path):
    daemon = start({"app": APP}, admin=f"unix:{tmp_path}/admin.sock")
    assert daemon.admin_url
    (daemon.config.parent / "apps.d/app.conf").write_text("nonsense")
    assert check(daemon, "live", tmp_path, "-c", daemon.config).returncode == 0


def test_nobody_answers(binary, tmp_path):
    done = run(binary, tmp_path, "--check-live", "--admin", f"unix:{tmp_path}/none.sock")
    assert done.returncode == 1 and "cannot connect" in done.stderr
    config = write_config(tmp_path, {"app": APP}, admin="")
    done = run(binary, tmp_path, "--check-live", "-c", config)
    assert done.returncode == 1 and "nobody to ask" in done.stderr


def test_who_answers_nothing_or_nonsense(binary, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "127.0.0.1:%d" % listener.getsockname()[1]
        done = run(binary, tmp_path, "--check-live", "--admin", address)
        assert done.returncode == 1 and "no answer within 2 s" in done.stderr

        def answer():
            with listener.accept()[0], listener.accept()[0] as connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        done = run(binary, tmp_path, "--check-live", "--admin", address)
        thread.join()
        assert done.returncode == 1 and "no dynamod" in done.stderr


@pytest.mark.parametrize("arguments", [["-x"], [], ["-c"], ["-c", "a", "superfluous"]])
def test_usage(binary, tmp_path, arguments):
    done = run(binary, tmp_path, *arguments)
    assert done.returncode != 0
    assert done.stderr


def test_a_good_configuration(binary, tmp_path):
    config = write_config(tmp_path, {"app": APP}, listen=["127.0.0.1:8080"])
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode == 0, done.stderr


def test_every_setting_at_once(binary, tmp_path):
    everything = {
        "default": True,
        "dynamodb": apps.connection(
            "http://127.0.0.1:1", connect_timeout_seconds=1.5, read_timeout_seconds=5,
            base_backoff_ms=25, max_retry_attempts=3, max_pool_connections=10, batch_width=4,
            extra_headers=[{"name": "X-Team", "value": "core"}], aws_session_token="t",
            read_capacity_units=1, write_capacity_units=1),
        "models": {"task": {"table_name": "t.-_9", "hash_key": "a", "range_key": "b",
                         "attributes": {"a": "S", "b": "N", "c": "B", "d": "BOOL", "e": "NULL",
                                        "f": "L", "g": "M", "h": "SS", "i": "NS", "j": "BS"},
                         "allow": ["read", "write"], "message": "none", "create_table": False,
                         "dynamodb": {"region": "eu-north-1"}}}}
    config = write_config(
        tmp_path, {"app": everything}, listen=["127.0.0.1:1", "unix:/tmp/s", "[::1]:1"],
        admin="127.0.0.1:2",
        threads=0, request_timeout_seconds=10, drain_delay_seconds=5, drain_timeout_seconds=30,
        idle_timeout_seconds=75, max_connections=1000, log_level="info")
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode == 0, done.stderr


MODELS = "models = { task = {}; };"
CONNECTION = 'dynamodb = { region = "r"; host = "http://127.0.0.1:1"; %s };\n' + MODELS

BAD_APPS = {
    # name: (the app's file, the line that is named, words of what was expected)
    "unknown-setting": ("default = true;\nnonsense = 1;\n" + MODELS, 2, ["nonsense"]),
    "unknown-dynamodb-setting": (
        'dynamodb = {\n  region = "r";\n  regoin = "r";\n};\n' + MODELS, 3, ["regoin"]),
    "unknown-model-setting": ('models = {\n  task = {\n    tabel_name = "t";\n  };\n};', 3,
                              ["tabel_name"]),
    "wrong-type": (CONNECTION % "\nmax_retry_attempts = \"three\";", 2, ["max_retry_attempts"]),
    "negative": (CONNECTION % "\nbase_backoff_ms = -1;", 2, ["base_backoff_ms"]),
    "too-wide": (CONNECTION % "\nbatch_width = 1001;", 2, ["batch_width"]),
    "no-pool": (CONNECTION % "\nmax_pool_connections = 0;", 2, ["max_pool_connections"]),
    "zero-timeout": (CONNECTION % "\nread_timeout_seconds = 0;", 2, ["read_timeout_seconds"]),
    "bool-as-number": (CONNECTION % "\nconnect_timeout_seconds = true;", 2,
                       ["connect_timeout_seconds"]),
    "not-a-url": ('dynamodb = {\n  host = "dynamodb";\n};\n' + MODELS, 2, ["host"]),
    "header-injection": (
        CONNECTION % '\nextra_headers = ( { name = "X"; value = "a\\r\\nb: c"; } );', 2, []),
    "header-without-value": (CONNECTION % '\nextra_headers = ( { name = "X"; } );', 2, []),
    "header-of-ours": (
        CONNECTION % '\nextra_headers = ( { name = "Authorization"; value = "x"; } );', 2, []),
    "headers-no-list": (CONNECTION % '\nextra_headers = "X: y";', 2, ["extra_headers"]),
    "bad-attribute-type": ('models = {\n  task = {\n    attributes = {\n      a = "String";\n'
                           '    };\n  };\n};', 4, ["a"]),
    "key-of-a-bad-type": ('models = { task = {\n  hash_key = "a";\n'
                          '  attributes = { a = "BOOL"; };\n}; };', 1, ["a"]),
    "range-without-hash": ('models = { task = {\n  range_key = "a";\n}; };', 1, ["hash_key"]),
    "bad-table-name": ('models = { task = {\n  table_name = "no spaces";\n}; };', 2, ["table_name"]),
    "bad-allow": ('models = { task = {\n  allow = [ "reed" ];\n}; };', 2, ["allow"]),
    "model-is-no-group": ('models = {\n  task = 3;\n};', 2, ["task"]),
    "create-without-keys": ('models = { task = {\n  create_table = true;\n}; };', 1, ["hash_key"]),
    "message-too-long": ('models = { task = {\n  message = "%s";\n}; };' % ("m" * 5000), 2,
                         ["message"]),
    "syntax": ("default = true;\nmodels = {{\n", 2, []),
    "setting-twice": ("default = true;\ndefault = true;\n" + MODELS, 2, []),
    "array-setting-that-is-one": ("default = [ true ];\n" + MODELS, 1, ["default"]),
}

BAD_OPTIONS = {
    "unknown": ("listne = [];", "listne"),
    "admin": ('admin = "nowhere";', "admin"),
    "threads": ("threads = -1;", "threads"),
    "too-many-threads": ("threads = 100000;", "threads"),
    "threads-type": ('threads = "many";', "threads"),
    "listen": ('listen = [ "nowhere" ];', "listen"),
    "listen-port": ('listen = [ "127.0.0.1:70000" ];', "listen"),
    "listen-unix": ('listen = [ "unix:" ];', "listen"),
    "log-level": ('log_level = "loud";', "log_level"),
    "timeout": ("request_timeout_seconds = 0;", "request_timeout_seconds"),
    "connections": ("max_connections = 0;", "max_connections"),
}


def assert_refused(done, place, words):
    assert done.returncode not in (0, 99), done.stderr
    assert place in done.stderr
    assert "expected" in done.stderr or words == [] or "unknown" in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.survives("Configuration: files that are wrong")
@pytest.mark.parametrize("name", BAD_APPS)
@pytest.mark.parametrize("flags", [["-t"], []], ids=["check", "start"])
def test_a_bad_app(binary, tmp_path, name, flags):
    text, line, words = BAD_APPS[name]
    config = write_config(tmp_path, {"good": APP, "wrong": text}, listen=[f"unix:{tmp_path}/s"])
    done = run(binary, tmp_path, *flags, "-c", config, environment={"AWS_REGION": "eu-west-1"})
    assert_refused(done, f"wrong.conf:{line}:", words)


@pytest.mark.survives("Configuration: files that are wrong")
@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_bad_options(binary, tmp_path, name):
    text, word = BAD_OPTIONS[name]
    config = write_config(tmp_path, {"app": APP})
    config.write_text(f'apps = "apps.d";\n{text}\n')
    assert_refused(run(binary, tmp_path, "-t", "-c", config), "dynamod.conf:2:", [word])


def test_files_that_are_not_there(binary, tmp_path):
    done = run(binary, tmp_path, "-t", "-c", tmp_path / "none.conf")
    assert done.returncode not in (0, 99) and "none.conf" in done.stderr
    config = write_config(tmp_path, {})
    config.write_text('apps = "elsewhere.d";\n')
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode not in (0, 99) and "elsewhere.d" in done.stderr


def test_two_default_apps(binary, tmp_path):
    app = {**APP, "default": True}
    config = write_config(tmp_path, {"one": app, "two": app}, listen=["127.0.0.1:8080"])
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode not in (0, 99)
    assert "default" in done.stderr


def test_no_region_at_all(binary, tmp_path):
    config = write_config(tmp_path, {"app": {"models": {"task": {}}}}, listen=["127.0.0.1:8080"])
    done = run(binary, tmp_path, "-t", "-c", config)
    assert done.returncode not in (0, 99)
    assert "region" in done.stderr
