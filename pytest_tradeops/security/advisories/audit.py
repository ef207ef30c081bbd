"""Asks for the advisories of what a lock pins: `uv audit` asks, and what it says is compared with the lock."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ... import processes
from ...exceptions import Inconclusive
from ...locks import Pin, normalised
from ...processes.child import clean_environment
from .lock import Lock, project
from .service import index_of

#: Weak since 2014 (CVE-2014-1402), and known to every copy of OSV's records.
KNOWN = Pin("jinja2", "2.4.1")
REMEDY = "Run `pip install -U 'pytest-tradeops[security]'`, which brings a uv that can."
_TIMEOUT = 120.0
_MOST_SHOWN = 500


@dataclass(frozen=True, slots=True, order=True)
class Advisory:
    """One known weakness of one component.

    Attributes:
        identity: As the database names it, such as `GHSA-...` or `PYSEC-...`.
        aliases: Other names, such as that of the CVE.
        fixed: Versions without it.
    """

    name: str
    version: str
    identity: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    fixed: tuple[str, ...] = ()

    def __str__(self) -> str:
        also = f" ({', '.join(self.aliases)})" if self.aliases else ""
        remedy = f"; fixed in {', '.join(self.fixed)}" if self.fixed else "; no fix is known"
        return f"{self.name} {self.version}: {self.identity}{also}: {self.summary or 'no summary'}{remedy}"


@dataclass(frozen=True, slots=True)
class Audit:
    """What was asked and answered.

    Attributes:
        components: How many were asked for; equal to what the lock pins from a registry.
        retired: Name to what its registry says of the project, such as `archived` or `quarantined`.
    """

    components: int
    advisories: tuple[Advisory, ...]
    retired: Mapping[str, str]


def uv() -> Path:
    """A uv: that of its own package, else the one on PATH.

    Raises:
        Inconclusive: there is none.
    """
    found = processes.find_uv()
    if found is None:
        raise Inconclusive("uv is not installed.", remedy=REMEDY)
    return found


def prove(service: str) -> None:
    """Asks about a package that is known as weak: of a service that finds nothing there, nothing can be believed.

    Raises:
        Inconclusive: as `audit`, or it does not know.
    """
    answer = audit(Lock("the canary", (KNOWN,)), service)
    if not answer.advisories:
        raise Inconclusive(
            f"{service} knows of nothing against {KNOWN}, which is weak, so its answers prove nothing.",
            remedy="Correct `osv` of [tool.tradeops.security], or leave it out.",
        )


def audit(lock: Lock, service: str) -> Audit:
    """Asks a service for everything that the lock pins, all extras and groups.

    Args:
        service: Address of OSV's API, without `v1`.

    Raises:
        Inconclusive: nothing is pinned, uv cannot audit, the service does not answer, or not all was asked for.
    """
    if not lock.known:
        raise Inconclusive(
            f"{lock.name} pins no package of a registry, so there is nothing to ask for.",
            remedy="Declare what the bot runs on, then `uv lock`.",
        )
    # Settings of somebody's own uv, such as groups to leave out, are no part of the question.
    own = {name: value for name, value in clean_environment().items() if not name.startswith("UV_")}
    kept = {name: value for name, value in os.environ.items() if name in ("UV_CACHE_DIR", "UV_NATIVE_TLS")}
    command: list[str | Path] = [uv(), "audit", "--frozen", "--output-format", "json", "--service-url", service]
    command += ["--no-progress", "--preview-features", "audit,audit-command,json-output"]
    try:
        with project(lock, _index(service)) as folder:
            said = processes.run(command, cwd=folder, timeout=_TIMEOUT, env={**own, **kept})
    except OSError as error:
        raise Inconclusive(f"uv cannot be started: {error.strerror}.", remedy=REMEDY) from None
    if said.timed_out:
        raise Inconclusive(f"The advisories were not answered within {_TIMEOUT:.0f} s.", remedy="Try again later.")
    try:
        return _read(json.loads(said.stdout), lock)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Inconclusive(_failure(said.stderr, said.code, service), remedy=_remedy(said.stderr)) from None


def _index(service: str) -> str:
    """A database on this machine is asked without network; uv would ask each package's registry what became of it."""
    host = urlsplit(service).hostname or ""
    return index_of(service) if host == "localhost" or host.startswith("127.") else ""


def _read(document: Any, lock: Lock) -> Audit:
    asked = int(document["summary"]["audited_packages"])
    if asked != len(lock.known):
        raise Inconclusive(
            f"uv asked for {asked} packages, but {lock.name} pins {len(lock.known)} from a registry.",
            remedy="Take `no-extra` and the like out of uv's settings, or run `uv lock` anew.",
        )
    advisories = tuple(sorted(_advisory(one) for one in document["vulnerabilities"]))
    retired = {
        str(one["name"]): str(one.get("status", "retired"))
        for one in document.get("adverse_statuses", ())
        if isinstance(one, dict) and "name" in one
    }
    return Audit(asked, advisories, retired)


def _advisory(one: Any) -> Advisory:
    package = one["dependency"]
    return Advisory(
        normalised(str(package["name"])),
        str(package["version"]),
        str(one["id"]),
        tuple(str(each) for each in one.get("aliases") or ()),
        " ".join(str(one.get("summary") or "").split())[:_MOST_SHOWN],
        tuple(str(each) for each in one.get("fix_versions") or ()),
    )


def _failure(stderr: str, code: int, service: str) -> str:
    lines = [re.sub(r"^(error|cause):\s*", "", one.strip()) for one in stderr.splitlines()]
    said = [one for one in lines if one and not one.startswith("warning:")]
    if any("unrecognized subcommand" in one or "unexpected argument" in one for one in said):
        return "This uv cannot audit."
    reason = "; ".join(said[:4])[:_MOST_SHOWN] or f"exit code {code}"
    return f"The advisories at {service} could not be had: {reason}."


def _remedy(stderr: str) -> str:
    if "unrecognized subcommand" in stderr or "unexpected argument" in stderr:
        return REMEDY
    return "Try again, or name a database of your own: `tradeops advisories --database FOLDER`."
