"""The packages, in a root that has nothing of ours: install, upgrade, remove, purge."""
import os
import pwd
import re
import subprocess

import pytest

from debian import Chroot, need_root, packages

APP = '''dynamodb = { host = "sqlite::memory:"; };
models = { todo = { hash_key = "id"; attributes = { id = "S"; }; }; };
'''
ENABLED = "/etc/systemd/system/multi-user.target.wants/dynamod.service"
# What an upgrade or a purge must not have the user lose, or leave.
CREATED = ["/etc/dynamod/apps.d/todo.conf", "/var/lib/dynamod/todo.db"]


@pytest.fixture(scope="module")
def debs():
    return packages()


@pytest.fixture
def chroot(tmp_path):
    need_root("package")
    root = Chroot("system", tmp_path)
    yield root
    root.remove()


@pytest.fixture
def installed(chroot, debs):
    """With what an operator and the daemon leave there in time."""
    chroot.install(debs["dynamod"])
    for name in CREATED:
        (chroot / name).parent.mkdir(exist_ok=True)
        (chroot / name).write_text(APP)
    return chroot


def user_of(chroot):
    fields = chroot.run("getent", "passwd", "dynamod").stdout.strip().split(":")
    return pwd.struct_passwd((*fields[:2], int(fields[2]), int(fields[3]), *fields[4:]))


@pytest.fixture(scope="module")
def newer(debs, tmp_path_factory):
    """The next version, which has another configuration file."""
    folder = tmp_path_factory.mktemp("newer")
    subprocess.run(["dpkg-deb", "--raw-extract", debs["dynamod"], folder / "tree"], check=True)
    control = folder / "tree/DEBIAN/control"
    control.write_text(re.sub("^Version: .*", "Version: 99.0", control.read_text(), flags=re.M))
    (folder / "tree/etc/dynamod/dynamod.conf").write_text('apps = "apps.d"; # newer\n')
    deb = folder / "dynamod_99.0_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder / "tree", deb], check=True,
                   capture_output=True)
    return deb


@pytest.mark.parametrize("name", ["dynamod", "libdynamod0", "libdynamod-dev"])
def test_lintian_has_nothing_to_say(debs, name):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", debs[name]],
                          capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_install(chroot, debs):
    chroot.install(debs["dynamod"])
    user = user_of(chroot)
    assert user.pw_shell == "/usr/sbin/nologin"
    apps = (chroot / "etc/dynamod/apps.d").stat()
    assert (apps.st_uid, apps.st_gid, apps.st_mode & 0o7777) == (0, user.pw_gid, 0o750)
    assert os.path.lexists(chroot / ENABLED)
    assert chroot.run("dynamod", "--version").stdout.startswith("dynamod ")
    assert chroot.run("dpkg", "--verify", "dynamod").stdout == ""


def test_what_is_installed_is_accepted_once_there_is_an_app(installed):
    said = installed.run("dynamod", "--test").stdout
    assert said == "/etc/dynamod/dynamod.conf: ok\n"


def test_units_are_sound(installed):
    for unit in "dynamod.service", "dynamod.socket", "dynamod-admin.socket":
        said = installed.run("systemd-analyze", "verify", "--man=no", unit, check=False).stderr
        assert "dynamod" not in said, said


def test_upgrade_keeps_what_the_operator_has_made(installed, newer):
    configuration = installed / "etc/dynamod/dynamod.conf"
    configuration.write_text(configuration.read_text() + "threads = 1;\n")
    (installed / "etc/dynamod/apps.d").chmod(0o700)
    installed.run("systemctl", "disable", "dynamod.service")

    (installed / "tmp/newer.deb").write_bytes(newer.read_bytes())
    installed.run("dpkg", "--force-confold", "--install", "/tmp/newer.deb")
    assert "threads = 1;" in configuration.read_text()
    assert "# newer" in (installed / "etc/dynamod/dynamod.conf.dpkg-dist").read_text()
    assert (installed / "etc/dynamod/apps.d").stat().st_mode & 0o7777 == 0o700
    assert not os.path.lexists(installed / ENABLED)
    assert all((installed / name).read_text() == APP for name in CREATED)


def test_upgrade_brings_a_configuration_that_was_left_alone(installed, newer):
    installed.install(newer)
    assert "# newer" in (installed / "etc/dynamod/dynamod.conf").read_text()
    assert os.path.lexists(installed / ENABLED)


def test_remove_keeps_configuration_and_items(installed, debs):
    installed.run("dpkg", "--remove", "dynamod")
    assert not (installed / "usr/sbin/dynamod").exists()
    assert not (installed / "usr/lib/systemd/system/dynamod.service").exists()
    kept = ["/etc/dynamod/dynamod.conf", *CREATED]
    assert all((installed / name).exists() for name in kept)

    installed.install(debs["dynamod"])
    assert os.path.lexists(installed / ENABLED)
    assert not os.path.lexists(installed / "etc/systemd/system/dynamod.service"), "still masked"


def test_a_socket_is_enabled_by_the_operator_alone(installed, debs):
    wanted = "/etc/systemd/system/sockets.target.wants"
    assert not (installed / wanted).exists() or not any(
        path.name.startswith("dynamod") for path in (installed / wanted).iterdir())
    installed.run("systemctl", "enable", "dynamod.socket")
    installed.run("dpkg", "--remove", "dynamod")
    installed.install(debs["dynamod"])
    assert os.path.lexists(installed / wanted / "dynamod.socket")
    assert installed.run("systemctl", "is-enabled", "dynamod.socket").stdout == "enabled\n"
    said = installed.run("systemctl", "is-enabled", "dynamod-admin.socket", check=False).stdout
    assert said == "disabled\n"


def test_purge_leaves_nothing_but_the_user(chroot, debs):
    before = chroot.files()
    chroot.install(debs["dynamod"])
    for name in CREATED:
        (chroot / name).parent.mkdir(exist_ok=True)
        (chroot / name).write_text(APP)
    chroot.run("dpkg", "--purge", "dynamod")
    backups = {f"etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow")}
    assert chroot.files() - backups == before - backups
    assert user_of(chroot)


def test_the_library_is_found(chroot, debs):
    chroot.install(debs["libdynamod0"])
    assert "libdynamod.so.0 " in chroot.run("ldconfig", "--print-cache").stdout
    chroot.run("dpkg", "--purge", "libdynamod0")
    assert "libdynamod" not in chroot.run("ldconfig", "--print-cache").stdout
