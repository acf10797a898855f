"""Whether a history of one item is linearizable (Herlihy and Wing, 1990): whether there is one
order of all that clients did that explains every answer, and in which nothing comes before what
had ended when it began. The search is Wing and Gong's (1993), with Lowe's memory of what it has
tried (2017).

A state of the item is None, or (the name that its last write gave it, how often it was added to
since it was put); no two writes give the same name. So a state that is left never comes back,
except None, and a history is judged soon.

An eventual read may come earlier in the order than it began: by what it may lag. But after
writes that it has to see at once, if they were answered before it began.
"""
import dataclasses
import math
from typing import Callable

REFUSED = object()  # what is returned where the answer could not be
PATIENCE = 2_000_000  # orders looked at


@dataclasses.dataclass
class Op:
    begin: float  # when it was sent
    end: float  # when its answer was there; math.inf: there was none, and it may yet happen
    step: Callable  # the state that it finds → the state that it leaves, or REFUSED
    what: str  # for people
    seen: tuple = None  # of a read: the state, unless it is None
    changes: bool = False
    lag: float = 0.0  # of an eventual read
    sees_at_once: bool = False  # an eventual read: the writes of its own daemon
    at_once: bool = False  # a write that those see

    @property
    def since(self):
        return self.begin - self.lag

    def __str__(self):
        return f"{self.begin:.4f}–{self.end:.4f}  {self.what}"


# --- what clients do


def _op(begin, end, step, what, **more):
    return Op(begin, end, step, what, **more)


def read(begin, end, seen, what="read", **more):
    return _op(begin, end, lambda state: state if state == seen else REFUSED,
               f"{what} → {seen}", seen=seen, **more)


def put(begin, end, name, replaced=None, **more):
    """replaced: whether there was an item; None: that was not told."""
    def step(state):
        told = replaced is None or replaced == (state is not None)
        return (name, 0) if told else REFUSED
    return _op(begin, end, step, f"put {name}, replaced {replaced}", changes=True, **more)


def create(begin, end, name, made=True, **more):
    """Where there is no item."""
    def step(state):
        if made != (state is None):
            return REFUSED
        return (name, 0) if made else state
    return _op(begin, end, step, f"create {name}, made {made}", changes=made, **more)


def add(begin, end, name, left, **more):
    """One more, of that name; left: the state that was answered, None where there was no item."""
    def step(state):
        if left is None or state is None:
            return REFUSED if left or state else None
        return left if left == (name, state[1] + 1) else REFUSED
    return _op(begin, end, step, f"add {name} → {left}", changes=left is not None, **more)


def delete(begin, end, found=None, **more):
    def step(state):
        told = found is None or found == (state is not None)
        return None if told else REFUSED
    return _op(begin, end, step, f"delete, found {found}", changes=found is not False, **more)


def swap(begin, end, expected, name, done, **more):
    """Put in the place of that state alone."""
    def step(state):
        if done != (state == expected):
            return REFUSED
        return (name, 0) if done else state
    return _op(begin, end, step, f"swap {expected} for {name}, done {done}", changes=done, **more)


# --- whether it could be


class Search:
    def __init__(self, ops, start):
        self.ops = sorted(ops, key=lambda op: op.since)
        self.start = start
        self.finite = sum(1 << i for i, op in enumerate(self.ops) if op.end < math.inf)
        self.seen_by = {}  # state → its reads
        for i, op in enumerate(self.ops):
            if op.seen is not None:
                self.seen_by[op.seen] = self.seen_by.get(op.seen, 0) | 1 << i
        self.at_once = sorted((op.end, i) for i, op in enumerate(self.ops) if op.at_once)
        self.tried = set()
        self.furthest = (-1, 0, None)

    def _first_at_once(self, done):
        """When the first write was answered that is not done, and is seen at once."""
        return next((end for end, i in self.at_once if not done >> i & 1), math.inf)

    def _ready(self, done):
        """Those that may come next."""
        first_end, near = math.inf, []
        lowest = (~done & (done + 1)).bit_length() - 1  # all before it are done
        for i in range(lowest, len(self.ops)):
            op = self.ops[i]
            if op.since > first_end:
                break
            if not done >> i & 1:
                near.append(i)
                first_end = min(first_end, op.end)
        seen_by_then = self._first_at_once(done)
        return [i for i in near if self.ops[i].since <= first_end
                and (not self.ops[i].sees_at_once or self.ops[i].begin <= seen_by_then)]

    def _settle(self, done, state):
        """Does all at once that changes nothing and fits: no order is lost by that."""
        while True:
            ready = self._ready(done)
            still = [i for i in ready
                     if not self.ops[i].changes and self.ops[i].step(state) == state]
            if not still:
                return done, ready
            for i in still:
                done |= 1 << i

    def _next(self, done, ready, state):
        """(done, state) after each write that may come next; the last is the likeliest."""
        if state is not None and self.seen_by.get(state, 0) & ~done:
            return []  # it never comes back, and somebody has yet to see it
        found = []
        for i in sorted(ready, key=lambda i: -self.ops[i].end):
            left = self.ops[i].step(state) if self.ops[i].changes else REFUSED
            if left is not REFUSED:
                found.append((done | 1 << i, left))
        return found

    def run(self):
        """None, or what stands in the way."""
        waiting = [(0, self.start)]
        while waiting:
            done, state = waiting.pop()
            if (done, state) in self.tried:
                continue
            self.tried.add((done, state))
            assert len(self.tried) < PATIENCE, "too much happened at once to be judged"
            settled, ready = self._settle(done, state)
            if not self.finite & ~settled:
                return None
            self.furthest = max(self.furthest, (settled.bit_count(), settled, state),
                                key=lambda place: place[0])
            waiting += self._next(settled, ready, state)
        return self._explain()

    def _explain(self):
        """The one that could not be had, and those around it."""
        count, done, state = self.furthest
        left = [op for i, op in enumerate(self.ops) if not done >> i & 1]
        stuck = min(left, key=lambda op: op.end)
        near = [op for op in self.ops if op.end >= stuck.begin - 0.05 and op.begin <= stuck.end]
        lines = [f"after {count} of {len(self.ops)}, in state {state}, this could not be:",
                 f"  {stuck}", "about that time:"]
        lines += [f"  {op}" for op in sorted(near, key=lambda op: op.begin)[:60]]
        lines += ["who has seen this state, and has no place yet:"]
        lines += [f"  {op}" for op in left if op.seen is not None and op.seen == state]
        return "\n".join(lines)


def why_not(ops, start=None):
    """None: the history is linearizable. Else a text that says where it is not."""
    return Search(ops, start).run()
