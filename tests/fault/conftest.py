"""The fault table and the soak's figures."""
import pytest

# first: calls of 200 requests before these, which found the retries' bucket full.
# keys: calls to where credentials come from.
HEAD = (f"{'fault':<33} {'answers':<16} {'longest':>8} {'first':>6} {'calls':>6} {'keys':>5} "
        f"{'back in':>8}")


@pytest.fixture(scope="session")
def fault_table(figures):
    rows = {}
    yield rows
    figures["200 requests while something is wrong"] = [
        HEAD, *(line(name, row) for name, row in rows.items())]


@pytest.fixture
def soak_report(figures):
    return figures.setdefault("a minute of everything", [])


def line(name, row):
    if isinstance(row, str):
        return f"{name:<33} failed"
    answers = " ".join(f"{count}×{status}" for status, count in sorted(row.statuses.items(),
                                                                       key=str))
    first = row.first_calls or ""
    asked = "" if row.asked is None else row.asked
    back = "" if row.back_s is None else f"{row.back_s:.2f} s"
    return (f"{name:<33} {answers:<16} {row.longest_s:>6.2f} s {first:>6} {row.calls:>6} "
            f"{asked:>5} {back:>8}").rstrip()
