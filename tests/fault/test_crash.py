"""Killed in the middle of writes, again and again: what was answered is there, nothing is half."""
import os
import random
import time

import pytest

from crash import Model, STRIDE, Writing

ROUNDS = int(os.environ.get("CRASH_ROUNDS", 50))
SLOTS = 8
LONGEST_S = 0.15


@pytest.mark.parametrize("loops", [1, 2])
def test_what_was_answered_survives_a_kill(tmp_path, loops, survived):
    seed = int(os.environ.get("CRASH_SEED", random.randrange(1 << 32)))
    print(f"CRASH_SEED={seed}")
    rng = random.Random(seed)
    path = str(tmp_path / "items.db")
    model = Model(loops, SLOTS)
    acknowledged = 0
    for number in range(ROUNDS):
        model.begin(number * STRIDE)
        writing = Writing(path, loops, SLOTS, number * STRIDE)
        try:
            acknowledged += model.read(writing.line())
            time.sleep(rng.uniform(0, LONGEST_S))  # when to kill, not what to wait for
        finally:
            rest = writing.kill()
        acknowledged += sum(model.read(line) for line in rest)
        assert not model.failures
        model.check(path)
    assert acknowledged > ROUNDS * SLOTS
    survived("Store: killed in the middle of writes", ROUNDS)
