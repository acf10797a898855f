"""The fault table: each row 200 requests through the real daemon, over real sockets, while
something is wrong; what clients saw, how long they waited, and what it cost DynamoDB.

The rows run first, beside each other, each in a process of its own; then they are judged one by
one. conftest.py prints them."""
import concurrent.futures
import multiprocessing
import traceback

import pytest

from faults import FAULTS
from scene import DEADLINE_S, REQUESTS, THREADS, scene

PROCESSES = 4
LATE_S = 1.5  # of a busy machine
BACK_S = 2
RETRIES_IN_A_BUCKET = 500 // 14  # lib/net/retry.h


def run(number, folder):
    """The row, or what went wrong, as text."""
    try:
        with scene(folder) as made:
            FAULTS[number].run(made)
            return made.stop()
    except Exception:
        return traceback.format_exc()


@pytest.fixture(scope="module")
def rows(tmp_path_factory, fault_table):
    folders = [tmp_path_factory.mktemp("fault") for _ in FAULTS]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, context) as pool:
        made = list(pool.map(run, range(len(FAULTS)), folders))
    rows_ = {fault.name: row for fault, row in zip(FAULTS, made)}
    fault_table.update(rows_)
    return rows_


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault(fault, rows, survived):
    row = rows[fault.name]
    assert not isinstance(row, str), row
    assert not row.wrong, row.wrong[:5]
    assert row.statuses.total() == REQUESTS
    assert fault.must in row.statuses and set(row.statuses) <= fault.may | {fault.must}
    assert row.longest_s < DEADLINE_S + LATE_S
    assert row.calls <= fault.most_calls
    assert row.first_calls <= REQUESTS + RETRIES_IN_A_BUCKET * THREADS
    assert row.arrived <= row.first_calls + row.calls, "sent again behind our back"
    assert row.back_s is None or row.back_s < BACK_S
    survived("DynamoDB and keys: requests while something is wrong", REQUESTS)
