"""The controller's side of a gated run: takes the reports in, and at the end gives the verdict and the exit code.

The controller is the only process, or the one that xdist distributes from. `session.items` is empty there under xdist,
and pytest's own exit status differs between the two modes; so nothing here is derived from either.
"""

from pathlib import Path
from typing import Any

import pytest

from ..gate.catalogue import read_module
from ..gate.collect.ledger import Ledger
from ..gate.conclude import Policy
from ..gate.judge.verdict import Objection
from ..gate.report import junit
from ..model import CheckSpec, Verdict
from .declare import COLLECTED, OUTPUT
from .finish import Finish
from .suites import PREFIX
from .transport import ATTRIBUTE, evidence_from, phase_from, spec_from, twin_from


class GateController:
    """Registered on the controller when `--tradeops-gate` is given."""

    def __init__(self, config: pytest.Config, policy: Policy) -> None:
        self._config = config
        self._policy = policy
        self._ledger = Ledger()
        self._objections: dict[tuple[str, str], Objection] = {}
        self._interrupted = False
        self._guard = False
        self._flaky_tests = False
        self._finish = Finish(config, policy)

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
        for nodeid, spec in (getattr(node, "workeroutput", None) or {}).get(OUTPUT, []):
            self._ledger.expect(nodeid, spec_from(spec))

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
        bad = report.failed or report.outcome == "rerun"  # type: ignore[comparison-overlap]
        if bad and not self._ledger.crashed(report.nodeid) and report.failed:
            text = f"{report.nodeid} failed; it is no check, but ran under the gate."
            self._object(
                ("test", report.nodeid), Verdict.BLOCK, text, "Repair it, or select checks with -m verification."
            )

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # xdist's own Interrupted, which -x raises, is a subclass: only a real Ctrl-C keeps pytest's exit code.
        self._interrupted = self._interrupted or type(excinfo.value) is KeyboardInterrupt

    # The end.

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        status = int(session.exitstatus)
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
        keep = status if status in (3, 4) or (self._interrupted and status == 2) else None
        session.exitstatus = self._finish.run(
            self._ledger, list(self._objections.values()), keep=keep, guard=self._guard, session=session
        )

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
