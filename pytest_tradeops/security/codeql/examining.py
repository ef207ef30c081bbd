"""Holds the CodeQL workflows of a subject against its tree and a year of events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ...model import Finding
from ..project_tree import read_tree
from ..recurrence import WEEK, together
from ..workflows import FOLDER, Workflow, read_workflows
from . import (
    ACTION,
    FILE,
    REASON_EMPTY,
    REASON_EXCLUDED,
    REASON_INVALID,
    REASON_MISSING,
    REASON_NO_PULL_REQUEST,
    REASON_NO_PYTHON,
    REASON_NO_WEEK,
    REASON_UNREACHABLE,
    REASON_UNREADABLE,
    allowed,
)
from .analysis import Analysis, analyses, languages_of


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at.

    Attributes:
        refused: File of a workflow that GitHub refuses to sentences; only those that speak of CodeQL.
        tree: CodeQL's languages to the number of their files.
        sources: Every Python file; `strategies` those of the bot.
        gap: The longest time of a year without a scheduled run of a Python analysis; `crons` wrong ones, as sentences.
    """

    workflows: tuple[Workflow, ...]
    refused: dict[str, tuple[str, ...]]
    analyses: tuple[Analysis, ...]
    tree: dict[str, int]
    sources: tuple[str, ...]
    strategies: tuple[str, ...]
    branch: str
    gap: timedelta
    crons: tuple[str, ...]

    @property
    def living(self) -> tuple[Analysis, ...]:
        """Analyses of which something may come."""
        return tuple(one for one in self.analyses if not one.objection)

    @property
    def python(self) -> tuple[Analysis, ...]:
        return tuple(one for one in self.living if _is_python(one))

    @property
    def read(self) -> tuple[str, ...]:
        """Python files that an analysis reads."""
        return tuple(name for name in self.sources if any(one.reads(name) for one in self.python))

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree and day."""
        analysed = {language for one in self.living for language in one.languages or ()}
        detected = any(one.languages == () for one in self.living)
        return {
            "workflows": [one.file for one in self.workflows],
            "languages of the tree": self.tree,
            "analysed": sorted(set(self.tree) | analysed if detected else analysed),
            "python files": len(self.sources),
            "python files read": len(self.read),
            "files of strategies": len(self.strategies),
            "runs on": sorted({event for one in self.python for event in one.events if event in one.workflow.on}),
            "longest gap in days": round(self.gap / timedelta(days=1), 2),
        }


def examine(root: Path, *, strategies: str, branch: str, start: date) -> Examination:
    """Reads the workflows and the tree, and computes a year of runs.

    Args:
        strategies: The folder of the bot's code, relative to `root`.
        branch: The default branch.
        start: The first day of the year.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    tree = read_tree(root)
    everything, refused = read_workflows(root, tree.names)
    workflows = tuple(one for one in everything if any(_uses(job) for job in one.jobs.values()))
    found = tuple(each for one in workflows for each in analyses(one, root, branch))
    sources = tuple(name for name in tree.names if name.endswith((".py", ".pyw")))
    folder = strategies.strip("/")
    runs, wrong = [], []
    for workflow in workflows:
        its, errors = workflow.scheduled()
        wrong += [f"{workflow.file}: {one}" for one in errors]
        own = [one for one in found if one.workflow is workflow and not one.objection and _is_python(one)]
        if any("schedule" in one.events for one in own):
            runs += its
    return Examination(
        workflows,
        {name: said for name, said in refused.items() if ACTION in (tree.text(name) or ACTION) or name == FILE},
        found,
        languages_of(tree.names),
        sources,
        tuple(name for name in sources if name.startswith(f"{folder}/")),
        branch,
        together(runs).longest_gap(start),
        tuple(wrong),
    )


def findings(examination: Examination) -> list[Finding]:
    """What is wrong; empty if Python is analysed on pull requests and weekly, with no more rights than it takes."""
    found = [
        Finding(REASON_INVALID, f"{one}.", name, "Correct it, or update check-jsonschema if the syntax is new.")
        for name, said in examination.refused.items()
        for one in said
    ]
    if not examination.workflows:
        if not found:
            said = f"no workflow in {FOLDER} uses {ACTION}."
            found.append(Finding(REASON_MISSING, said, FILE, "Run `tradeops init codeql`."))
        return found
    for workflow in examination.workflows:
        found += allowed.findings(workflow)
    for one in examination.analyses:
        if one.objection:
            remedy = "Let set-up and analysis be steps of one job whose conditions can hold, and upload."
            found.append(Finding(REASON_UNREACHABLE, f"nothing comes of it: {one.objection}.", one.place, remedy))
        elif one.unreadable:
            remedy = "Write paths and paths-ignore into a file of this repository."
            found.append(
                Finding(REASON_UNREADABLE, f"what it reads is not known: {one.unreadable}.", one.place, remedy)
            )
    if examination.living:
        found += [*_languages(examination), *_sources(examination), *_events(examination)]
    return list(dict.fromkeys(found))


def _languages(examination: Examination) -> Iterator[Finding]:
    if not examination.python:
        yield Finding(
            REASON_NO_PYTHON,
            "no analysis names python, or what it names is computed in the run.",
            examination.living[0].place,
            "Write languages: python, or a matrix of literal languages with it.",
        )
    for one in examination.living:
        for language in one.languages or ():
            if language not in examination.tree:
                yield Finding(
                    REASON_EMPTY,
                    f"there is no file of {language}, so that CodeQL fails.",
                    one.place,
                    "Remove the language, or correct its name.",
                )


def _sources(examination: Examination) -> Iterator[Finding]:
    if not examination.python:
        return
    left = set(examination.read)
    remedy = "Take the patterns out of paths-ignore, or add the folder to paths."
    if not left:
        yield Finding(REASON_EXCLUDED, "no Python file is left to read.", examination.python[0].place, remedy)
    excluded = [name for name in examination.strategies if name not in left]
    if left and excluded:
        said = f"{len(excluded)} of {len(examination.strategies)} files of the strategies are not read: {excluded[0]}."
        yield Finding(REASON_EXCLUDED, said, examination.python[0].place, remedy)


def _events(examination: Examination) -> Iterator[Finding]:
    if not examination.python:
        return
    place, branch = examination.python[0].workflow.file, examination.branch
    changed = examination.strategies or examination.sources
    missed = [
        name
        for name in changed
        if not any(
            "pull_request" in one.events and one.workflow.triggered("pull_request", branch, name)
            for one in examination.python
        )
    ]
    if missed:
        yield Finding(
            REASON_NO_PULL_REQUEST,
            f"a pull request to {branch} that changes {missed[0]} is not analysed.",
            place,
            f"Add pull_request with branches: [{branch}] without paths, or correct default_branch of [tool.tradeops].",
        )
    remedy = 'Add a schedule of once a week, such as cron: "30 4 * * 1".'
    for said in examination.crons:
        yield Finding(REASON_NO_WEEK, f"{said}.", place, remedy)
    if examination.gap > WEEK:
        days = examination.gap / timedelta(days=1)
        yield Finding(REASON_NO_WEEK, f"the schedule leaves out {days:.3g} days of a year.", place, remedy)


def _is_python(one: Analysis) -> bool:
    return one.languages is not None and (not one.languages or "python" in one.languages)


def _uses(job: object) -> bool:
    steps = job.get("steps", ()) if isinstance(job, dict) else ()
    return any(str(step.get("uses", "")).lower().startswith(f"{ACTION}/") for step in steps)
