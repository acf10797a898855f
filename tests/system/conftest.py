"""Fixtures: the daemon as it is released, and folders that are gone in the end."""
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def released():
    """The daemon of build/, as users get it: load is of it, and not of sanitizers."""
    binary = pathlib.Path(os.environ.get("DYNAMOD_RELEASE", ROOT / "build")) / "dynamod"
    assert binary.is_file(), f"no daemon in {binary.parent}"
    return binary
