"""What a gated run does for every test in it, check or not: no early exit, and no secret in any report."""

import linecache
import os
import warnings
from collections.abc import Generator
from typing import Any

import pytest

from . import entry
from .classify import tripped
from .deadline import DeadlinePassed, deadline
from .keys import SPEC, is_worker, state_of
from .longrepr import redacted
from .termination import Termination, end_with

#: On the config: what went wrong at the session's end; the key of a worker's output under which the controller gets it.
ENDED = pytest.StashKey[str]()
OUTPUT = "tradeops_ended"
#: The attribute of a report of a test that is no check: it was the guard that ended it. A check's says so itself.
TRIPPED = "tradeops_guard_tripped"


class ExitRefused(Exception):
    """A test called `pytest.exit`: it would end the run at once serially, and break it with workers."""


class GateGuards:
    """Registered in every process of a gated run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._redactor = state_of(config).redactor
        self._termination = Termination()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if is_worker(self._config):
            self._termination.listen()
            end_with(os.getppid())

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        entry.adopt_late(self._config, session.items)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        # After -x or Ctrl-C the session's fixtures are torn down here. Whatever becomes of that, the verdict is given.
        try:
            with deadline(0.0, "", "end"):
                return (yield)
        except (DeadlinePassed, Exception) as error:
            text = str(error) if isinstance(error, DeadlinePassed) else f"{type(error).__name__}: {error}"
            sentence = f"The session did not end well: {' '.join(self._redactor.text(text).split())}"
            self._config.stash[ENDED] = sentence
            if is_worker(self._config):
                self._config.workeroutput[OUTPUT] = sentence  # type: ignore[attr-defined]
            return None

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
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if SPEC not in item.stash:
            redacted(report, self._redactor)
            if call.excinfo is not None and tripped(call.excinfo.value) is not None:
                setattr(report, TRIPPED, True)
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        # pytest prints it with its line of source, in the process that it was raised in or in the controller.
        said = str(warning_message.message)
        source = warning_message.line or linecache.getline(warning_message.filename, warning_message.lineno)
        if (clean := self._redactor.text(said)) != said:
            warning_message.message = clean
        if (clean := self._redactor.text(source)) != source:
            warning_message.line = clean


def _without_exit() -> Generator[None, object, object]:
    try:
        return (yield)
    except pytest.exit.Exception as error:
        raise ExitRefused(f"pytest.exit({error.msg!r}) was called; a gated run goes on to its verdict.") from None
