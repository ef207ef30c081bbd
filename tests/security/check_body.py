"""A check's body, called as a function on a subject made for the test."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gate import Evidence
from pytest_tradeops.model import FaultSpec, Finding
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject


def failures(body: Callable[[Subject, Evidence], None], subject: Subject) -> tuple[Finding, ...]:
    """What the check finds; empty if it passes."""
    try:
        body(subject, Evidence())
    except CheckFailed as failed:
        return tuple(failed.findings)
    return ()


def each(faults: Sequence[tuple[FaultSpec, Callable[..., None]]]) -> pytest.MarkDecorator:
    """Runs a test once for each planted fault, as `spec` and `plant`."""
    return pytest.mark.parametrize(("spec", "plant"), faults, ids=[spec.name for spec, _ in faults])


def copy_of_nothing(tmp_path: Path, name: str = "", text: str | None = None) -> Subject:
    """A copy, to be broken, of a subject without a single file, or with this one alone."""
    root = tmp_path / "empty"
    root.mkdir()
    copy = open_subject(root, load_settings(root)).copy_to(tmp_path / "copy")
    if text is not None:
        copy.write(name, text)
    return copy
