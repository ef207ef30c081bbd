"""Runs gitleaks once and believes it only if everything that it says fits together.

gitleaks ends with 0 when git died below it, when nothing was scanned and when its rules are gone; leaks, a broken
configuration and a missing repository all end with 1. So leaks get an exit code of their own, the machine report and
the log are read as well, and what does not agree is `Untrusted`.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import processes
from ...exceptions import Inconclusive
from ...processes.child import clean_environment
from ...redaction import Redactor

#: The exit code that says "leaks", and nothing else does.
LEAKS = 42
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ALARM = re.compile(r"^\S+ (?:ERR|FTL|PNC) |^panic: |\bpartial scan\b", re.MULTILINE)
_COMMITS = re.compile(r"\b(\d+) commits scanned")
_BYTES = re.compile(r"\bscanned ~(\d+) bytes")
#: Variables with which an environment would choose other rules, another repository or another binary.
_FOREIGN = ("GIT_", "GITLEAKS_", "NOGOO9_")


class Untrusted(Inconclusive):
    """A scan whose result cannot be believed, whatever it says."""


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """Where a secret stands; the secret itself is never read.

    Attributes:
        path: Relative to the scanned folder.
        line: From 1.
        commit: The full id; empty for the work tree.
    """

    path: str
    line: int
    rule: str
    commit: str = ""

    @property
    def place(self) -> tuple[str, int, str]:
        return self.path, self.line, self.commit

    @property
    def fingerprint(self) -> str:
        """As `.gitleaksignore` names it."""
        return ":".join(filter(None, (self.commit, self.path, self.rule, str(self.line))))

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}" + (f" in commit {self.commit[:12]}" if self.commit else "")


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run of gitleaks said.

    Attributes:
        commits: How many it scanned; None if it looked at no history.
        size: Bytes that it scanned.
    """

    leaks: tuple[Leak, ...]
    commits: int | None
    size: int


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """For gitleaks and git alike: nothing that chooses other rules, another repository or another binary."""
    environ = {name: value for name, value in clean_environment().items() if not name.startswith(_FOREIGN)}
    return {**environ, **(more or {})}


def execute(
    binary: Path,
    arguments: Sequence[str],
    *,
    cwd: Path,
    timeout: float,
    environ: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> processes.Completed:
    """Runs the binary with plain output.

    Raises:
        Inconclusive: it cannot be started, or takes longer than `timeout` seconds.
    """
    try:
        done = processes.run(
            [binary, *arguments],
            cwd=cwd,
            timeout=timeout,
            env=environment() if environ is None else environ,
            stdin=stdin,
        )
    except OSError as error:
        raise Inconclusive(
            f"{binary} cannot be started: {error.strerror or error}.", remedy="Name a gitleaks 8 in TRADEOPS_GITLEAKS."
        ) from None
    if done.timed_out:
        raise Inconclusive(
            f"gitleaks took longer than {timeout:.0f} seconds.", remedy="Run it again on a machine with less to do."
        )
    return done


def scan(
    binary: Path,
    arguments: Sequence[str],
    *,
    cwd: Path,
    scratch: Path,
    config: Path,
    ignore: Path | None = None,
    audit: bool = False,
    environ: Mapping[str, str] | None = None,
    timeout: float = 300.0,
    stdin: str | None = None,
) -> Pass:
    """One scan.

    Args:
        arguments: The verb and what to scan.
        scratch: A folder for the report, empty or with reports of other names.
        config: Named explicitly, or gitleaks would look for one by itself.
        ignore: The `.gitleaksignore` that counts; None for none.
        audit: Comments `gitleaks:allow` do not count either.

    Raises:
        Untrusted: exit code, report and log do not fit together.
    """
    report = scratch / f"report-{arguments[0]}-{'audit' if audit else 'plain'}.json"
    given = [*arguments, "--config", str(config), "--gitleaks-ignore-path", str(ignore or scratch / "no-such-file")]
    given += ["--ignore-gitleaks-allow"] if audit else []
    # Redacted where it arises: no secret is ever written to a disk, a log or this process's memory.
    given += ["--redact", "--exit-code", str(LEAKS), "--report-format", "json", "--report-path", str(report)]
    given += ["--no-banner", "--no-color", "--log-level", "info"]
    done = execute(binary, given, cwd=cwd, timeout=timeout, environ=environ, stdin=stdin)
    log = plain(done.stderr)
    alarm = _ALARM.search(log)
    if alarm:
        line = log[alarm.start() :].splitlines()[0]
        raise Untrusted(f"gitleaks reports an error of its own: {_shown(line)}.", remedy=_remedy(line))
    if done.code not in (0, LEAKS):
        raise Untrusted(
            f"gitleaks ended with {done.code}, which says neither clean nor leaks: {_shown(plain(done.tail))}.",
            remedy="Run it by hand to see why.",
        )
    leaks = _leaks(report)
    if (done.code == LEAKS) != bool(leaks):
        raise Untrusted(
            f"gitleaks ended with {done.code} and reported {len(leaks)} leaks, which does not agree.",
            remedy="Install the pinned one: pip install 'pytest-tradeops[secrets]'.",
        )
    size, commits = _BYTES.search(log), _COMMITS.search(log)
    if size is None:
        raise Untrusted("gitleaks did not say how much it scanned.", remedy="Use a gitleaks 8.30 or newer.")
    return Pass(tuple(sorted(set(leaks))), int(commits[1]) if commits else None, int(size[1]))


def plain(text: str) -> str:
    """Without colours, which its first lines have whatever is asked for."""
    return _COLOUR.sub("", text)


def _leaks(report: Path) -> list[Leak]:
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
        return [_leak(one) for one in found]
    except (OSError, ValueError, KeyError, TypeError):
        raise Untrusted(
            "gitleaks wrote no usable report.", remedy="Install the pinned one: pip install 'pytest-tradeops[secrets]'."
        ) from None


def _leak(one: Mapping[str, Any]) -> Leak:
    path = os.path.normpath(str(one["File"])) if one["File"] else ""
    return Leak(path, int(one["StartLine"]), str(one["RuleID"]), str(one["Commit"]))


def _shown(line: str) -> str:
    return Redactor().text(line)[:300].strip().rstrip(".")


def _remedy(line: str) -> str:
    if "onfig" in line or "regexp" in line or "ule" in line:
        return "Correct .gitleaks.toml; docs/secrets.md shows how a rule is written."
    return "Run `git fsck --full`, and clone again if it complains."
