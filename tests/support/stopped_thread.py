"""One thread of a process brought to a halt, as a loop that hangs would be; the others run
on."""
import contextlib
import ctypes
import os
import pathlib

from waiting import wait_until

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17  # ptrace(2)
WAIT_ANY_CHILD = 0x40000000  # __WALL

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace(request, thread):
    if LIBC.ptrace(request, thread, None, None) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def threads_named(pid, name):
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return [int(task.name) for task in tasks if (task / "comm").read_text().strip() == name]


def wait_until_asleep(pid, threads):
    """All of them, with nothing to do."""
    stats = [pathlib.Path(f"/proc/{pid}/task/{thread}/stat") for thread in threads]
    wait_until(lambda: all(stat.read_text().rpartition(")")[2].split()[0] == "S"
                           for stat in stats))


@contextlib.contextmanager
def stopped(thread):
    trace(SEIZE, thread)
    trace(INTERRUPT, thread)
    os.waitpid(thread, WAIT_ANY_CHILD)
    try:
        yield
    finally:
        trace(DETACH, thread)
