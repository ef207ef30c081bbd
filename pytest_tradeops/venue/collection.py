"""Python's garbage collector in a process that is a venue."""

import gc


def seldom() -> None:
    """Lets it look seldom: what is loaded by now stays, and orders are kept for good, so it would only pause."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
