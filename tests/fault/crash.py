"""What support/crash_tool.c writes, and what must be in the file after it ended in any way."""
import json
import os
import queue
import signal
import sqlite3
import subprocess
import threading

TOOL = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "crash_tool")
WAIT_S = 60
STRIDE = 1_000_000  # versions a run may use


class Slot:
    """Two items of which one writer changes now this, now that, in the order of versions."""

    def __init__(self):
        self.items = {0: None, 1: None}  # range key → version, None: no item
        self.next = None

    def begin(self, version):
        self.first = self.next = version

    def after(self, version):
        """The items once the operation of that version happened."""
        kind = (version - self.first) % 5
        changed = {0: {0: version, 1: version}, 1: {0: version}, 2: {1: version}, 3: {0: None},
                   4: {0: version, 1: version}}[kind]
        return self.items | changed

    def acknowledge(self, version):
        assert version == self.next, "an answer out of order"
        self.items = self.after(version)
        self.next += 1


class Model:
    def __init__(self, loops, slots):
        self.slots = {(loop, slot): Slot() for loop in range(loops) for slot in range(slots)}
        self.failures = []

    def begin(self, version):
        for slot in self.slots.values():
            slot.begin(version)

    def read(self, line):
        """False for a line that is cut off."""
        if not line.endswith("\n"):
            return False
        word, loop, slot, version, code, message = line.rstrip("\n").split(" ", 5)
        if word == "ack":
            self.slots[int(loop), int(slot)].acknowledge(int(version))
        else:
            assert word == "fail", line
            self.failures.append((code, message))
        return word == "ack"

    def check(self, path, in_flight=True):
        """What is there is what was acknowledged, or one operation more; and adopts it."""
        found = check_file(path)
        for (loop, number), slot in self.slots.items():
            there = {r: found.pop((f"{loop}-{number}", str(r)), None) for r in (0, 1)}
            may_be = [slot.items] + ([slot.after(slot.next)] if in_flight else [])
            assert there in may_be, f"slot {loop}-{number}: {there}, not one of {may_be}"
            slot.items = there
        assert not found, f"items that nobody wrote: {found}"


def expected_item(ident, r, version):
    item = {"id": {"S": ident}, "r": {"N": r}, "v": {"N": str(version)}, "w": {"N": str(version)},
            "pad": {"S": "x" * (version * 37 % 3000)}}
    if version % 2 == 0:
        item["g"] = {"N": str(version % 7)}
    return item


def check_file(path):
    """Whole items, an index that agrees with them, a sound file. {(id, r): version}."""
    versions, indexed = {}, []
    for line in dump(path):
        kind, text = line.split(" ", 1)
        item = json.loads(text)
        at = item["id"]["S"], item["r"]["N"]
        version = int(item["v"]["N"])
        assert item == expected_item(*at, version), f"half an item: {item}"
        if kind == "table":
            assert at not in versions
            versions[at] = version
        else:
            indexed.append((at, version))
    assert sorted(indexed) == sorted((at, v) for at, v in versions.items() if v % 2 == 0)
    check_rows(path, len(versions), len(indexed))
    return versions


def check_rows(path, items, entries):
    file = sqlite3.connect(path)
    try:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("SELECT count(*) FROM items").fetchone() == (items,)
        assert file.execute("SELECT count(*) FROM entries").fetchone() == (entries,)
    finally:
        file.close()


def dump(path):
    done = subprocess.run([TOOL, "dump", path], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


class Writing:
    """crash_tool under way; its lines as they come."""

    def __init__(self, path, loops, slots, first, **options):
        self.process = subprocess.Popen([TOOL, "write", path, str(loops), str(slots), str(first)],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        **options)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def line(self):
        return self.lines.get(timeout=WAIT_S)

    def kill(self):
        """What it had still said."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT_S)
        self.reader.join(WAIT_S)
        self.process.stdout.close()
        errors = self.process.stderr.read()
        self.process.stderr.close()
        assert errors == "", errors
        rest = []
        while line := self.lines.get():
            rest.append(line)
        return rest
