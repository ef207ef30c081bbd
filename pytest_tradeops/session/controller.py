"""The controller's side of a gated run: takes the reports in, and at the end gives the verdict and the exit code.

The controller is the only process, or the one that xdist distributes from. `session.items` is empty there under xdist,
and pytest's own exit status differs between the two modes; so nothing here is derived from either.
"""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ..gate.catalogue import read_module
from ..gate.collect.ledger import Ledger
from ..gate.conclude import Policy
from ..gate.judge.verdict import Objection
from ..gate.report import junit
from ..model import CheckSpec, Verdict
from . import guards, measuring
from .declare import COLLECTED, OUTPUT
from .finish import Finish
from .suites import PREFIX
from .termination import EXIT, Terminated, Termination, hand_on
from .transport import ATTRIBUTE, evidence_from, phase_from, spec_from, twin_from


class GateController:
    """Registered on the controller when `--tradeops-gate` is given."""

    def __init__(self, config: pytest.Config, policy: Policy) -> None:
        self._config = config
        self._policy = policy
        self._ledger = Ledger()
        self._objections: dict[tuple[str, str], Objection] = {}
        self._interrupted: int | None = None  # the exit code that an interruption asks for
        self._termination = Termination()
        self._workers: dict[str, int] = {}
        self._session: pytest.Session | None = None
        self._guard = False
        self._flaky_tests = False
        self._finish = Finish(config, policy)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._termination.listen()

    # What was collected: here in the only process, below from xdist's workers.

    # Deselected tests are in it: the green half of a parametrised check is no check.

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for nodeid, spec in session.config.stash.get(COLLECTED, {}).items():
            self._ledger.expect(nodeid, spec)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        # From the source, because a worker that dies takes what it knows with it.
        for nodeid in ids:
            spec = self._declared(nodeid)
            if spec is not None:
                self._ledger.expect(nodeid, spec)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._workers.pop(node.gateway.id, None)
        output = getattr(node, "workeroutput", None) or {}
        for nodeid, spec in output.get(OUTPUT, []):
            self._ledger.expect(nodeid, spec_from(spec))
        self._config.stash.setdefault(measuring.LEFT_OUT, set()).update(output.get(measuring.OUTPUT, ()))
        self._end(output.get(guards.OUTPUT))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        process = getattr(getattr(node.gateway, "_io", None), "popen", None)  # none on another machine
        if process is not None and node.gateway.spec.popen:
            self._workers[node.gateway.id] = process.pid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            text = f"{report.nodeid or 'the session'} could not be collected."
            self._object(("collect", report.nodeid), Verdict.HOLD, text, "Run `pytest --collect-only` to see why.")

    # What ran.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        payload = getattr(report, ATTRIBUTE, None)
        rerun = report.outcome == "rerun"  # type: ignore[comparison-overlap]
        self._flaky_tests = self._flaky_tests or rerun
        if payload is None:
            self._ordinary(report)
            return
        phase, spec = phase_from(payload["phase"]), spec_from(payload["spec"])
        self._guard = self._guard or phase.status == "guard"
        twins = [twin_from(one) for one in payload["twins"]]
        self._ledger.observe(phase, spec, evidence_from(payload["evidence"]), twins, rerun=rerun)
        if report.when == "teardown":
            result = self._policy.settle(spec.id, self._ledger)
            report.user_properties = [*report.user_properties, *junit.properties(result)]

    def _ordinary(self, report: pytest.TestReport) -> None:
        """A report without a payload: an ordinary test, or xdist's own report of a crashed worker.

        A crash that a rerun plugin makes a rerun of is a crash all the same.
        """
        self._guard = self._guard or getattr(report, guards.TRIPPED, False)
        bad = report.failed or report.outcome == "rerun"  # type: ignore[comparison-overlap]
        if bad and not self._ledger.crashed(report.nodeid) and report.failed:
            text = f"{report.nodeid} failed; it is no check, but ran under the gate."
            self._object(
                ("test", report.nodeid), Verdict.BLOCK, text, "Repair it, or select checks with -m verification."
            )

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._interrupt(excinfo.value)
        if self._interrupted is None or self._session is None:
            return
        if self._interrupted == EXIT:
            hand_on(self._workers.values())
        # At once, as who cancelled may not wait for the workers' end; and once more when they have ended.
        with contextlib.chdir(self._session.startpath):
            self._conclude(self._session, self._interrupted)

    def _interrupt(self, error: BaseException) -> None:
        # xdist's own Interrupted, which -x raises, is a subclass: only a real Ctrl-C keeps pytest's exit code.
        if isinstance(error, Terminated):
            self._interrupted, by = EXIT, "SIGTERM"
        elif type(error) is KeyboardInterrupt:
            self._interrupted, by = self._interrupted or int(pytest.ExitCode.INTERRUPTED), "Ctrl-C"
        else:
            return
        self._object(("interrupt", ""), Verdict.HOLD, f"The run was ended by {by} before it was through.", "Run again.")

    # The end.

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, None]:
        # Around everybody else's end, and inside of the terminal's, which prints what is decided here.
        try:
            yield
        except KeyboardInterrupt as error:
            self._interrupt(error)
        status = int(session.exitstatus)
        self._end(self._config.stash.get(guards.ENDED, None))
        if getattr(self._config.option, "fail_on_flaky", False) and self._flaky_tests:
            self._object(("flaky", ""), Verdict.HOLD, "A test was flaky, and --fail-on-flaky is given.", "")
        if status == pytest.ExitCode.INTERNAL_ERROR:
            self._object(("internal", ""), Verdict.HOLD, "pytest itself broke; see its internal error.", "")
        if status == getattr(pytest.ExitCode, "MAX_WARNINGS_ERROR", 6):
            self._object(("warnings", ""), Verdict.HOLD, "More warnings than --max-warnings allows.", "")
        for argument in self._config.invocation_params.args:
            if "::" in str(argument) and str(argument).endswith("]"):
                text = f"{argument} names a single parameter, and the green half of a check is no check."
                self._object(("parameter", str(argument)), Verdict.HOLD, text, "Name the whole test.")
        self._conclude(session, status if status in (3, 4) else self._interrupted)
        self._termination.stop()

    def _conclude(self, session: pytest.Session, keep: int | None) -> None:
        with self._termination.deaf():
            session.exitstatus = self._finish.run(
                self._ledger, list(self._objections.values()), keep=keep, guard=self._guard, session=session
            )

    def _end(self, sentence: str | None) -> None:
        if sentence:
            self._object(("end", sentence), Verdict.HOLD, sentence, "Repair the tear-down of the session's fixtures.")

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._finish.print(terminalreporter)

    def _object(self, key: tuple[str, str], verdict: Verdict, reason: str, remedy: str) -> None:
        self._objections.setdefault(key, Objection(verdict, reason, remedy))

    def _declared(self, nodeid: str) -> CheckSpec | None:
        """The declaration behind a node id, read from the source: this process collected nothing itself."""
        path, _, name = nodeid.partition("::")
        function = name.partition("[")[0]
        if path.startswith(PREFIX):
            entries = [entry for entry in self._policy.catalogue if nodeid_path(entry.file) == path]
        else:
            source = Path(self._config.rootpath, path)
            entries = list(_read(source))
        return next((entry.spec for entry in entries if entry.function == function), None)


def nodeid_path(file: object) -> str:
    """The node id's path of a packaged suite file."""
    return f"{PREFIX}{file}"


def _read(source: Path) -> list[Any]:
    try:
        return read_module(source) if source.suffix == ".py" and "verification" in source.read_text("utf-8") else []
    except Exception:  # a file that cannot be read declares nothing; its own tests report what is wrong with it
        return []
