"""SEC-022: what GitHub has of CodeQL for the default branch: the newest analyses, and the SARIF of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ...model import Finding
from ..github.asking import Asked, default_branch
from ..github.client import SARIF
from ..github.refusals import GitHubError, one_line
from . import REASON_NO_PYTHON, TOOL
from .sarif_shape import objections, rules_of

REASON_NONE = "codeql: no analysis"
REASON_EMPTY = "codeql: analysis examined nothing"
REASON_OLD = "codeql: analysis too old"
REASON_ERROR = "codeql: analysis failed"
REASON_SARIF = "codeql: sarif not valid"
#: A week and a day: a weekly run may be late.
OLDEST = timedelta(days=8)
#: GitHub's clock and this one may differ.
_SKEW = timedelta(hours=1)
#: What is older is not looked at: a part that was not uploaded for so long is none any more.
_FORGOTTEN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One upload.

    Attributes:
        part: What one workflow calls it, such as `/language:python`; the newest of each part counts.
        error: GitHub's words for what went wrong with it; empty if nothing did.
    """

    number: int
    part: str
    created: datetime
    rules: int
    results: int
    error: str

    def age(self, now: datetime) -> timedelta:
        return now - self.created


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was read.

    Attributes:
        analyses: The newest of each part, newest first.
        sarif: What is wrong with the SARIF of the newest one of Python, else of the newest; sentences. Of it
            `sarif_results` were read.
        sighted: Whether it may have looked at Python, as far as the names of its rules say.
    """

    name: str
    branch: str
    analyses: tuple[Analysis, ...]
    now: datetime
    sarif: tuple[str, ...] = ()
    sarif_results: int = 0
    sighted: bool = True

    def current(self) -> tuple[Analysis, ...]:
        """Those that count today: not older than a week and a day, and all of Python's, which must not fall behind."""
        return tuple(one for one in self.analyses if one.age(self.now) < OLDEST or _is_python(one))

    def facts(self) -> dict[str, object]:
        """JSON values, without times."""
        shown = [{"part": one.part, "rules": one.rules, "results": one.results} for one in self.current()]
        outdated = [one.part for one in self.analyses if one not in self.current()]
        return {"branch": self.branch, "analyses": shown, "no longer uploaded": outdated}

    def findings(self) -> list[Finding]:
        place = f"{self.name}, {self.branch}"
        if not self.analyses:
            told = f"GitHub has no analysis of {TOOL} for {self.branch}."
            return [Finding(REASON_NONE, told, place, "Run the workflow, and see that its upload is not switched off.")]
        found = []
        for one in self.current() or self.analyses[:1]:
            days = one.age(self.now) / timedelta(days=1)
            if one.error:
                told = f"{one.part}: GitHub could not use the analysis: {one.error}."
                found.append(Finding(REASON_ERROR, told, place, "See the run's log, and the tool status page."))
            if one.rules <= 0:
                told = f"{one.part}: the newest analysis ran no rule, so that it could find nothing."
                found.append(Finding(REASON_EMPTY, told, place, "Give the init step queries, or remove its filters."))
            if one.age(self.now) >= OLDEST or one.age(self.now) < -_SKEW:
                when = f"{days:.0f} days old" if days > 0 else "dated in the future"
                told = f"{one.part}: the newest analysis is {when}."
                found.append(Finding(REASON_OLD, told, place, "See why the scheduled run no longer comes to its end."))
        labelled = all("language:" in one.part for one in self.analyses)
        if (labelled or not self.sighted) and not any(map(_is_python, self.analyses)):
            told = f"GitHub has analyses of other languages, and none of Python in {_FORGOTTEN.days} days."
            found.append(Finding(REASON_NO_PYTHON, told, place, "Add python to the languages of the workflow."))
        remedy = "Upload what the analyze step writes, unchanged."
        return found + [Finding(REASON_SARIF, f"the SARIF {said}.", place, remedy) for said in self.sarif]


def examine(asked: Asked, now: datetime) -> Uploaded:
    """Reads the newest analyses of the default branch as GitHub names it, and the SARIF of the newest.

    Raises:
        GitHubError: code scanning is not available, the token may not see it, or GitHub does not answer.
    """
    branch = default_branch(asked.repository())
    path = asked.path("code-scanning", "analyses")
    newest: dict[str, Analysis] = {}
    try:
        for one in asked.client.pages(path, ref=f"refs/heads/{branch}", tool_name=TOOL):
            if not _is_ours(one, branch):  # a filter that the server does not know is one that it ignores
                continue
            read = _read(one)
            if newest and read.age(now) > _FORGOTTEN:
                break
            if read.part not in newest or newest[read.part].created < read.created:
                newest[read.part] = read
    except GitHubError as error:
        if error.status != 404 or "no analysis found" not in error.said.lower():
            raise
    analyses = tuple(sorted(newest.values(), key=lambda one: (one.created, one.part), reverse=True))
    if not analyses:
        return Uploaded(asked.name, branch, (), now)
    log = asked.client.get(f"{path}/{next(filter(_is_python, analyses), analyses[0]).number}", accept=SARIF)
    said, results = objections(log, TOOL)
    rules = rules_of(log)
    sighted = not rules or any(one.startswith("py/") for one in rules)
    return Uploaded(asked.name, branch, analyses, now, said, results, sighted)


def _is_python(analysis: Analysis) -> bool:
    return "python" in analysis.part.lower()


def _is_ours(analysis: Mapping[str, Any], branch: str) -> bool:
    tool = analysis.get("tool")
    return analysis.get("ref") == f"refs/heads/{branch}" and isinstance(tool, dict) and tool.get("name") == TOOL


def _read(analysis: Mapping[str, Any]) -> Analysis:
    """One analysis.

    Raises:
        GitHubError: a field is missing that decides.
    """
    number, rules, results = (_count(analysis.get(name)) for name in ("id", "rules_count", "results_count"))
    error = analysis.get("error", "")
    try:
        created = datetime.fromisoformat(str(analysis.get("created_at")))
    except ValueError:
        error = None
    if number is None or rules is None or results is None or not isinstance(error, str):
        told = "An analysis of GitHub lacks its number, date, error, or its count of rules or results."
        raise GitHubError(told, kind="foreign", status=200)
    part = analysis.get("category") or analysis.get("analysis_key") or "unnamed"
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return Analysis(number, one_line(part, 160), created, rules, results, one_line(error, 160))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
