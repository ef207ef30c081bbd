"""Tests marked `docker` need an engine: where none answers they are skipped, and one header line says why."""

from collections.abc import Sequence

import pytest
from docker_support import docker_reason

_REASON = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REASON] = docker_reason()


def pytest_report_header(config: pytest.Config) -> str:
    reason = config.stash[_REASON]
    return f"docker: container tests are skipped: {reason}" if reason else "docker: an engine answers"


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    reason = config.stash[_REASON]
    for item in items if reason else ():
        if item.get_closest_marker("docker"):
            item.add_marker(pytest.mark.skip(reason=f"docker: {reason}"))
