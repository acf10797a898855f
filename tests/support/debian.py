"""Debian roots to try packages in: overlays upon those that setup/debian-root makes once, or
copies where the file system can have no overlay."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def need_root(what):
    if os.geteuid() != 0:
        pytest.skip(f"{what} NOT TESTED: only root can")


def base_root(kind):
    """The one that is shared: to be copied, never to be written to."""
    done = subprocess.run([ROOT / "tests/setup/debian-root", kind], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=900)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


def packages():
    """Name → .deb, as `make deb` left them."""
    folder = pathlib.Path(os.environ.get("DYNAMOD_PACKAGES") or ROOT / "build/deb")
    found = {path.name.partition("_")[0]: path for path in folder.glob("*.deb")}
    return found or pytest.fail(f"no package in {folder}: make deb")


def mount_overlay(lower, folder):
    """Where it was mounted, below the folder; None where there can be none."""
    parts = [folder / name for name in ("upper", "work", "merged")]
    for part in parts:
        part.mkdir(mode=0o755)
    options = "lowerdir={},upperdir={},workdir={}".format(lower, *parts)
    done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, parts[-1]],
                          capture_output=True)
    return parts[-1] if done.returncode == 0 else None


class Chroot:
    """A root of its own, and commands that run in it."""

    def __init__(self, kind, folder):
        self.folder = folder / "root"
        self.folder.mkdir(mode=0o755)
        lower = base_root(kind).resolve()
        self.path = self.mounted = mount_overlay(lower, self.folder)
        if not self.mounted:
            self.path = self.folder / "copy"
            subprocess.run(["cp", "-a", "--reflink=auto", lower, self.path], check=True)

    def run(self, *command, check=True):
        done = subprocess.run(["chroot", self.path, *command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                   "DEBIAN_FRONTEND": "noninteractive"})
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def install(self, package):
        target = self.path / "tmp" / package.name
        target.write_bytes(package.read_bytes())
        return self.run("dpkg", "--install", f"/tmp/{package.name}")

    def files(self):
        """All that is there, but for what dpkg and systemd keep for themselves."""
        kept = ("proc/", "sys/", "dev/", "tmp/", "var/lib/dpkg/", "var/log/", "var/cache/")
        names = (str(path.relative_to(self.path)) for path in self.path.rglob("*"))
        return {name for name in names if not name.startswith(kept)}

    def remove(self):
        """A root is too large to be kept with the other files of a test."""
        if self.mounted:
            subprocess.run(["umount", self.mounted], check=True)
        shutil.rmtree(self.folder)

    def __truediv__(self, name):
        return self.path / name.lstrip("/")
