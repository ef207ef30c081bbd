"""What a gated run does for every test in it, check or not: no early exit, and no secret in any report."""

from collections.abc import Generator
from typing import Any

import pytest

from .keys import SPEC, state_of
from .longrepr import redacted


class ExitRefused(Exception):
    """A test called `pytest.exit`: it would end the run at once serially, and break it with workers."""


class GateGuards:
    """Registered in every process of a gated run."""

    def __init__(self, config: pytest.Config) -> None:
        self._redactor = state_of(config).redactor

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        return (yield from _without_exit())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        return (yield from _without_exit())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        return (yield from _without_exit())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if SPEC not in item.stash:
            redacted(report, self._redactor)
        report.user_properties = [
            (self._redactor.text(str(name)), self._redactor.data(value, str(name)))
            for name, value in report.user_properties
        ]
        if isinstance(getattr(report, "wasxfail", None), str):
            report.wasxfail = self._redactor.text(report.wasxfail)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report: Any = yield
        if report.failed:
            redacted(report, self._redactor)
        return report  # type: ignore[no-any-return]


def _without_exit() -> Generator[None, object, object]:
    try:
        return (yield)
    except pytest.exit.Exception as error:
        raise ExitRefused(f"pytest.exit({error.msg!r}) was called; a gated run goes on to its verdict.") from None
