"""A bill of materials in CycloneDX: everything that the lock pins, and what is installed beside it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ... import processes
from ...exceptions import Inconclusive
from ...locks import Pin, normalised
from .audit import REMEDY, uv
from .lock import Lock, project

_TIMEOUT = 60.0


def build(lock: Lock, outside: Sequence[Pin]) -> dict[str, Any]:
    """The document as uv exports it, completed by what is installed outside of the lock.

    Args:
        outside: Marked by the property `tradeops:outside-lock`, since nothing pins them.

    Raises:
        Inconclusive: the lock pins nothing, uv does not export, or the document lacks a component of the lock.
    """
    if not lock.components:
        raise Inconclusive(
            f"{lock.name} pins nothing, so a bill would be empty.",
            remedy="Declare what the bot runs on, then `uv lock`.",
        )
    command: list[str | Path] = [
        uv(),
        "export",
        "--frozen",
        "--offline",
        "--all-extras",
        "--all-groups",
        "--all-packages",
    ]
    command += ["--format", "cyclonedx1.5", "--preview-features", "sbom-export", "--quiet", "--no-progress"]
    try:
        with project(lock) as folder:
            said = processes.run(command, cwd=folder, timeout=_TIMEOUT)
        document: dict[str, Any] = json.loads(said.stdout)
        components: list[dict[str, Any]] = document["components"]
        listed = {(normalised(one["name"]), one.get("version", "")) for one in components}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Inconclusive("uv does not export a bill of materials.", remedy=REMEDY) from None
    missing = [one for one in lock.components if (one.name, one.version) not in listed]
    if missing:
        raise Inconclusive(
            f"The bill lacks {len(missing)} of {len(lock.components)} components, such as {missing[0]}.",
            remedy="Run `uv lock` anew, or update uv.",
        )
    document["components"] = components + [_installed(one) for one in outside]
    return document


def text(document: dict[str, Any]) -> str:
    """The document as JSON, with a line feed at its end."""
    return json.dumps(document, indent=2) + "\n"


def _installed(one: Pin) -> dict[str, Any]:
    purl = f"pkg:pypi/{one.name}@{one.version}"
    return {
        "type": "library",
        "bom-ref": f"outside-lock:{one.name}@{one.version}",
        "name": one.name,
        "version": one.version,
        "purl": purl,
        "properties": [{"name": "tradeops:outside-lock", "value": "true"}],
    }
