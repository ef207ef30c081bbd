"""Lets a subject's own start-up send one error to the Sentry stand-in, and judges what arrived."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..exceptions import DeclarationError, Inconclusive
from ..processes import run, scratch
from ..processes.child import clean_environment
from .canaries import Canaries
from .encoding import has_brotli
from .sentry import SentryCapture

_CHILD = Path(__file__).with_name("sentry_child.py")
#: Variables that steer the SDK, or are none of its business, or put a proxy in front of loopback: not the probe's own.
_STEERING = ("SENTRY_", "TRADEOPS_SENTRY_")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What the child says about one run.

    Attributes:
        state: `started`, or why not: `entry missing`, `entry shadowed`, `entry fails`, `sdk missing`, `sdk too old`,
            `capture fails`, `timed out`, `crashed`.
        error: One phrase, where there is more to say.
        dsn: Where the SDK was set to send to: `given`, `none` or `other`.
        host: The host of the other DSN.
        event_id: What `capture_exception` returned.
        reached: Hosts beyond loopback that something tried to reach; the attempts were refused.
    """

    state: str
    nonce: str
    error: str = ""
    dsn: str = "none"
    host: str = ""
    event_id: str | None = None
    sdk: str = ""
    reached: tuple[str, ...] = ()


def import_path(root: Path) -> list[Path]:
    """Where a subject's packages are: its root, and `src` where it has one."""
    return [root, *(one for one in (root / "src",) if one.is_dir())]


def send(
    *, python: Path, root: Path, entry: str, capture: SentryCapture, dsn: str, planted: Canaries, timeout: float
) -> Sent:
    """Starts the subject's error tracking in a child with `SENTRY_DSN=dsn` and lets it capture one error.

    When this returns, everything that the child sent has been received: the child has ended and the server is idle.

    Args:
        timeout: Seconds.

    Raises:
        Inconclusive: the subject's Python cannot be started, or the server did not come to rest.
    """
    sent = _run(python, root, entry, _environment(root, dsn), timeout, planted=planted.planted)
    if not capture.server.settle("10s"):
        raise Inconclusive("The Sentry stand-in was still being sent to after the child ended.")
    return sent


def send_plain(*, python: Path, root: Path, entry: str, dsn: str, timeout: float) -> Sent:
    """Starts the subject's error tracking in a child and lets it capture one error that says that it is a test.

    Nothing but the DSN's host can be reached, by the proxy of this process's environment if it names one. The event's
    environment is `pytest-tradeops`, if the subject takes it from `SENTRY_ENVIRONMENT`: alerts that are limited to the
    real ones stay silent.

    Raises:
        Inconclusive: the subject's Python cannot be started.
    """
    proxies = {name: value for name, value in os.environ.items() if name.lower() in _PROXIES}
    if (urlsplit(dsn).hostname or "") in _LOOPBACK:
        proxies = {}
    places = [dsn, *(value for name, value in proxies.items() if name.lower() != "no_proxy")]
    hosts = sorted({urlsplit(one if "//" in one else f"//{one}").hostname or "" for one in places} - {""})
    environ = {**_environment(root, dsn), **proxies, "SENTRY_ENVIRONMENT": "pytest-tradeops"}
    return _run(python, root, entry, environ, timeout, hosts=hosts)


def _run(
    python: Path,
    root: Path,
    entry: str,
    environ: Mapping[str, str],
    timeout: float,
    *,
    planted: Mapping[str, str] | None = None,
    hosts: Sequence[str] = (),
) -> Sent:
    file = entry_file(root, entry)
    if file is None:
        return Sent("entry missing", "", "no such module in the project's own sources")
    nonce = f"probe {secrets.token_hex(4)}-{secrets.token_hex(4)}"
    with scratch("tradeops-sentry-") as folder:
        report = folder / "report.json"
        order = {"entry": entry, "file": str(file), "report": str(report), "nonce": nonce, "brotli": has_brotli()}
        # -P keeps the script's own folder off the path, where it could hide a module of the subject.
        command: list[str | Path] = [python, "-P", _CHILD]
        command += [f"--api-secret={planted['argv']}"] if planted else []
        try:
            done = run(
                command,
                cwd=root,
                timeout=timeout,
                env=environ,
                stdin=json.dumps({**order, "planted": dict(planted or {}), "hosts": list(hosts)}),
            )
        except OSError as error:
            raise Inconclusive(
                f"The subject's Python {python} cannot be started: {error.strerror}.", remedy="Recreate its .venv."
            ) from None
        if done.timed_out:
            return Sent("timed out", nonce)
        return _read(report, nonce) or Sent("crashed", nonce, f"exit code {done.code}: {done.tail}"[:300])


def entry_file(root: Path, entry: str) -> Path | None:
    """The file of the start-up module in the subject's own sources; None if there is none.

    What is installed besides does not count: a module of that name may come with anybody's package.
    """
    parts = entry.partition(":")[0].split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for folder in import_path(root):
        path = folder.joinpath(*parts)
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return file
    return None


def after_start(root: Path, entry: str, statements: str) -> tuple[str, str]:
    """The start-up module's file, relative to `root`, and its text with `statements` run after the entry.

    Works on any entry that is a name of its module: the name is bound anew at the end of the file. The statements may
    use `sentry_sdk`.

    Raises:
        DeclarationError: there is nothing to break.
    """
    file, name = entry_file(root, entry), entry.partition(":")[2]
    if file is None or not name.isidentifier():
        raise DeclarationError(
            f"The start-up {entry!r} is not a function in the subject's own sources.",
            remedy="Name one in [tool.tradeops.sentry] entry.",
        )
    body = "\n".join(f"    {line}" for line in statements.splitlines())
    text = (
        f"{file.read_text(encoding='utf-8')}\n\n\n_planted_original = {name}\n\n\n"
        f"def {name}(*args, **kwargs):\n    result = _planted_original(*args, **kwargs)\n    import sentry_sdk\n\n"
        f"{body}\n    return result\n"
    )
    return file.relative_to(root).as_posix(), text


def _environment(root: Path, dsn: str) -> dict[str, str]:
    path = os.pathsep.join(str(one) for one in import_path(root))
    environ = clean_environment({"PYTHONPATH": path, "SENTRY_DSN": dsn})
    return {
        name: value
        for name, value in environ.items()
        if name == "SENTRY_DSN" or not (name.startswith(_STEERING) or name.lower() in _PROXIES)
    }


def _read(report: Path, nonce: str) -> Sent | None:
    try:
        said: Mapping[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    fields = {name: str(said[name]) for name in ("state", "error", "dsn", "host", "sdk") if said.get(name)}
    event_id = str(said["event_id"]).replace("-", "").lower() if said.get("event_id") else None
    return Sent(**{"state": "crashed", **fields}, nonce=nonce, event_id=event_id, reached=tuple(said["reached"]))
