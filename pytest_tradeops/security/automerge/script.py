"""Runs a merging step's script with a `gh` that only writes down what it is asked to do."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...exceptions import Inconclusive
from ...processes import run, scratch
from .events import REPOSITORY, TOKENS, URL, Event
from .simulation import Reached

#: Seconds; a script that merges has nothing to wait for.
_TIMEOUT = 20.0
#: Writes its name and arguments down, each ended by a zero byte, and a line between two calls. Without a token the real
#: one ends with 4. Nothing else that reaches the network is on PATH in front of it.
_STUB = """#!/bin/sh
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\n\\0'; } >> "$TRADEOPS_CALLS"
case "${0##*/}" in gh) [ -n "$GH_TOKEN$GITHUB_TOKEN" ] || exit 4 ;; esac
"""
_STUBBED = ("gh", "curl", "wget", "git", "ssh", "hub")
_SHELLS = {"": ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"), "sh": ("sh", "-e")}


@dataclass(frozen=True, slots=True)
class Merge:
    """What a script asked for.

    Attributes:
        waits: Whether GitHub is to wait for the required checks.
        ours: Whether it is the pull request of the event.
        authorized: Whether `gh` had a token.
    """

    waits: bool
    ours: bool
    authorized: bool
    shown: str


def merges(reached: Reached, event: Event, branch: str) -> list[Merge]:
    """Every merge that a script asks for, in order; empty if it asks for none.

    Raises:
        Inconclusive: there is no shell of that kind here, or the script does not end.
    """
    command = _SHELLS.get(reached.shell.strip())
    if command is None or shutil.which(command[0]) is None:
        raise Inconclusive(
            f"{reached.place}: a script for the shell {reached.shell or 'bash'!r} cannot be run here.",
            remedy="Let the step run in bash.",
        )
    with scratch("tradeops-automerge-") as folder:
        calls, payload, file = folder / "calls", folder / "event.json", folder / "script.sh"
        _stubs(folder / "bin")
        payload.write_text(json.dumps(event.payload(branch)), encoding="utf-8")
        file.write_text(reached.script, encoding="utf-8")
        env = {
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_ACTOR": event.actor,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(payload),
            **{one: str(folder / one.lower()) for one in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")},
            **reached.env,
            "HOME": str(folder),
            "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "TRADEOPS_CALLS": str(calls),
        }
        done = run([*command, file], cwd=folder, timeout=_TIMEOUT, env=env)
        if done.timed_out:
            raise Inconclusive(
                f"{reached.place}: its script did not end within {_TIMEOUT:g} s.", remedy="Run it by hand."
            )
        asked = calls.read_bytes().decode("utf-8", "replace") if calls.exists() else ""
    authorized = any(reached.env.get(one) for one in TOKENS)
    found = [one.split("\0")[:-1] for one in asked.split("\n\0") if one]
    return [_read(call, authorized=authorized) for call in found if _is_merge(call)]


def _stubs(folder: Path) -> None:
    folder.mkdir()
    for name in _STUBBED:
        stub = folder / name
        stub.write_text(_STUB, encoding="utf-8")
        stub.chmod(0o755)


def _is_merge(call: Sequence[str]) -> bool:
    words = [one for one in call[1:] if not one.startswith("-")]
    if call[0] == "gh" and words[:2] == ["pr", "merge"]:
        return "--disable-auto" not in call and "--help" not in call
    text = " ".join(call)
    return "enablePullRequestAutoMerge" in text or "mergePullRequest" in text or "/merge" in text.replace(URL, "")


def _read(call: Sequence[str], *, authorized: bool) -> Merge:
    text = " ".join(call)
    # Where `gh` may pass over the rules, it does not wait for them.
    waits = "--admin" not in call and (
        "--auto" in call or "--auto=true" in call or "enablePullRequestAutoMerge" in text
    )
    # By GraphQL or REST it is named by an id, which says nothing here.
    ours = call[0] != "gh" or "pr" not in call[1:3] or URL in call or "7" in call
    return Merge(waits, ours, authorized, text[:160])
