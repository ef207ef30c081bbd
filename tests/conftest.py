"""Tests marked `docker` need an engine, those marked `grafana` a server: without, they are skipped, and a line says why."""

import os
from collections.abc import Iterator, Sequence

import pytest
from docker_support import docker_reason
from grafana_support import grafana_reason

from pytest_tradeops.processes import turns
from pytest_tradeops.standins.github import GitHubStandin

_REASONS = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    # The runs that tests start would wait for those of another worker's: all of them are one run.
    os.environ.setdefault(turns.HELD, "tests")
    config.stash[_REASONS] = {"docker": docker_reason(), "grafana": grafana_reason()}


def pytest_report_header(config: pytest.Config) -> list[str]:
    reasons = config.stash[_REASONS]
    docker, grafana = reasons["docker"], reasons["grafana"]
    return [
        f"docker: container tests are skipped: {docker}" if docker else "docker: an engine answers",
        f"grafana: tests on a real server are skipped: {grafana}" if grafana else "grafana: a real server answers",
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    for marker, reason in config.stash[_REASONS].items():
        for item in items if reason else ():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {reason}"))


@pytest.fixture
def github() -> Iterator[GitHubStandin]:
    """GitHub's API on loopback, with one repository that is well."""
    with GitHubStandin() as standin:
        yield standin
