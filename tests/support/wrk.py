"""wrk at a steady rate, and what it found."""
import dataclasses
import pathlib
import re
import subprocess

SCRIPT = pathlib.Path(__file__).with_name("steady.lua")
PER_CONNECTION = 80  # requests a second, with the script's pause, on a busy machine


@dataclasses.dataclass
class Found:
    requests: int
    rate: float  # a second
    longest: str
    complaints: list


class Wrk:
    """Runs for so long, beside whoever started it."""

    def __init__(self, url, rate, seconds):
        self._process = subprocess.Popen(
            ["wrk", "-t1", f"-c{rate // PER_CONNECTION}", f"-d{seconds}s", "--timeout", "10s",
             "-s", str(SCRIPT), url], stdout=subprocess.PIPE, text=True)

    def is_running(self):
        return self._process.poll() is None

    def wait(self):
        text = self._process.communicate()[0]
        assert self._process.returncode == 0, text
        return Found(
            requests=int(re.search(r"(\d+) requests in", text)[1]),
            rate=float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            longest=re.search(r"Latency\s+\S+\s+\S+\s+(\S+)", text)[1],
            complaints=re.findall(r"Non-2xx.*|Socket errors.*", text))
