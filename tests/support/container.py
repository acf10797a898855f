"""The image, built by buildah from the Dockerfile, and containers of it: what an engine would
do with namespaces is done with unshare, as the image's own settings say."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from debian import ROOT, base_root, mount_overlay

WAIT_S = 60
BASE = "docker.io/library/debian:bookworm-slim"


def storage_driver(folder):
    """Overlays where this file system can have them; else copies, which take minutes."""
    lower = folder / "lower"
    lower.mkdir()
    mounted = mount_overlay(lower, folder)
    if not mounted:
        return "vfs"
    subprocess.run(["umount", mounted], check=True)
    return "overlay"


class Buildah:
    """With a storage of its own below the folder."""

    def __init__(self, folder):
        self.folder = folder
        self.driver = storage_driver(folder)

    def run(self, *arguments, **options):
        done = subprocess.run(
            ["buildah", "--root", self.folder / "storage", "--runroot", self.folder / "run",
             f"--storage-driver={self.driver}", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=1200,
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"}, **options)
        assert done.returncode == 0, f"buildah {arguments}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def make_base(self):
        """In the place of Debian's own image, which no registry needs to be asked for."""
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, base_root("base"), "/")
        self.run("commit", "--quiet", "--rm", container, BASE)

    def size(self, image):
        [found] = json.loads(self.run("images", "--json", image))
        return float(re.match(r"[\d.]+", found["size"])[0])  # MB

    def build(self, name, source):
        self.run("bud", "--pull-never", "--layers=false", "--format=docker", "--tag", name, source)

    def remove(self):
        self.run("rm", "--all")
        subprocess.run(["umount", self.folder / f"storage/{self.driver}"], capture_output=True)
        shutil.rmtree(self.folder)


def copy_of_the_source(folder):
    """What a fresh clone would have: files that git knows or would take."""
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                           capture_output=True, check=True).stdout
    there = b"\0".join(name for name in files.split(b"\0") if (ROOT / os.fsdecode(name)).is_file())
    subprocess.run(["tar", "--create", "--null", "--files-from=-", f"--file={folder}.tar"],
                   cwd=ROOT, input=there, check=True)
    folder.mkdir()
    subprocess.run(["tar", "--extract", f"--file={folder}.tar", f"--directory={folder}"], check=True)
    return folder


# As engines do it: a root that is read-only, /proc, the apps mounted; no privilege is left.
ENTER = '''
set -eu
root=$1 apps=$2 user=$3
shift 3
mount --bind -o ro "$root" "$root"
mount --bind "$apps" "$root/etc/dynamod/apps.d"
mount -t tmpfs -o "uid=$user,mode=0755" tmpfs "$root/var/lib/dynamod"
mount -t proc proc "$root/proc"
ip link set lo up
exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs \
    --inh-caps=-all --bounding-set=-all env -i PATH=/usr/sbin:/usr/bin AWS_EC2_METADATA_DISABLED=true "$@"
'''


class Container:
    """One run of the image: its command is process 1, in a network of its own."""

    def __init__(self, root, settings, apps):
        command = settings["Entrypoint"] + settings["Cmd"]
        self.check = settings["Healthcheck"]["Test"][1:]
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", ENTER, "sh",
             root, apps, settings["User"], *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def pid(self):
        """Of its process 1, as the host counts; 0 before there is one."""
        own = self.process.pid
        return int(pathlib.Path(f"/proc/{own}/task/{own}/children").read_text() or 0)

    def run(self, *command, inside=True):
        """In the container; or with its network alone, for what the image does not have."""
        spaces = ["--mount", "--pid", "--net", "--root", "--wd"] if inside else ["--net"]
        return subprocess.run(["nsenter", f"--target={self.pid}", *spaces, *command],
                              capture_output=True, text=True, timeout=WAIT_S)

    def is_healthy(self):
        return self.pid != 0 and self.run(*self.check).returncode == 0

    def wait_healthy(self):
        """An engine asks again and again; so do we."""
        deadline = time.monotonic() + WAIT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.is_healthy():
                return self
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"never healthy:\n{self.process.stdout.read()}")

    def stop(self, signal):
        """Its exit status."""
        os.kill(self.pid, signal)
        return self.process.wait(WAIT_S)

    def kill(self):
        """Process 1 first: one that has changed its user does not end with its parent."""
        if self.process.poll() is None and self.pid != 0:
            os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
