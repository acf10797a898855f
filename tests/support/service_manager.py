"""What systemd does for a service, in a test's own hands: it holds the listening sockets, and
hears what the service says of itself."""
import pathlib
import re
import socket
import sys

from waiting import WAIT_S

WITH_SOCKETS = pathlib.Path(__file__).with_name("with_sockets.py")


class Sockets:
    """Listened on here; whoever is started with them accepts."""

    def __init__(self):
        self._held = []  # (name, socket)

    def tcp(self, name="dynamod.socket"):
        """The URL."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._held.append((name, listening))
        return "http://127.0.0.1:%d" % listening.getsockname()[1]

    def unix(self, path, name="dynamod.socket"):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen()
        self._held.append((name, listening))

    def add(self, held, name="dynamod.socket"):
        self._held.append((name, held))

    def options(self):
        """What Daemon() takes."""
        given = ",".join(f"{name}={held.fileno()}" for name, held in self._held)
        return {"prefix": [sys.executable, str(WITH_SOCKETS), given],
                "pass_fds": [held.fileno() for _, held in self._held]}

    def close(self):
        for _, held in self._held:
            held.close()


class Notifications:
    """A socket that $NOTIFY_SOCKET names, and what was said there."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("")  # the kernel finds an abstract name
        self.said = []

    @property
    def environment(self):
        return {"NOTIFY_SOCKET": "@" + self._socket.getsockname()[1:].decode()}

    def _hear(self, timeout_s):
        self._socket.settimeout(timeout_s)
        message = self._socket.recv(65536).decode()
        self.said.append(message)
        return message

    def wait_for(self, pattern):
        """The next message that matches."""
        try:
            while not re.search(pattern, message := self._hear(WAIT_S)):
                pass
        except socket.timeout:
            raise AssertionError(f"never said {pattern!r}: {self.said}") from None
        return message

    def hear_for(self, seconds):
        """All that was said and is being said."""
        heard = []
        try:
            while True:
                heard.append(self._hear(seconds))
        except socket.timeout:
            return heard

    def close(self):
        self._socket.close()
