"""bandit's real manager, in this process and set up once."""

import importlib.metadata
import io
import warnings
from collections.abc import Callable
from types import ModuleType

import pytest

NAME = "snippets/bot.py"

type Scan = Callable[[str], list[tuple[str, str, str]]]


@pytest.fixture(scope="session")
def bandit_core() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # bandit calls stevedore in a way that is to go
        pytest.importorskip("bandit")
        import bandit.core.manager
    return bandit.core


@pytest.fixture(scope="session")
def rule_ids(bandit_core: ModuleType) -> frozenset[str]:
    """Test ids of the plugins that this distribution registers."""
    points = importlib.metadata.distribution("pytest-tradeops").entry_points.select(group="bandit.plugins")
    return frozenset(point.load()._test_id for point in points)


@pytest.fixture(scope="module")
def scan(bandit_core: ModuleType, rule_ids: frozenset[str]) -> Scan:
    """Source to (test id, severity, message) of every trading rule that speaks; one that raises fails the test."""
    manager = bandit_core.manager.BanditManager(
        bandit_core.config.BanditConfig(), "file", profile={"include": set(rule_ids)}
    )
    errors: list[str] = []

    def note(test: str, context: object, error: BaseException) -> None:
        errors.append(f"{test}: {error!r}")

    def run(source: str) -> list[tuple[str, str, str]]:
        manager.results.clear()
        errors.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bandit_core.tester.BanditTester, "report_error", staticmethod(note))
            manager._parse_file(NAME, io.BytesIO(source.encode()), [NAME])
        assert errors == []
        return [(one.test_id, one.severity, one.text) for one in manager.results]

    return run
