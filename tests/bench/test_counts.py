"""Instructions a request, compared with those that are committed."""
import pytest

from count import PATHS, committed, count, environment

WITHIN = 0.03


@pytest.mark.parametrize("path", PATHS)
def test_a_request_takes_as_many_instructions_as_it_did(path):
    figures, of = committed()
    here = environment()
    if here[0] != of[0]:
        pytest.skip(f"the figures are of {of[0]}, this is {here[0]}")
    counted = count(path)
    change = counted / figures[path] - 1
    assert abs(change) <= WITHIN, (
        f"{counted} instructions, {change:+.1%}: if that is meant, `make bench-count` commits it; "
        f"here is {', '.join(here)}, the figures are of {', '.join(of)}")
