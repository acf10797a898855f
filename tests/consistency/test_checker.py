"""The checker itself: histories made by hand, good ones and bad ones."""
import math
import random

import pytest

from linear import add, create, delete, put, read, swap, why_not

A, B, C = ("a", 0), ("b", 0), ("c", 0)
LAG = {"lag": 5.0}
OWN = {"lag": 5.0, "sees_at_once": True}
HERE = {"at_once": True}

GOOD = {
    "nothing": [],
    "of an item that is not there": [read(0, 1, None)],
    "one after another": [put(0, 1, "a"), read(2, 3, A), delete(4, 5), read(6, 7, None)],
    "read while it is written, before": [put(0, 10, "a"), read(1, 2, None)],
    "read while it is written, after": [put(0, 10, "a"), read(1, 2, A)],
    "two puts at once, either last": [put(0, 10, "a"), put(0, 10, "b"), read(11, 12, A)],
    "both seen, in turn": [put(0, 10, "a"), put(0, 10, "b"), read(1, 2, B), read(3, 4, A)],
    "a write without an answer that happened": [put(0, math.inf, "a"), read(1, 2, None),
                                                read(3, 4, A)],
    "a write without an answer that did not": [put(0, math.inf, "a"), read(9, 10, None)],
    "adds are counted": [put(0, 1, "a"), add(2, 9, "b", ("b", 2)), add(2, 9, "c", ("c", 1)),
                         read(3, 4, ("c", 1)), read(10, 11, ("b", 2))],
    "an add to nothing": [add(0, 1, "a", None), read(2, 3, None)],
    "one of two who create": [create(0, 5, "a", made=False), create(0, 5, "b"), read(6, 7, B)],
    "what was replaced": [put(0, 5, "a", replaced=True), put(0, 5, "b", replaced=False),
                          read(6, 7, A)],
    "what was deleted": [put(0, 1, "a"), delete(2, 5, found=True), delete(2, 5, found=False)],
    "a swap that found its state": [put(0, 1, "a"), swap(2, 5, A, "b", True),
                                    swap(2, 5, A, "c", False), read(6, 7, B)],
    "an eventual read within its lag": [put(0, 1, "a"), put(2, 3, "b"), read(7, 7.5, A, **LAG)],
    "which goes back": [put(0, 1, "a"), put(2, 3, "b"), read(4, 5, B, **LAG),
                        read(6, 7, A, **LAG)],
    "also after a strong one": [put(0, 1, "a"), put(2, 3, "b"), read(4, 5, B),
                                read(6, 7, A, **LAG)],
    "one that sees own writes at once": [put(0, 1, "a", **HERE), put(2, 3, "b", **HERE),
                                         read(4, 5, B, **OWN)],
    "but others' after its lag": [put(0, 1, "a", **HERE), put(2, 3, "b"), read(4, 5, A, **OWN)],
    "and own ones not before they were answered": [
        put(0, 1, "a", **HERE), put(2, 9, "b", **HERE), read(3, 4, B), read(5, 6, A, **OWN)],
    "that nothing is there, within its lag": [put(0, 1, "a"), read(2, 3, None, **LAG)],
}

BAD = {
    "of what nobody wrote": [read(0, 1, A)],
    "of what was not written yet": [read(0, 1, A), put(2, 3, "a")],
    "of what was overwritten": [put(0, 1, "a"), put(2, 3, "b"), read(4, 5, A)],
    "back and forth": [put(0, 10, "a"), put(0, 10, "b"), read(1, 2, A), read(3, 4, B),
                       read(5, 6, A)],
    "new, then old, while it is written": [put(0, 10, "a"), read(1, 2, A), read(3, 4, None)],
    "a write that was lost": [put(0, 1, "a"), read(2, 3, None)],
    "a delete that was lost": [put(0, 1, "a"), delete(2, 3), read(4, 5, A)],
    "an add that was lost": [put(0, 1, "a"), add(2, 9, "b", ("b", 1)), add(2, 9, "c", ("c", 1))],
    "an add to nothing that did": [add(0, 1, "a", ("a", 1))],
    "both of two who create": [create(0, 5, "a"), create(0, 5, "b")],
    "neither of two who create": [create(0, 5, "a", made=False), create(0, 5, "b", made=False)],
    "replaced, but nothing was there": [put(0, 5, "a", replaced=True)],
    "both of two who delete": [put(0, 1, "a"), delete(2, 5, found=True), delete(2, 5, found=True)],
    "both of two who swap": [put(0, 1, "a"), swap(2, 5, A, "b", True), swap(2, 5, A, "c", True)],
    "a swap that had to be done": [put(0, 1, "a"), swap(2, 3, A, "b", False)],
    "an eventual read past its lag": [put(0, 1, "a"), put(2, 3, "b"), read(8.5, 9, A, **LAG)],
    "an eventual read of the future": [read(0, 1, A, **LAG), put(2, 3, "a")],
    "one that does not see own writes at once": [
        put(0, 1, "a", **HERE), put(2, 3, "b", **HERE), read(4, 5, A, **OWN)],
    "nor that they have deleted": [put(0, 1, "a", **HERE), delete(2, 3, **HERE),
                                   read(4, 5, A, **OWN)],
    "nor that they have created": [put(0, 1, "a", **HERE), read(2, 3, None, **OWN)],
    "nor others' after its lag": [put(0, 1, "a", **HERE), put(2, 3, "b"), read(9, 10, A, **OWN)],
    "strong after strong, of own writes under way": [
        put(0, 1, "a", **HERE), put(2, 9, "b", **HERE), read(3, 4, B), read(5, 6, A)],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_is_found(name):
    assert why_not(GOOD[name]) is None


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name):
    assert "could not be" in why_not(BAD[name])


def test_an_item_may_be_there_before():
    assert why_not([read(0, 1, A)], start=A) is None
    assert why_not([read(0, 1, None)], start=A)


class Register:
    """A store that answers at a point of time within each call, and clients that overlap."""

    def __init__(self, seed, clients=16):
        self.random = random.Random(seed)
        self.clients = clients
        self.state, self.number = None, 0

    def _answer(self, begin, end):
        self.number += 1
        name, before = f"w{self.number}", self.state
        kind = self.random.choice(["read"] * 4 + ["put", "add", "delete", "create", "swap"])
        if kind == "put" or kind == "create" and before is None:
            self.state = (name, 0)
        if kind == "add" and before:
            self.state = (name, before[1] + 1)
        if kind == "delete":
            self.state = None
        return {
            "read": lambda: read(begin, end, before),
            "put": lambda: put(begin, end, name, before is not None),
            "add": lambda: add(begin, end, name, self.state),
            "delete": lambda: delete(begin, end, before is not None),
            "create": lambda: create(begin, end, name, before is None),
            "swap": lambda: swap(begin, end, ("none", 0), name, False),
        }[kind]()

    def history(self, count):
        """Points of time in order; each call is up to `clients` points wide on both sides."""
        wide = self.clients / 2
        return [self._answer(point - self.random.random() * wide,
                             point + self.random.random() * wide) for point in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_a_store_that_is_right_is_found_right_soon(seed):
    assert why_not(Register(seed).history(1500)) is None


@pytest.mark.parametrize("seed", range(5))
def test_one_wrong_answer_in_a_long_history_is_found(seed):
    ops = Register(seed).history(1500)
    late = [op for op in ops[1000:] if op.seen is not None]
    old = next(op.seen for op in ops if op.seen is not None)
    assert late and old != late[0].seen
    ops[ops.index(late[0])] = read(late[0].begin, late[0].end, old)
    assert "could not be" in why_not(ops)
