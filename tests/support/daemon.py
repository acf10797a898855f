"""The daemon under test: its files written, started, waited for, stopped and judged."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

from waiting import WAIT_S

SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")
ADMIN = re.compile(r"admin on (https?://[^\s\"]+|unix:[^\s\"]+)")
READY = re.compile(r"listening on (https?://[^\s\"]+|unix:[^\s\"]+)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def libconfig(value):
    """A Python value as libconfig text: dict → group, list → array, or list of groups."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')
    if isinstance(value, dict):
        return "{ %s }" % settings(value)
    parts = ", ".join(libconfig(part) for part in value)
    return f"( {parts} )" if any(isinstance(part, dict) for part in value) else f"[ {parts} ]"


def settings(group):
    return " ".join(f"{name} = {libconfig(value)};" for name, value in group.items())


def write_config(folder, apps, **options):
    """dynamod.conf and apps.d/ in the folder; an app is a dict, or text taken as it is. There
    is no admin listener unless it is asked for."""
    folder = pathlib.Path(folder)
    apps_folder = folder / "apps.d"
    apps_folder.mkdir(parents=True, exist_ok=True)
    for name, app in apps.items():
        text = app if isinstance(app, str) else settings(app)
        (apps_folder / f"{name}.conf").write_text(text + "\n")
    path = folder / "dynamod.conf"
    path.write_text(settings({"apps": "apps.d", "admin": "", **options}) + "\n")
    return path


def clean_environment(folder, extra=None):
    """Nothing of the caller's AWS settings; sanitizers that do not hide what they find."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_EC2_METADATA_DISABLED": "true",  # no test asks the machine that it runs on
        "HOME": str(folder),
        "ASAN_OPTIONS": "detect_leaks=1:exitcode=99",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
        "TSAN_OPTIONS": "exitcode=99",
    }
    return {**environment, **(extra or {})}


class Daemon:
    """One running daemon. Its standard error is kept, and read by a thread of its own."""

    def __init__(self, binary, folder, apps, environment=None, listen=None, prefix=(),
                 pass_fds=(), **options):
        self.listen = listen or ["127.0.0.1:0"]
        self.url = self.port = None  # known when it is ready
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._checked = False
        self.config = write_config(folder, apps, listen=self.listen, **options)
        self.process = subprocess.Popen(
            [*prefix, str(binary), "-c", str(self.config)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace", pass_fds=pass_fds, env=clean_environment(folder, environment),
            cwd=folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def log(self):
        with self._changed:
            return "\n".join(self.lines)

    def wait_for_log(self, pattern, count=1):
        """Until that many lines match."""
        def there():
            matches = sum(1 for line in self.lines if re.search(pattern, line))
            return matches >= count or self._ended
        with self._changed:
            self._changed.wait_for(there, WAIT_S)
            matches = sum(1 for line in self.lines if re.search(pattern, line))
        assert matches >= count, f"never logged {count} × {pattern!r}:\n{self.log}"

    def wait_ready(self):
        self.wait_for_log(READY, count=len(self.listen))
        found = re.search(r"https?://127\.0\.0\.1:(\d+)", self.log)
        if found:
            self.url, self.port = found.group(), int(found.group(1))
        return self

    @property
    def admin_url(self):
        """Of a daemon started with admin="127.0.0.1:0" or the like."""
        self.wait_for_log(ADMIN)
        return ADMIN.search(self.log).group(1)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self):
        """The exit status, once its last word is read."""
        status = self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        return status

    def assert_ended_well(self, status=0):
        actual = self.wait()
        self._checked = True
        assert not SANITIZER.search(self.log), self.log
        assert actual == status, f"exit status {actual}:\n{self.log}"

    def stop(self):
        """The end of every test: drains, and was sound all along."""
        if self._checked:
            return
        if self.process.poll() is None:
            self.signal()
        try:
            self.assert_ended_well()
        finally:
            self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
