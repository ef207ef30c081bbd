"""The extension points of pytest-tradeops."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .gate.collect.evidence import Evidence
    from .gate.report.model import Report
    from .model import ServiceHandle


@pytest.hookspec
def pytest_tradeops_checks(config: pytest.Config) -> Mapping[str, Path]:  # type: ignore[empty-body]
    """Called when packaged suites are collected, in every worker.

    Return folders of further checks: a name (an identifier, used in node ids as `tradeops/NAME/...`) to the folder.
    """


@pytest.hookspec(firstresult=True)
def pytest_tradeops_service(name: str, config: pytest.Config) -> "ServiceHandle | None":
    """Called on the controller when the service `name` is first requested, before any provider is tried.

    Return a handle to a server of your own, or None. Its grade is what you declare.
    """


@pytest.hookspec(firstresult=True)
def pytest_tradeops_redact(key: str, text: str) -> str | None:
    """Called for every text that leaves a check, after the built-in rules. Return the text to use instead, or None."""


@pytest.hookspec
def pytest_tradeops_evidence(item: pytest.Item, evidence: "Evidence") -> None:
    """Called after a check's body ended, whatever its outcome; may add facts. Not called for planted faults."""


@pytest.hookspec
def pytest_tradeops_decided(report: "Report", config: pytest.Config) -> None:
    """Called once, on the controller, when a gated run has its verdict. Whatever it does, the verdict stays."""
