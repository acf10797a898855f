"""walk_daemon.py DYNAMOD: the daemon under valgrind, on both kinds of store, is asked everything
once, told to read its files again, and ended. Not 0 when valgrind found anything."""
import os
import pathlib
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fault")]
os.environ["DYNAMOD_BUILD"] = str(pathlib.Path(sys.argv[1]).parent)

from nth import KINDS, World, understood  # noqa: E402

VALGRIND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
            "--max-stackframe=3000000", "--child-silent-after-fork=yes"]


class Watched(World):
    prefix = VALGRIND
    preloaded = False


def walk(folder, store):
    world = Watched(folder, store)
    try:
        world.wait_ready()
        for kind in KINDS:
            if kind.before:
                world.send(kind.before)
            answer = understood(world.exchange(kind), kind.raw.split(b" ")[0].decode())
            assert answer.whole and answer.status, (kind.name, answer)
        world.daemon.signal(signal.SIGHUP)
        world.daemon.wait_for_log("reloaded")
        assert world.exchange(KINDS[0])
        world.daemon.signal()
        status = world.daemon.wait()
        print(world.daemon.log if status else f"{store}: {len(KINDS)} kinds of requests, clean")
        return status
    finally:
        world.kill()


with tempfile.TemporaryDirectory() as name:
    statuses = []
    for number, kind_of_store in enumerate(["sqlite", "dynamodb"]):
        made = pathlib.Path(name) / str(number)
        made.mkdir()
        statuses.append(walk(made, kind_of_store))
sys.exit(any(statuses))
