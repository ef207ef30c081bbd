"""A check's body, called as a function on a subject made for the test."""

from collections.abc import Callable
from pathlib import Path

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gate import Evidence
from pytest_tradeops.model import Finding
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject, open_subject


def failures(body: Callable[[Subject, Evidence], None], subject: Subject) -> tuple[Finding, ...]:
    """What the check finds; empty if it passes."""
    try:
        body(subject, Evidence())
    except CheckFailed as failed:
        return tuple(failed.findings)
    return ()


def copy_of_nothing(tmp_path: Path) -> Subject:
    """A copy, to be broken, of a subject without a single file."""
    root = tmp_path / "empty"
    root.mkdir()
    return open_subject(root, load_settings(root)).copy_to(tmp_path / "copy")
