"""Merges that are not simulated: those of scripts and actions of the tree, of apps, and on other events."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..expressions import UNKNOWN, holds
from ..project_tree import Tree
from ..workflows import Workflow, known_at, steps
from .simulation import is_merging, merges_text, merging_jobs

TRIGGERS = ("pull_request", "pull_request_target")
#: Files of apps that merge by themselves.
_APPS = re.compile(
    r"\.mergify\.ya?ml|\.mergify/config\.ya?ml|\.github/(?:mergify|auto-merge)\.ya?ml|(?:\.github/)?\.kodiak\.toml|\.bulldozer\.ya?ml"
)
_WORD = re.compile(r"[\w.-]*/[\w./-]+|[\w-]+\.\w+")
_MAKE = re.compile(r"\bmake\b")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def other_events(workflow: Workflow, branch: str) -> list[str]:
    """Events other than those of a pull request on which a step that merges may be reached."""
    found = []
    for event in sorted(set(workflow.on) - set(TRIGGERS)):
        # Some events of a pull request, such as a review, carry it.
        more = {"github.event.pull_request.*": UNKNOWN} if event.startswith("pull_request") else {}
        known = {**known_at(event, branch), **more}
        for name in merging_jobs(workflow):
            job = workflow.jobs[name]
            asked = [step for step in job.get("steps", ()) if is_merging(step)] or [job]
            if workflow.reached(name, event, branch, more) and any(holds(one.get("if"), known) for one in asked):
                found.append(event)
    return list(dict.fromkeys(found))


def hidden(tree: Tree, workflows: Sequence[Workflow]) -> list[str]:
    """Sentences about what may merge Dependabot's pull requests and is not followed."""
    found = [
        f"{name} may tell an app to merge, which is not asked."
        for name in tree.names
        if _APPS.fullmatch(name) and ("merge" in (tree.text(name) or "").lower() or "kodiak" in name)
    ]
    merging = {one.file for one in workflows if merging_jobs(one)}
    for workflow in workflows:
        if not set(TRIGGERS) & set(workflow.on) and "dependabot" not in (tree.text(workflow.file) or "").lower():
            continue
        for name, job in workflow.jobs.items():
            called = posixpath.normpath(str(job.get("uses", "")).removeprefix("./"))
            if called in merging and str(job.get("uses", "")).startswith("./"):
                found.append(f"{workflow.file}: {name} calls {called}, which merges and is not followed.")
            for step, _ in steps(job):
                found += [
                    f"{workflow.file}: {name} leads to {one}, which merges and is not followed."
                    for one in _led_to(tree, step)
                    if merges_text(tree.text(one) or "")
                ]
    return list(dict.fromkeys(found))


def _led_to(tree: Tree, step: Mapping[str, Any]) -> Iterator[str]:
    """Files of the tree that a step names: scripts, makefiles, and actions."""
    names = frozenset(tree.names)
    run, uses = str(step.get("run", "")), str(step.get("uses", ""))
    folder = str(step.get("working-directory", "."))
    waiting = [(run, folder)] if run else []
    if uses.startswith("./"):
        waiting += [(f"{uses}/action.yml {uses}/action.yaml", ".")]
    seen: set[str] = set()
    while waiting:
        text, place = waiting.pop()
        words = {*_WORD.findall(text), *(_MAKEFILES if _MAKE.search(text) else ())}
        paths = {posixpath.normpath(posixpath.join(at, word)) for word in words for at in {place, "."}}
        for path in sorted(paths & names - seen):
            seen.add(path)
            yield path
            waiting.append((tree.text(path) or "", posixpath.dirname(path) or "."))
