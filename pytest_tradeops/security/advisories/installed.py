"""What an interpreter has installed, beside what the lock pins."""

import json
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from ...locks import Pin, normalised
from .audit import REMEDY, uv
from .lock import Lock

_TIMEOUT = 30.0


def outside(lock: Lock, python: Path) -> tuple[Pin, ...]:
    """Packages that are installed and that the lock does not pin, or pins in another version.

    No advisory of these is asked for: a NautilusTrader from the nightly index, or what somebody installed by hand.

    Args:
        python: The interpreter that the subject's code runs on.

    Raises:
        Inconclusive: uv does not list them.
    """
    command: list[str | Path] = [uv(), "pip", "list", "--format", "json", "--python", python, "--no-progress"]
    try:
        said = processes.run(command, cwd=Path.cwd(), timeout=_TIMEOUT)
        listed = json.loads(said.stdout)
        found = {
            Pin(normalised(one["name"]), one["version"], "installed")
            for one in listed
            if not one.get("editable_project_location")
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Inconclusive(f"uv does not say what {python} has installed.", remedy=REMEDY) from None
    pinned = {(one.name, one.version) for one in lock.components}
    return tuple(sorted(one for one in found if one.name not in lock.own and (one.name, one.version) not in pinned))
