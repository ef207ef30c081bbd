"""The end of a gated run: verdict, exit code, and every report that was asked for."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ..clock import now
from ..exceptions import TradeopsError
from ..gate.checklist import items
from ..gate.collect.ledger import Ledger
from ..gate.conclude import Policy, conclude
from ..gate.judge.verdict import Judgement, Objection
from ..gate.report import junit
from ..gate.report.environment import environment
from ..gate.report.model import ChecklistItem, Report
from ..gate.report.terminal import render_terminal
from ..gate.report.write import append_text, check_places, remove_stale, shown, write_text
from ..model import CheckResult, Verdict
from ..redaction import Redactor
from ..services.broker import Broker
from . import measuring
from .isolation import LEFT_OUT
from .keys import SERVICES, STATE

GUARD_EXIT = 22


class Finish:
    """Judges one run and writes its reports."""

    def __init__(self, config: pytest.Config, policy: Policy) -> None:
        self._config = config
        self._policy = policy
        self._started = now()
        self._report: Report | None = None
        self._written: list[str] = []
        self._problems: list[str] = []
        self._shared = False  # the job summary is appended to, once
        # Now, as a check may change the current folder.
        self._targets, self._xml = _targets(config), _junit(config)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        self._summary = config.invocation_params.dir / summary if summary else None
        self._redactor: Redactor = config.stash[STATE].redactor

    def run(
        self, ledger: Ledger, objections: list[Objection], *, keep: int | None, guard: bool, session: pytest.Session
    ) -> int:
        """Judges and writes; returns the exit code.

        Args:
            keep: pytest's own exit code where it stays: Ctrl-C, internal error, usage error.
            guard: A guard tripped.
        """
        code = self._judge_and_write(ledger, objections, keep, guard, session)
        if self._problems and code == 0:
            # A promotion that nobody can read afterwards is none; what was written must say the same.
            lost = Objection(Verdict.HOLD, self._problems[0], "Make the place of the report writable.")
            code = self._judge_and_write(ledger, [*objections, lost], keep, guard, session)
        session.exitstatus = code
        self._config.stash[STATE].concluded = True
        if keep is None and self._report is not None:
            self._announce(self._report)
        return code

    def _announce(self, report: Report) -> None:
        try:
            self._config.hook.pytest_tradeops_decided(report=report, config=self._config)
        except BaseException as error:  # whatever a listener does, the verdict stays
            self._problems.append(f"pytest_tradeops_decided raised {type(error).__name__}: {error}")

    def _judge_and_write(
        self, ledger: Ledger, objections: list[Objection], keep: int | None, guard: bool, session: pytest.Session
    ) -> int:
        results, judgement = conclude(self._policy, ledger, objections)
        code = keep if keep is not None else GUARD_EXIT if guard else judgement.verdict.exit_code
        self._report = self._assemble(results, judgement, code, session)
        self._written.clear()
        self._write(self._report)
        return code

    def print(self, terminal: Any) -> None:
        """The one-screen summary."""
        if self._report is None:
            return
        terminal.section("tradeops")
        for line in render_terminal(
            self._report, terminal._tw.fullwidth, color=terminal._tw.hasmarkup, written=self._written
        ):
            terminal.write_line(line)
        for problem in self._problems:
            terminal.write_line(f"tradeops: {problem}", red=True)

    def _assemble(self, results: list[CheckResult], judgement: Judgement, code: int, session: pytest.Session) -> Report:
        policy = self._policy
        subject = self._config.stash[STATE].subject
        unneeded = policy.waivers.unneeded(results)
        results = [_redacted(result, self._redactor) for result in results]
        notes = [
            *policy.waivers.notes(policy.today),
            *(f"The waiver for {one.check} of {one.owner} is not needed any more: remove it." for one in unneeded),
            *_foreign(self._config, session),
            *measuring.note(self._config),
        ]
        return Report(
            verdict=judgement.verdict,
            exit_code=code,
            profile=policy.profile.name,
            reasons=tuple(map(self._redactor.text, judgement.reasons)),
            remedies=tuple(map(self._redactor.text, judgement.remedies)),
            subject={
                "name": subject.root.resolve().name,
                "revision": subject.git.head() or "" if subject.git.is_repository() else "",
                "dirty": subject.git.is_dirty() if subject.git.is_repository() else False,
            },
            results=tuple(results),
            covered=tuple(sorted({item for result in results for item in result.covered})),
            items=len(items()),
            notes=tuple(map(self._redactor.text, notes)),
            environment=_environment(self._config),
            started=self._started.astimezone(UTC),
            duration=(now() - self._started).total_seconds(),
            checklist=tuple(
                ChecklistItem(
                    one.id, one.section, one.text, tuple(e.spec.id for e in policy.catalogue.covering(one.id))
                )
                for one in items()
            ),
        )

    def _write(self, report: Report) -> None:
        for render, path in self._targets.items():
            self._put(path, partial(write_text, path, render(report)))
        xml, summary = self._xml, self._summary
        if xml is not None and xml.is_file():
            self._put(xml, partial(_annotate, xml, report, self._redactor))
        if summary is not None and _markdown not in self._targets and not self._shared:
            self._shared = True
            self._put(summary, lambda: append_text(summary, _markdown(report)))

    def _put(self, path: Path, write: Callable[[], None]) -> None:
        try:
            write()
            self._written.append(shown(path, self._config.invocation_params.dir))
        except TradeopsError as error:
            if str(error) not in self._problems:
                self._problems.append(str(error))


def clear_targets(config: pytest.Config) -> None:
    """Removes the reports of an earlier run, so that none can be taken for this run's, however this one ends.

    Raises:
        TradeopsError: a place is somebody else's or another report's, an earlier report cannot be removed, or a place
            cannot be written: known now, not after the run.
    """
    targets, xml = _targets(config), _junit(config)
    paths = list(targets.values())
    places = [(_FORMATS[render], path) for render, path in targets.items()]
    check_places([*places, *([("JUnit", xml)] if xml else [])])
    remove_stale([*paths, *([xml] if xml else [])])
    try:
        for path in paths:
            write_text(path, "")
    finally:
        remove_stale(path for path in paths if path.is_file())


def _targets(config: pytest.Config) -> dict[Callable[[Report], str], Path]:
    option = config.option
    given = {_json: option.tradeops_report, _html: option.tradeops_html, _markdown: option.tradeops_summary}
    return {render: config.invocation_params.dir / path for render, path in given.items() if path}


def _junit(config: pytest.Config) -> Path | None:
    """Where pytest writes its XML: it expands the path, and starts from the folder that is the current one now."""
    given = getattr(config.option, "xmlpath", None)
    return Path(os.path.expandvars(given)).expanduser().absolute() if given else None


def _annotate(xml: Path, report: Report, redactor: Redactor) -> None:
    write_text(xml, junit.annotate_junit(xml.read_text(encoding="utf-8"), report, redactor.text))


def _redacted(result: CheckResult, redactor: Redactor) -> CheckResult:
    """Also what comes from sources and the waiver file, which no worker has redacted. Ids stay."""
    text, known = redactor.text, {item.id for item in items()}

    def covers(item: str) -> str:
        return item if item in known else text(item)

    return replace(
        result,
        spec=result.spec
        and replace(result.spec, title=text(result.spec.title), covers=tuple(map(covers, result.spec.covers))),
        reason=text(result.reason),
        remedy=text(result.remedy),
        waiver=text(result.waiver),
        twins=tuple(
            replace(
                twin,
                fault=replace(
                    twin.fault,
                    title=text(twin.fault.title),
                    expects=text(twin.fault.expects),
                    covers=covers(twin.fault.covers),
                ),
                why=text(twin.why),
            )
            for twin in result.twins
        ),
    )


def _json(report: Report) -> str:
    from ..gate.report.as_json import render_json

    return render_json(report)


def _html(report: Report) -> str:
    from ..gate.report.as_html import render_html

    return render_html(report)


def _markdown(report: Report) -> str:
    from ..gate.report.markdown import render_markdown

    return render_markdown(report)


_FORMATS: dict[Callable[[Report], str], str] = {_json: "JSON", _html: "HTML", _markdown: "Markdown"}


def _environment(config: pytest.Config) -> dict[str, Any]:
    plugins = [f"{dist.project_name} {dist.version}" for _, dist in config.pluginmanager.list_plugin_distinfo()]
    broker = config.stash.get(SERVICES, None)
    services = broker.versions() if isinstance(broker, Broker) else {}
    return environment(config.stash[STATE].subject.python, plugins, services)


def _foreign(config: pytest.Config, session: pytest.Session) -> list[str]:
    """What of the subject's own took part in the run, or was kept out of it."""
    root = config.rootpath.resolve()
    loaded = sorted(
        path.relative_to(root).as_posix()
        for plugin in config.pluginmanager.get_plugins()
        if (file := getattr(plugin, "__file__", None))
        and (path := Path(file).resolve()).name == "conftest.py"
        and path.is_relative_to(root)
    )
    notes = [f"The subject's {path} was loaded into the run; `tradeops verify` keeps it out." for path in loaded]
    kept_out: set[str] = session.stash.setdefault(LEFT_OUT, set())
    left_out = sorted(kept_out)
    if left_out:
        notes.append(f"Fixtures of the subject were kept out of packaged checks: {', '.join(left_out)}.")
    return notes
