"""Waiting for what comes about by itself, and not for ever."""
import pathlib
import time

WAIT_S = 60  # for what takes milliseconds: only a hang reaches it


def wait_until(condition, what=lambda: "it never came about", seconds=WAIT_S):
    """What the condition finds, once that is true; what() tells what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.005)
    return found


def processor_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def wait_until_calm(pid):
    """It does nothing for a while; a loop that spins never comes to that."""
    def is_calm():
        before = processor_ticks(pid)
        time.sleep(0.3)
        return processor_ticks(pid) == before
    wait_until(is_calm, lambda: "it is always busy")
