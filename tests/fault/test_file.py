"""A file that cannot be written, read or believed: a clear error, no crash, nothing lost."""
import os
import pwd
import random
import resource
import shutil
import signal
import sqlite3
import subprocess

import pytest

from crash import Model, STRIDE, TOOL, WAIT_S, Writing

SLOTS = 4


def written(path, answers=200):
    """A file with items in it, and what is in it."""
    model = Model(1, SLOTS)
    model.begin(0)
    run_until(model, Writing(path, 1, SLOTS, 0), lambda: sum_of(model) > answers)
    model.check(path)
    return model


def sum_of(model):
    return sum(slot.next - slot.first for slot in model.slots.values())


def run_until(model, writing, enough, during=lambda: None):
    try:
        while not enough():
            model.read(writing.line())
        during()
    finally:
        rest = writing.kill()
    for line in rest:
        model.read(line)


def read_more(model, writing):
    before = sum_of(model)
    while sum_of(model) < before + 20:
        model.read(writing.line())


def opening(path, **options):
    """How it ends when it cannot be opened."""
    done = subprocess.run([TOOL, "dump", path], capture_output=True, text=True, timeout=WAIT_S,
                          **options)
    assert done.returncode == 3 and done.stderr == "", done
    assert str(path) not in done.stdout, "the path is nobody's business"
    return done.stdout.strip()


def limit_file_size(limit):
    def before():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return before


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_file_that_may_not_grow_loses_nothing(tmp_path):
    path = str(tmp_path / "items.db")
    model = written(path)
    model.begin(STRIDE)
    writing = Writing(path, 1, SLOTS, STRIDE, preexec_fn=limit_file_size(512 * 1024))
    run_until(model, writing, lambda: len(model.failures) > 3 * SLOTS)
    assert {code for code, _ in model.failures} <= {"overloaded", "upstream-failed"}
    model.check(path)


@pytest.fixture
def small_disk(tmp_path):
    """1 MB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
                           capture_output=True)
    if mount.returncode:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_full_disk_is_said_so_and_writing_goes_on_once_there_is_room(small_disk):
    path = str(small_disk / "items.db")
    filler = small_disk / "filler"
    model = Model(1, SLOTS)
    model.begin(0)
    writing = Writing(path, 1, SLOTS, 0)

    def fill_a_while():
        with filler.open("wb", buffering=0) as out:
            while not model.failures:
                fill(out)
                model.read(writing.line())
        filler.unlink()
        read_more(model, writing)

    run_until(model, writing, lambda: sum_of(model) > 20, fill_a_while)
    assert ("overloaded", "the disk of the database file is full") in model.failures
    model.check(path)


def fill(out):
    try:
        while True:
            out.write(bytes(4096))
    except OSError:
        pass


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_locked_file_is_said_so_and_writing_goes_on_once_it_is_free(tmp_path):
    path = str(tmp_path / "items.db")
    model = written(path)
    model.begin(STRIDE)
    writing = Writing(path, 1, SLOTS, STRIDE)
    other = sqlite3.connect(path, isolation_level=None, timeout=WAIT_S)

    def lock_a_while():
        other.execute("BEGIN IMMEDIATE")
        while not model.failures:
            model.read(writing.line())
        other.execute("ROLLBACK")
        read_more(model, writing)

    run_until(model, writing, lambda: sum_of(model) > 20, lock_a_while)
    other.close()
    assert set(model.failures) == {
        ("overloaded", "the database file is locked by another program")}
    model.check(path)


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_an_exclusively_locked_file_is_not_opened(tmp_path):
    path = str(tmp_path / "items.db")
    model = written(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    try:
        assert "locked by another program" in opening(path)
    finally:
        other.close()
    model.check(path)


@pytest.mark.survives("Store: files that are damaged, full or locked")
@pytest.mark.parametrize("seed", range(20))
def test_overwritten_bytes_are_an_error_or_unseen(tmp_path, seed):
    """Never a crash; what does not fail answers from the pages that are whole."""
    rng = random.Random(seed)
    path = str(tmp_path / "items.db")
    written(path)
    with open(path, "r+b") as file:
        size = os.path.getsize(path)
        for _ in range(3):
            file.seek(rng.randrange(0 if seed % 2 else 100, size - 512))
            file.write(rng.randbytes(512))
    done = subprocess.run([TOOL, "dump", path], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode in (0, 3), done
    assert done.stderr == "", done.stderr
    if done.returncode:
        code = done.stdout.splitlines()[-1].split(" ")[1]
        assert code in ("upstream-failed", "invalid-configuration"), done.stdout[-200:]


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_what_is_no_database_is_not_touched(tmp_path):
    path = tmp_path / "items.db"
    path.write_bytes(b"a letter to grandmother\n" * 100)
    before = path.read_bytes()
    assert "no database" in opening(path)
    assert path.read_bytes() == before


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_another_programs_database_is_not_touched(tmp_path):
    path = tmp_path / "items.db"
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE recipes (name)")
    file.commit()
    file.close()
    before = path.read_bytes()
    assert "another program" in opening(path)
    assert path.read_bytes() == before


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_newer_file_is_not_touched(tmp_path):
    path = str(tmp_path / "items.db")
    written(path)
    file = sqlite3.connect(path)
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.execute("PRAGMA user_version = 99")
    file.close()
    assert "newer" in opening(path)


def as_nobody():
    """Root may write anywhere."""
    return {"user": pwd.getpwnam("nobody").pw_uid} if os.geteuid() == 0 else {}


@pytest.fixture
def open_folder(tmp_path):
    """One that others can reach."""
    folder = f"/tmp/dynamod-fault-{os.getpid()}"
    os.mkdir(folder, 0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_read_only_file_is_said_so(open_folder):
    path = os.path.join(open_folder, "items.db")
    model = written(path)
    os.chmod(path, 0o444)
    os.chmod(open_folder, 0o777)
    assert "cannot be written" in opening(path, **as_nobody())
    os.chmod(path, 0o644)
    model.check(path)


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_read_only_folder_is_said_so(open_folder):
    path = os.path.join(open_folder, "items.db")
    written(path)
    os.chmod(path, 0o666)
    os.chmod(open_folder, 0o555)
    assert opening(path, **as_nobody()).startswith("open invalid-configuration ")
    os.chmod(open_folder, 0o755)


@pytest.mark.survives("Store: files that are damaged, full or locked")
def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    assert "cannot be opened" in opening(tmp_path / "nowhere" / "items.db")
