"""Holds workflows and actions of a subject against GitHub's schema, its linters, and the rules on pins and rights."""

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...model import Finding
from ..project_tree import read_tree
from ..rights import is_fixed, may_write, used_by
from ..schemas import problems
from ..workflows import FOLDER, Workflow, is_workflow, read_workflows
from ..yaml_files import Unreadable, parse, read_text
from . import (
    FILE,
    REASON_ACTIONLINT,
    REASON_MISSING,
    REASON_PERMISSIONS,
    REASON_SCHEMA,
    REASON_UNPINNED,
    REASON_ZIZMOR,
)
from .linters import Issue, Said, run_actionlint, run_zizmor

_ACTION = re.compile(r"(?:\.github/(?:.*/)?)?action\.ya?ml")
#: Rules of actionlint that ask for more than a workflow: which runners there are stands in the settings of GitHub.
_NOTED = frozenset({"runner-label"})
#: What is looked at here, in words of our own.
_OURS = "unpinned-uses"
_LEAST = "Write `permissions: {}` for the workflow, and for each job what it needs."


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at.

    Attributes:
        actions: File of a composite or other action to its `runs`.
        refused: File that the schema refuses to sentences.
        unread: Linter to the files that it was given, that the schema accepts, and that it does not name as read.
    """

    workflows: tuple[Workflow, ...]
    actions: Mapping[str, Mapping[str, Any]]
    refused: Mapping[str, tuple[str, ...]]
    zizmor: Said | None
    actionlint: Said | None
    unread: Mapping[str, tuple[str, ...]]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(sorted({*(one.file for one in self.workflows), *self.actions, *self.refused}))

    def facts(self) -> dict[str, object]:
        """JSON values, the same for the same tree."""
        zizmor = self.zizmor.issues if self.zizmor else ()
        return {
            "workflows": len(self.workflows),
            "actions": len(self.actions),
            "zizmor": self.zizmor.version if self.zizmor else "",
            "actionlint": self.actionlint.version if self.actionlint else "",
            "zizmor by severity": dict(sorted(Counter(one.severity for one in zizmor).items())),
            "excused by a comment": [f"{one.file}:{one.line} {one.kind}: {one.excuse}" for one in zizmor if one.excuse],
            "noted by actionlint": [
                f"{one.file}:{one.line} {one.text}" for one in _issues(self.actionlint) if one.kind in _NOTED
            ],
            "may write": [
                f"{one.file}: {name}: {', '.join(rights)}"
                for one in self.workflows
                for name, job in one.jobs.items()
                if (rights := may_write(job.get("permissions", one.permissions)))
            ],
        }


def examine(root: Path) -> Examination:
    """Reads every workflow, and every action of the repository's own, by schema and linters.

    Raises:
        Inconclusive: a linter is not installed, cannot be run or fails its self-test.
    """
    tree = read_tree(root)
    workflows, refused = read_workflows(root, tree.names)
    actions: dict[str, Mapping[str, Any]] = {}
    waiting = _actions(tree.names, workflows)
    while waiting:
        name = waiting.pop()
        if name in actions or name in refused:
            continue
        runs, wrong = _action(root / name)
        if wrong:
            refused[name] = wrong
        else:
            actions[name] = runs
            waiting += _used(runs, frozenset(tree.names))
    texts = _texts(root, (*(one.file for one in workflows), *actions, *refused))
    only = {name: text for name, text in texts.items() if is_workflow(name)}
    zizmor = run_zizmor(texts) if texts else None
    actionlint = run_actionlint(only) if only else None
    unread = {
        "zizmor": tuple(sorted(set(texts) - set(refused) - (zizmor.read if zizmor else set()))),
        "actionlint": tuple(sorted(set(only) - set(refused) - (actionlint.read if actionlint else set()))),
    }
    return Examination(tuple(workflows), actions, refused, zizmor, actionlint, unread)


def findings(examination: Examination) -> list[Finding]:
    """What speaks against the files; empty if there are some and nothing does."""
    if not any(is_workflow(name) for name in examination.files):
        said = f"there is no workflow in {FOLDER}."
        return [Finding(REASON_MISSING, said, FILE, "Run `tradeops init ci`.")]
    found = [
        Finding(REASON_SCHEMA, f"{one}.", name, "Correct it, or update check-jsonschema if the syntax is new.")
        for name, said in examination.refused.items()
        for one in said
    ]
    found += [
        Finding(REASON_ACTIONLINT, f"{one.kind}: {one.text}", f"{one.file}:{one.line}", "Correct the workflow.")
        for one in _issues(examination.actionlint)
        if one.kind not in _NOTED
    ]
    for one in _issues(examination.zizmor):
        if one.severity == "HIGH" and one.kind != _OURS and not one.excuse:
            comment = f"`# zizmor: ignore[{one.kind}] ` and a reason"
            remedy = (
                f"https://docs.zizmor.sh/audits/#{one.kind} explains it; if it may stay, write {comment} beside it."
            )
            found.append(Finding(REASON_ZIZMOR, f"{one.kind}: {one.text}.", f"{one.file}:{one.line}", remedy))
    found += [*_unpinned(examination), *_permissions(examination.workflows)]
    return list(dict.fromkeys(found))


def unseen(examination: Examination) -> list[str]:
    """Sentences about what a linter was given and did not read."""
    return [
        f"{linter} did not read {len(names)} of the files that it was given: {names[0]}."
        for linter, names in examination.unread.items()
        if names
    ]


def _issues(said: Said | None) -> Sequence[Issue]:
    return said.issues if said else ()


def _unpinned(examination: Examination) -> Iterator[Finding]:
    used = [
        (f"{one.file}: {name}", each)
        for one in examination.workflows
        for name, job in one.jobs.items()
        for each in used_by(job)
    ]
    used += [(file, each) for file, runs in examination.actions.items() for each in (*used_by(runs), _image(runs))]
    for place, each in used:
        if not is_fixed(each):
            yield Finding(
                REASON_UNPINNED,
                f"{each} can be changed by its owner, or by who steals the owner's account.",
                place,
                "Name the commit of the release in 40 digits, with the version in a comment for Dependabot.",
            )


def _image(runs: Mapping[str, Any]) -> str:
    """The image of a Docker action; empty where it is built from a file of the repository."""
    image = str(runs.get("image") or "")
    return image if image.startswith("docker://") else ""


def _permissions(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    for one in workflows:
        without = [name for name, job in one.jobs.items() if "permissions" not in job]
        # A workflow that is only called gets no more than its caller has.
        if one.permissions is None and without and set(one.on) != {"workflow_call"}:
            said = f"without `permissions`, the job {without[0]} may do what the settings of the repository say."
            yield Finding(REASON_PERMISSIONS, said, one.file, _LEAST)
        wide = may_write(one.permissions)
        if wide and without and (len(one.jobs) > 1 or wide == ["everything"]):
            yield Finding(REASON_PERMISSIONS, f"every job may write {', '.join(wide)}.", one.file, _LEAST)
        for name, job in one.jobs.items():
            if job.get("permissions") == "write-all":
                yield Finding(REASON_PERMISSIONS, "the job may write everything.", f"{one.file}: {name}", _LEAST)


def _actions(names: Sequence[str], workflows: Sequence[Workflow]) -> list[str]:
    """The action files at their usual places, and those that a workflow uses."""
    there = set(names)
    found = {name for name in there if _ACTION.fullmatch(name)}
    for workflow in workflows:
        for job in workflow.jobs.values():
            found |= set(_used(job, there))
    return sorted(found)


def _used(job: Mapping[str, Any], there: Collection[str]) -> Iterator[str]:
    """The files of the repository's own actions that a job, or another action, uses."""
    for used in used_by(job):
        if used[:2] in ("./", "$/"):
            folder = posixpath.normpath(used[2:].strip("/") or ".")
            files = (posixpath.normpath(f"{folder}/action.{end}") for end in ("yml", "yaml"))
            yield from (one for one in files if one in there)


def _action(path: Path) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    try:
        document = parse(read_text(path))
    except Unreadable as error:
        return {}, (f"the file {error}",)
    wrong = problems("github-actions", document)
    return ({}, wrong) if wrong else (document["runs"], ())


def _texts(root: Path, names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in sorted(names):
        try:
            found[name] = read_text(root / name)
        except Unreadable:
            continue  # the schema's sentence says so
    return found
