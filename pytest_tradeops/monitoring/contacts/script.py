"""MON-023: the script that sets a Discord webhook up. It takes a good one, refuses others, and stores nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...exceptions import DeclarationError
from ...model import Finding
from ...processes import Completed, run
from ...processes.child import clean_environment
from .points import DISCORD_URL

_TIMEOUT = 60.0
_LARGEST = 4 << 20
_PLANTED = "webhook.txt"


@dataclass
class Tried:
    """What was tried, and what is wrong."""

    runs: int = 0
    findings: list[Finding] = field(default_factory=list)


def examine(
    root: Path,
    script: str,
    url: str,
    asked: Callable[[], int],
    revoke: Callable[[], None],
    recover: Callable[[], None],
    scratch: Path,
) -> Tried:
    """Runs the script with a good, a revoked and a malformed webhook, and looks for the webhook in what is left.

    Args:
        root: A copy of the subject; the script may write there.
        url: A webhook of a stand-in.
        asked: Requests that the stand-in has got so far.
        revoke: Makes the stand-in refuse the webhook; `recover` ends that.
        scratch: An empty folder, for what the script writes to HOME and to temporary files.
    """
    tried = Tried()
    if not (root / script).is_file():
        told = "There is no script that sets up the Discord webhook."
        remedy = "Write it with `tradeops init monitoring`, or set `discord_script` in [tool.tradeops.monitoring]."
        tried.findings.append(Finding("discord: script missing", told, script, remedy))
        return tried
    before = asked()
    good = _run(tried, root, script, url, scratch)
    if good.code != 0 or good.timed_out:
        told = f"The script refuses a webhook that works: {_said(good, url)}."
        tried.findings.append(Finding("discord: good webhook refused", told, script, "Run it by hand to see why."))
    elif asked() == before:
        told = "The script accepts a webhook without asking Discord."
        remedy = "Call `tradeops contacts check discord` in it."
        tried.findings.append(Finding("discord: script asks nobody", told, script, remedy))
    leaks = list(_leaks(root, script, url, scratch, (good,)))
    if leaks:
        tried.findings += leaks
        return tried
    revoke()
    revoked = _run(tried, root, script, url, scratch)
    recover()
    # An id that is no number; the token is the real one, so that it would be found if it were stored.
    malformed = _run(tried, root, script, f"{url.rpartition('/webhooks/')[0]}/webhooks/x/{_token(url)}", scratch)
    for what, done in (("revoked", revoked), ("malformed", malformed)):
        if done.code == 0 or done.timed_out or "Traceback" in done.stderr or not (done.stdout + done.stderr).strip():
            told = f"The script does not clearly refuse a {what} webhook: exit code {done.code}, {_said(done, url)}."
            remedy = "Exit with another code than 0, and say in one sentence what is wrong."
            tried.findings.append(Finding(f"discord: {what} webhook accepted", told, script, remedy))
    tried.findings += _leaks(root, script, url, scratch, (revoked, malformed))
    return tried


def stores_it(root: Path, script: str) -> tuple[str, str]:
    """The script, writing the webhook into a file as well: its path and new text, for a planted fault."""
    if not (root / script).is_file():
        raise DeclarationError(f"There is no {script} to break.", remedy="Run `tradeops init monitoring`.")
    lines = (root / script).read_text(encoding="utf-8").splitlines(keepends=True)
    at = 1 if lines and lines[0].startswith("#!") else 0
    if script.endswith(".py"):
        line = f"import os; open({_PLANTED!r}, 'w').write(os.environ.get({DISCORD_URL!r}, ''))\n"
        at = next((n + 1 for n, one in enumerate(lines) if one.startswith("from __future__")), at)
    else:
        line = f"printf '%s\\n' \"${{{DISCORD_URL}:-}}\" > {_PLANTED}\n"
    return script, "".join([*lines[:at], line, *lines[at:]])


def _run(tried: Tried, root: Path, script: str, url: str, scratch: Path) -> Completed:
    own = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        DISCORD_URL: url,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    environ = clean_environment(own)
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
    first = (root / script).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    shell = "bash" if "bash" in first else "sh"
    command = [sys.executable, script] if script.endswith(".py") else [shell, script]
    tried.runs += 1
    return run(command, cwd=root, timeout=_TIMEOUT, env=environ, stdin=f"{url}\n")


def _leaks(root: Path, script: str, url: str, scratch: Path, done: tuple[Completed, ...]) -> Iterator[Finding]:
    token = _token(url)
    for folder in (root, scratch):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size <= _LARGEST and token.encode() in path.read_bytes():
                where = path.relative_to(folder).as_posix()
                told = f"The script writes the webhook into {where}, for whoever reads that file."
                remedy = f"Take that out, and give the webhook to Grafana as {DISCORD_URL}."
                yield Finding("discord: literal webhook", told, script, remedy)
    if any(token in one.stdout + one.stderr for one in done):
        told = "The script shows the webhook, and so do the logs of whatever runs it."
        yield Finding("discord: webhook shown", told, script, "Print nothing of it.")


def _token(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _said(done: Completed, url: str) -> str:
    if done.timed_out:
        return f"nothing within {_TIMEOUT:g} s"
    return done.tail.replace(_token(url), "[redacted]")[:300]
