"""Waiting for what comes about by itself, and not for ever."""
import time

WAIT_S = 60  # for what takes milliseconds: only a hang reaches it


def wait_until(condition, what=lambda: "it never came about", seconds=WAIT_S):
    """What the condition finds, once that is true; what() tells what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.005)
    return found
