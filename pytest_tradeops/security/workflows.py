"""GitHub's workflows: which jobs a commit starts, which of their steps run, and with what they are allowed to do."""

import graphlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expressions import has_status_function, holds
from .globs import expand, matches
from .recurrence import Recurrence, parse_cron
from .schemas import problems
from .yaml_files import Unreadable, parse, read_text

FOLDER = ".github/workflows"
_FILE = re.compile(rf"{re.escape(FOLDER)}/[^/]+\.ya?ml")
#: Combinations of a matrix that are looked at; GitHub itself starts at most so many jobs.
MOST_COMBINATIONS = 256
#: Without `types`, a pull request starts a workflow when it is opened and with each commit.
_TYPES = ("opened", "synchronize", "reopened")
#: What is done to every pull request that is worked on.
_ACTIONS = ("opened", "synchronize")
_SOMEBODY, _SOMEWHERE = "a-person", "a-branch"
#: Of a pull request as anybody opens one.
_ORDINARY: Mapping[str, Any] = {
    "github.ref": "refs/pull/7/merge",
    "github.ref_name": "7/merge",
    "github.ref_type": "branch",
    "github.head_ref": _SOMEWHERE,
    "github.event.pull_request.head.ref": _SOMEWHERE,
    "github.actor": _SOMEBODY,
    "github.triggering_actor": _SOMEBODY,
    "github.event.sender.login": _SOMEBODY,
    "github.event.pull_request.user.login": _SOMEBODY,
    "github.event.pull_request.user.type": "User",
    "github.event.pull_request.title": "A change",
    "github.event.pull_request.body": "",
    "github.event.pull_request.labels.*.name": [],
    "github.event.pull_request.draft": False,
    "github.event.pull_request.merged": False,
    "github.event.pull_request.state": "open",
}
#: What only other events have, by hand among them.
_OF_OTHERS = (
    "inputs.*", "github.event.inputs.*", "github.event.schedule", "github.event.label.*", "github.event.review.*",
    "github.event.comment.*", "github.event.issue.*", "github.event.release.*", "github.event.workflow_run.*",
)  # fmt: skip
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file that GitHub's schema accepts.

    Attributes:
        file: Relative to the root, with `/`.
        on: Event to its filters.
        jobs: Id to job, as YAML has them; likewise the workflow's own `env` and `defaults`.
    """

    file: str
    on: Mapping[str, Any]
    jobs: Mapping[str, Mapping[str, Any]]
    permissions: Any
    env: Any = None
    defaults: Any = None

    def reached(self, job: str, event: str, branch: str, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a job may run when an event happens on `branch`, its `needs` included; the trigger aside.

        Of a pull request, both when it is opened and with each commit.

        Args:
            more: What is known besides, or instead, such as the inputs of a called workflow.
        """
        graph: dict[str, list[str]] = {}
        waiting = [job]
        while waiting:
            name = waiting.pop()
            if name not in graph:
                graph[name] = _listed(self.jobs.get(name, {}).get("needs", ()))
                waiting += graph[name]
        try:
            order = list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError:
            return False  # GitHub refuses the file
        return all(self._runs(order, graph, known)[job] for known in worlds(event, branch, more))

    def _runs(
        self, order: Iterable[str], graph: Mapping[str, Iterable[str]], known: Mapping[str, Any]
    ) -> dict[str, bool]:
        """Which jobs may run; `order` has each behind those that it needs, so that each is looked at once."""
        runs: dict[str, bool] = {}
        for name in order:
            condition = self.jobs.get(name, {}).get("if")
            anyhow = has_status_function(condition)
            needed = all(one in self.jobs if anyhow else runs[one] for one in graph[name])
            runs[name] = name in self.jobs and needed and holds(condition, known)
        return runs

    def triggered(
        self, event: str, branch: str, changed: str, types: tuple[str, ...] = ("opened", "synchronize")
    ) -> bool:
        """Whether `push` or `pull_request` of one changed file, to or for `branch`, starts the workflow.

        Args:
            types: What must happen to a pull request for it.
        """
        if event not in self.on:
            return False
        filters = self.on[event] or {}
        tags, branches = ({name, f"{name}-ignore"} & set(filters) for name in ("tags", "branches"))
        if event == "push" and tags and not branches:
            return False
        if event.startswith("pull_request") and not set(types) <= set(_listed(filters.get("types", _TYPES))):
            return False
        return _passes(filters, "branches", branch) and _passes(filters, "paths", changed)

    def scheduled(self) -> tuple[list[Recurrence], list[str]]:
        """The runs of its `schedule`, and sentences about what there is no cron."""
        runs, wrong = [], []
        for one in self.on.get("schedule") or ():
            text = str(one.get("cron", ""))
            try:
                runs.append(parse_cron(text))
            except ValueError as error:
                wrong.append(f"{text!r} {error}")
        return runs, wrong


def known_at(event: str, branch: str) -> dict[str, Any]:
    """What is known of `github` when an event happens; for a pull request the branch is its base.

    The pull request is an ordinary one: of a person, without labels, from a branch of no particular name. A condition
    that asks for more does not hold for every one.
    """
    known: dict[str, Any] = {"github.event_name": event, **dict.fromkeys(_OF_OTHERS)}
    if event == "pull_request":
        return {**known, **_ORDINARY, "github.base_ref": branch, "github.event.pull_request.base.ref": branch}
    known |= {"github.ref": f"refs/heads/{branch}", "github.ref_name": branch, "github.ref_type": "branch"}
    return known | {"github.head_ref": "", "github.base_ref": "", "github.event.pull_request.*": None}


def worlds(event: str, branch: str, more: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The same for each thing that happens to a pull request; one for any other event."""
    known = {**known_at(event, branch), **(more or {})}
    return [known | {"github.event.action": one} for one in _ACTIONS] if event == "pull_request" else [known]


def read_workflows(root: Path, names: tuple[str, ...]) -> tuple[list[Workflow], dict[str, tuple[str, ...]]]:
    """The workflows among `names`, and file to sentences for those that are none.

    Raises:
        Inconclusive: check-jsonschema is not installed.
    """
    found: list[Workflow] = []
    refused: dict[str, tuple[str, ...]] = {}
    for name in names:
        if not is_workflow(name):
            continue
        try:
            document = document_of(read_text(root / name))
        except Unreadable as error:
            refused[name] = (f"the file {error}",)
            continue
        document = _without_empty_filters(document)
        wrong = problems("github-workflows", document)
        if wrong:
            refused[name] = wrong
        else:
            jobs = document["jobs"]
            rest = (document.get(key) for key in ("permissions", "env", "defaults"))
            found.append(Workflow(name, _events(document["on"]), jobs, *rest))
    return found, refused


def _without_empty_filters(document: Any) -> Any:
    """The document without filters of events that hold nothing, such as `tags:`; GitHub takes them for none."""
    on = document.get("on") if isinstance(document, dict) else None
    if not isinstance(on, dict):
        return document
    events = {
        event: {name: one for name, one in filters.items() if one is not None} if isinstance(filters, dict) else filters
        for event, filters in on.items()
    }
    return {**document, "on": events}


def is_workflow(name: str) -> bool:
    """Whether a file, relative to the root, is one that GitHub takes for a workflow."""
    return _FILE.fullmatch(name) is not None


def document_of(text: str) -> Any:
    """A workflow as YAML has it, its `on` by that name.

    Raises:
        Unreadable: it is no YAML.
    """
    document = parse(text)
    if isinstance(document, dict) and True in document:
        document["on"] = document.pop(True)  # YAML 1.1 has a word less than GitHub
    return document


def combinations(job: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """What `matrix` stands for in each run of a job; one without values if it has none, None if it is computed."""
    matrix = job.get("strategy", {}).get("matrix", {}) if isinstance(job.get("strategy", {}), dict) else None
    if not isinstance(matrix, dict):
        return None
    axes = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    extra, without = matrix.get("include", []), matrix.get("exclude", [])
    if not all(isinstance(one, list) for one in (*axes.values(), extra, without)):
        return None
    product = itertools.islice(itertools.product(*axes.values()), MOST_COMBINATIONS)
    found = [dict(zip(axes, values, strict=True)) for values in product] if axes else []
    found = [one for one in found if not any(_agrees(one, each) for each in without)]
    for each in extra:
        fitting = [
            one for one in found if all(one[name] == each[name] for name in axes if name in each and name in one)
        ]
        if axes and fitting:
            for one in fitting:
                one |= {name: value for name, value in each.items() if name not in axes}
        else:
            found.append(dict(each))
    return found if axes or extra else [{}]


def matrix_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of `matrix` in one run of a job; what it lacks is empty, unless something lies deeper in it."""
    rest = {} if any(isinstance(one, dict) for one in values.values()) else {"matrix.*": ""}
    return rest | {f"matrix.{name}": one for name, one in values.items()}


def filled(text: Any, values: Mapping[str, Any]) -> str | None:
    """A text with the values of a matrix in it; None if another expression is left."""
    done = _MATRIX.sub(lambda match: str(values.get(match[1], "")), str(text))
    return None if "${{" in done else done


def steps(job: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The steps of a job with the action that each uses, without its version; empty where it uses none."""
    for step in job.get("steps", ()):
        yield step, str(step.get("uses", "")).partition("@")[0].strip().lower()


def _agrees(one: Mapping[str, Any], other: Any) -> bool:
    return isinstance(other, dict) and all(one.get(name) == value for name, value in other.items())


def _events(on: Any) -> dict[str, Any]:
    if isinstance(on, str):
        return {on: {}}
    return {one: {} for one in on} if isinstance(on, list) else dict(on)


def _passes(filters: Mapping[str, Any], name: str, value: str) -> bool:
    """Whether a branch or path passes `name` and `name-ignore`; of patterns, the last one that suits decides."""
    if name in filters:
        passed = False
        for pattern in _listed(filters[name]):
            if _suits(value, pattern.removeprefix("!")):
                passed = not pattern.startswith("!")
        return passed
    return not any(_suits(value, pattern) for pattern in _listed(filters.get(f"{name}-ignore", ())))


def _suits(value: str, pattern: str) -> bool:
    # `**` beside other characters of a name crosses folders as well: `releases**`, `**.py`.
    loose = re.sub(r"(?<=[^/])\*\*|\*\*(?=[^/])", "*", pattern)
    return any(matches(value, one) or (loose != pattern and matches(value, f"**/{loose}")) for one in expand(pattern))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
