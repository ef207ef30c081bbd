"""MON-017: a guide's commands, run in their order, lead to a contact point that works."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...exceptions import DeclarationError
from ...model import Finding
from ...processes import run
from ...processes.child import clean_environment
from ..alerts import Alert, Notification
from .notify import TELEGRAM_API_VARIABLE, Sender, request
from .parse import Alerting
from .points import DISCORD_URL, TELEGRAM_CHAT, TELEGRAM_TOKEN, Receiver
from .subject import given

_TIMEOUT = 120.0
_BLOCK = re.compile(r"^```(?:bash|sh|shell)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ASSIGNED = re.compile(r"(?:^|[;&|\s])([A-Z][A-Z0-9_]*)=")
_EXPORTED = re.compile(r"\bexport\s+([^;&|\n]+)")
_READ = re.compile(r"\bread\b((?:[ \t]+-\w+|[ \t]+\"[^\"]*\"|[ \t]+'[^']*')*)((?:[ \t]+[A-Za-z_]\w*)+)")
_USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")
#: Every shell has them, or sets them itself.
_SHELL = frozenset(
    {"HOME", "PATH", "PWD", "USER", "SHELL", "TMPDIR", "IFS", "HOSTNAME", "LANG", "EDITOR", "VIRTUAL_ENV"}
)
#: What the package reads.
_OWN = frozenset({TELEGRAM_TOKEN, TELEGRAM_CHAT, DISCORD_URL, TELEGRAM_API_VARIABLE, "TRADEOPS_GRAFANA_URL"})


@dataclass
class Followed:
    """What was run, and what is wrong."""

    commands: int = 0
    sent: int = 0
    findings: list[Finding] = field(default_factory=list)


def commands(page: str) -> list[str]:
    """The lines of the page's `bash` blocks, in order, without comments."""
    lines = [line for block in _BLOCK.findall(page) for line in block.splitlines()]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def unknown(page: str, known: frozenset[str]) -> list[str]:
    """Variables of the commands that nothing reads, or that nothing sets, in order.

    A variable that is not exported, and that the guide itself uses, is the guide's own business.
    """
    text = "\n".join(commands(page))
    exported = {word.partition("=")[0] for part in _EXPORTED.findall(text) for word in part.split()}
    asked = {name for match in _READ.finditer(text) for name in match[2].split() if name.isupper()}
    assigned = set(_ASSIGNED.findall(text)) | asked
    used = set(_USED.findall(text))
    free = (assigned | used) - known - _SHELL
    own = {name for name in free if name in assigned and name in used and name not in exported}
    return sorted(free - own)


def examine(root: Path, guide: str, kind: str, alerting: Alerting) -> Followed:
    """Reads the guide: it must have commands, and name no variable that nothing reads. Runs nothing."""
    followed = Followed()
    path = root / guide
    if not path.is_file():
        told = f"There is no guide to the set-up of {kind.capitalize()}."
        remedy = f"Write it with `tradeops init monitoring`, or set `{kind}_guide` in [tool.tradeops.monitoring]."
        followed.findings.append(Finding("guide: missing", told, guide, remedy))
        return followed
    page = path.read_text(encoding="utf-8", errors="replace")
    known = frozenset(name for one in alerting.receivers() for name in one.variables) | _OWN
    if not commands(page):
        told = "The guide has no command in a block marked `bash`."
        followed.findings.append(Finding("guide: no commands", told, guide, "Write what to type into such blocks."))
    for name in unknown(page, known):
        told = f"The guide sets or uses {name}, which neither the contact points nor the package read."
        remedy = f"Known: {', '.join(sorted(known - {TELEGRAM_API_VARIABLE}))}."
        followed.findings.append(Finding("guide: unknown variable", told, guide, remedy))
    return followed


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who follows a guide.

    Attributes:
        environ: What the messengers tell a newcomer: variable to value. Typed where a command reads a variable.
        arrived: True, or something that counts as it, if a reader at the messenger sees a message with this text.
        nonce: What every message begins with.
        scratch: An empty folder, for HOME and temporary files.
    """

    environ: Mapping[str, str]
    arrived: Callable[[str], object]
    nonce: str
    scratch: Path


def follow(root: Path, guide: str, kind: str, alerting: Alerting, newcomer: Newcomer) -> Followed:
    """Runs the guide's commands in one shell, and sends by what they export.

    Args:
        root: A copy of the subject; the commands may write there.
    """
    followed = Followed()
    environ, scratch = newcomer.environ, newcomer.scratch
    lines = commands((root / guide).read_text(encoding="utf-8", errors="replace"))
    left = scratch / "environment"
    names = [name for match in _READ.finditer("\n".join(lines)) for name in match[2].split()]
    typed = "".join(f"{environ.get(name, '')}\n" for name in names)
    script = f'set -euo pipefail\n{chr(10).join(lines)}\nenv -0 > "{left}"\n'
    own = {"HOME": str(scratch), "TMPDIR": str(scratch), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    if TELEGRAM_API_VARIABLE in environ:
        own[TELEGRAM_API_VARIABLE] = environ[TELEGRAM_API_VARIABLE]
    environment = {name: value for name, value in clean_environment(own).items() if name not in _OWN or name in own}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    done = run(["bash", "-c", script], cwd=root, timeout=_TIMEOUT, env=environment, stdin=typed)
    followed.commands = len(lines)
    if done.code != 0 or done.timed_out or not left.is_file():
        said = "nothing in time" if done.timed_out else _hidden(done.tail, environ)
        told = f"The guide's commands end with exit code {done.code}: {said}"
        followed.findings.append(Finding("guide: command fails", told, guide, "Run them by hand in a fresh checkout."))
        return followed
    result = dict(entry.partition("=")[::2] for entry in left.read_text(errors="replace").split("\0") if entry)
    left.unlink()  # it holds the credentials
    for receiver in alerting.receivers(kind):
        followed.findings += _works(followed, receiver, guide, result, newcomer)
    return followed


def _works(
    followed: Followed, receiver: Receiver, guide: str, result: Mapping[str, str], newcomer: Newcomer
) -> Iterator[Finding]:
    """Whether a message through the receiver arrives, with the variables that are set after the guide."""
    if not given(receiver, result):
        lacking = [name for name in receiver.variables if not result.get(name)]
        told = f"After the guide, {' and '.join(lacking)} is not set, which {receiver.uid} takes its credentials from."
        yield Finding("guide: variable not set", told, guide, "Export it in a command.")
        return
    text = f"{newcomer.nonce} {receiver.uid}"
    alert = Alert({"alertname": "guide", "severity": "critical"}, {"summary": text})
    out = request(Notification(0.0, receiver.uid, "firing", (alert,), dict(alert.labels)), receiver, result)
    delivery = Sender(timeout=5.0).send(out) if out else None
    followed.sent += 1
    if delivery is None or not delivery.ok or not newcomer.arrived(text):
        said = f"{delivery.status} {delivery.detail}" if delivery else "nothing is sent"
        told = f"What the guide sets leads to no contact point that works: {said}."
        yield Finding("guide: contact point does not work", told, guide, "Correct its commands.")


def misnamed(root: Path, guide: str, alerting: Alerting, kind: str) -> tuple[str, str]:
    """The guide with a variable under a name that nothing reads: its path and new text, for a planted fault."""
    page = (root / guide).read_text(encoding="utf-8") if (root / guide).is_file() else ""
    names = [name for one in alerting.receivers(kind) for name in one.variables]
    for name in names:
        if any(re.search(rf"\b{name}\b", line) for line in commands(page)):
            return guide, re.sub(rf"\b{name}\b", f"{name}_1", page)
    raise DeclarationError(f"{guide} names no variable of a contact point.", remedy="Run `tradeops init monitoring`.")


def _hidden(text: str, environ: Mapping[str, str]) -> str:
    for value in environ.values():
        text = text.replace(value, "[redacted]") if len(value) > 5 else text
    return text[:300]
