"""AWS's DynamoDB Local, in memory, on a free port of the loopback."""
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

from daemon import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_S = 120


class DynamodbLocal:
    def __init__(self, folder):
        """Its log is in that folder, and what else it leaves where it runs."""
        home = subprocess.run([ROOT / "tests/setup/dynamodb-local"], check=True, text=True,
                              capture_output=True).stdout.strip()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # The JVM dies with its parent, however that dies.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "java", "-Xmx512m",
             f"-Djava.library.path={home}/DynamoDBLocal_lib", "-jar",
             f"{home}/DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry",
             "-port", str(self.port)],
            stdin=subprocess.DEVNULL, stdout=(folder / "log").open("wb"),
            stderr=subprocess.STDOUT, cwd=folder)

    def wait_ready(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "DynamoDB Local ended"
            try:
                urllib.request.urlopen(self.url, timeout=5)
            except urllib.error.HTTPError:
                return self  # it answers: 400 to a GET
            except OSError:
                time.sleep(0.1)
        raise AssertionError("DynamoDB Local did not come up")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
