"""Keeps the container tests of several workers apart."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_tradeops.processes import runtime_folder


@contextmanager
def engine_alone() -> Iterator[None]:
    """Held while containers are orphaned on purpose: another worker's start would sweep them away."""
    with (runtime_folder() / "docker-tests.lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
