"""The analyses that workflows declare: one for each job, language and configuration."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..expressions import holds
from ..globs import matches
from ..workflows import Workflow, combinations, filled, known_at, steps
from ..yaml_files import Unreadable, parse, read_text
from . import ACTION

EVENTS = ("pull_request", "push", "schedule")
#: Name that CodeQL takes to the one that it is called by here.
_ALIASES = {
    "javascript": "javascript-typescript",
    "typescript": "javascript-typescript",
    "java": "java-kotlin",
    "kotlin": "java-kotlin",
    "c": "c-cpp",
    "cpp": "c-cpp",
    "c++": "c-cpp",
    "c#": "csharp",
}
_SUFFIXES = {
    "python": (".py", ".pyw"),
    "javascript-typescript": (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue"),
    "java-kotlin": (".java", ".kt"),
    "c-cpp": (".c", ".cc", ".cpp", ".cxx"),
    "csharp": (".cs",),
    "go": (".go",),
    "ruby": (".rb",),
    "rust": (".rs",),
    "swift": (".swift",),
}
_ACTIONS = re.compile(r"\.github/workflows/[^/]+\.ya?ml|(?:.*/)?action\.ya?ml")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one run of a job analyses.

    Attributes:
        place: Such as `.github/workflows/codeql.yml: analyse`.
        languages: By CodeQL's names; None if they are computed in the run, empty if CodeQL is to find them itself.
        paths: Patterns of which a file must suit one; empty for all. `ignored`: those of which it must suit none.
        events: Of `EVENTS`, those at which every step from set-up to upload may run, triggers aside.
        objection: Why nothing comes of it whatever happens, as the end of a sentence; empty if something may.
        unreadable: Why its configuration is not known, likewise.
    """

    workflow: Workflow
    job: str
    languages: tuple[str, ...] | None
    paths: tuple[str, ...]
    ignored: tuple[str, ...]
    events: frozenset[str]
    objection: str = ""
    unreadable: str = ""

    @property
    def place(self) -> str:
        return f"{self.workflow.file}: {self.job}"

    def reads(self, name: str) -> bool:
        """Whether `paths` and `paths-ignore` leave a file in; a pattern of a folder means all that is in it."""
        if not self.paths and not self.ignored:
            return True
        folders = [parent.as_posix() for parent in PurePosixPath(name).parents]
        every = [name, *("" if one == "." else one for one in folders)]
        return (not self.paths or _any(every, self.paths)) and not _any(every, self.ignored)


def languages_of(names: Sequence[str]) -> dict[str, int]:
    """CodeQL's languages to the number of their files in a tree; `actions` are workflows."""
    counted = {
        language: sum(PurePosixPath(name).suffix.lower() in suffixes for name in names)
        for language, suffixes in _SUFFIXES.items()
    }
    counted["actions"] = sum(_ACTIONS.fullmatch(name) is not None for name in names)
    return {language: count for language, count in sorted(counted.items()) if count}


def analyses(workflow: Workflow, root: Path, branch: str) -> Iterator[Analysis]:
    """Every analysis of one workflow, also those that come to nothing."""
    for name, job in workflow.jobs.items():
        used = [action for _, action in steps(job)]
        if not {f"{ACTION}/init", f"{ACTION}/analyze"} & set(used):
            continue
        found = combinations(job)
        if found == []:
            yield Analysis(workflow, name, (), (), (), frozenset(), "its matrix has no combination")
        for values in [{}] if found is None else found or ():
            yield _analysis(workflow, name, root, branch, values, computed=found is None)


def _analysis(
    workflow: Workflow, name: str, root: Path, branch: str, values: Mapping[str, Any], *, computed: bool
) -> Analysis:
    job = workflow.jobs[name]
    inits = [(at, step) for at, (step, action) in enumerate(steps(job)) if action == f"{ACTION}/init"]
    ends = [(at, step) for at, (step, action) in enumerate(steps(job)) if action == f"{ACTION}/analyze"]
    with_ = dict((inits[0][1].get("with") or {}) if inits else {})
    text = filled(with_.get("languages", ""), values)
    languages = None if text is None or (computed and "${{" in str(with_.get("languages", ""))) else _names(text)
    paths, ignored, unreadable = _configuration(with_, root, values)
    reached = set()
    if inits and ends and inits[0][0] < ends[-1][0]:
        for event in EVENTS:
            known = known_at(event, branch) | {f"matrix.{key}": value for key, value in values.items()}
            begun = [at for at, step in inits if holds(step.get("if"), known)]
            ended = [at for at, step in ends if holds(step.get("if"), known)]
            if workflow.reached(name, event, branch) and begun and ended and begun[0] < ended[-1]:
                reached.add(event)
    objection = _objection(inits, ends, reached)
    return Analysis(workflow, name, languages, paths, ignored, frozenset(reached), objection, unreadable)


def _objection(inits: list[tuple[int, Any]], ends: list[tuple[int, Any]], reached: set[str]) -> str:
    if not inits or not ends:
        return f"it has no step {ACTION}/{'analyze' if inits else 'init'}"
    if inits[0][0] > ends[-1][0]:
        return "it analyses before it sets up"
    if not reached:
        return "its conditions, or those of what it needs, never hold"
    options = ends[-1][1].get("with") or {}
    if str(options.get("upload", "")).strip().lower() in ("never", "false", "failure-only"):
        return "it does not upload what it finds"
    return "it skips all queries" if str(options.get("skip-queries", "")).strip().lower() == "true" else ""


def _names(text: str) -> tuple[str, ...]:
    found = [part.strip().lower() for part in text.split(",") if part.strip()]
    return tuple(_ALIASES.get(one, one) for one in found)


def _configuration(
    with_: Mapping[str, Any], root: Path, values: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """`paths` and `paths-ignore` of a set-up step, and why they are not known."""
    text, file = filled(with_.get("config", ""), values), filled(with_.get("config-file", ""), values)
    if text is None or (not text and file is None):
        return (), (), "it is computed in the run"
    if not text.strip():
        file = str(file).strip()
        if not file:
            return (), (), ""
        local = posixpath.normpath(file)
        if "@" in file or local.startswith(("../", "/")):
            return (), (), f"{file} is not in this repository"
        try:
            text = read_text(root / local)
        except Unreadable as error:
            return (), (), f"{local} {error}"
    try:
        document = parse(text)
    except Unreadable as error:
        return (), (), f"it {error}"
    if document is not None and not isinstance(document, dict):
        return (), (), "it holds no settings"
    return _patterns(document, "paths"), _patterns(document, "paths-ignore"), ""


def _patterns(document: Any, key: str) -> tuple[str, ...]:
    listed = (document or {}).get(key) or ()
    return tuple(str(one) for one in ([listed] if isinstance(listed, str) else listed))


def _any(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(matches(name, pattern) for pattern in patterns for name in names)
