"""A real systemd, booted in a throwaway root: the package is installed, started by socket, put
under load, reloaded, restarted, killed, brought to a halt, drained; then the system powers off.
What is done is in `scenario`, what comes of it here."""
import pathlib
import re
import shutil
import subprocess

import pytest

from debian import Chroot, need_root, packages

HERE = pathlib.Path(__file__).parent
APP = '''default = true;
dynamodb = { host = "sqlite:/var/lib/dynamod/todo.db"; };
models = { todo = { hash_key = "id"; attributes = { id = "S"; }; allow = ["read", "write"];
                    message = "no such task"; }; };
'''
# On AWS, with keys that only root can read, or that a command tells.
FILES = {
    "todo.conf": APP,
    "aws.conf": '''dynamodb = { region = "eu-west-1"; };
models = { todo = { hash_key = "id"; attributes = { id = "S"; }; }; };
''',
    "keys": "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n",
    "profile": "[default]\ncredential_process = /bin/cat /srv/told\n",
    "told": '{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret"}',
}

# One pattern a line.
EXPECTED = """
installed: 0, inactive without an app
started: active as dynamod
says: serving 1 app on 1 address
written: 201
core dumps: 0
level for dynamod\\.service: (0\\.\\d|1\\.[0-5])
asked by nobody: inactive
asked: 200, active
says: serving 1 app on 2 addresses
by the unix socket: 200
which is of: root:dynamod 660
by the admin's: 200
in the journal: 2
reloaded under load: no errors
a wrong file: active, 200, not reloaded, what was in force stays: .*wrong\\.conf:1: .*
restarted under load: no errors
killed: 200, 1 restart
wedged: 200, 1 restart, Watchdog timeout
without keys: 503
lent keys: 200
keys of a command: 503
and it may be run: 200
drained: success, status 0, 10 times in all
""".strip().splitlines()


def nspawn(root, *more):
    return subprocess.run(
        ["systemd-nspawn", "--quiet", "--directory", root.path, "--register=no", "--keep-unit",
         "--private-network", "--console=read-only", *more], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=300)


def need_container(root):
    """A machine that is a container itself may not allow another."""
    done = nspawn(root, "/bin/true")
    if done.returncode != 0:
        pytest.skip(f"a real boot NOT TESTED: {done.stdout.strip()}")


@pytest.fixture
def root(tmp_path):
    need_root("a real boot")
    if not shutil.which("systemd-nspawn"):
        pytest.skip("a real boot NOT TESTED: no systemd-nspawn (systemd-container)")
    made = Chroot("system", tmp_path)
    try:
        furnish(made)
        need_container(made)
        yield made
    finally:
        made.remove()


def furnish(made):
    for name in HERE / "scenario", HERE.parent / "support/steady.lua", packages()["dynamod"]:
        shutil.copy(name, made / "srv")
    for name, text in FILES.items():
        (made / "srv" / name).write_text(text)
    (made / "srv/keys").chmod(0o600)
    shutil.copy(HERE / "scenario.service", made / "etc/systemd/system")
    made.run("systemctl", "enable", "scenario.service")


def left(root, name):
    path = root / "srv" / name
    return path.read_text() if path.exists() else f"no {name}"


def test_a_day_of_dynamod_under_systemd(root, figures):
    console = nspawn(root, "--boot").stdout
    transcript = left(root, "transcript").splitlines()
    everything = "\n".join([*transcript, left(root, "journal"), left(root, "dpkg.log"),
                            console[-4000:]])
    wrong = [(pattern, line) for pattern, line in zip(EXPECTED, transcript)
             if not re.fullmatch(pattern, line)]
    assert (wrong, len(transcript)) == ([], len(EXPECTED)), everything
    assert "Powering off." in console, everything
    figures["reloads, restarts in a real systemd, no errors"] = left(root, "rates").splitlines()
