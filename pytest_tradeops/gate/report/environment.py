"""What a run ran on: versions, as far as they are known. Nothing is imported to learn them."""

import platform
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any


def environment(python: Path, plugins: Iterable[str], services: Mapping[str, str]) -> dict[str, Any]:
    """The report's `environment`; what is not known is left out.

    Args:
        python: The interpreter that the subject's code runs on; its NautilusTrader is named.
        plugins: Name and version of every pytest plugin that is loaded.
        services: Service name, such as `questdb`, to the version that the server said it has.
    """
    known = {
        "os": " ".join(part for part in (platform.system(), platform.release(), platform.machine()) if part),
        "python": platform.python_version(),
        "pytest": _version("pytest", None),
        "nautilus_trader": _version("nautilus_trader", _packages(python)),
        **services,
    }
    return {**{name: version for name, version in known.items() if version}, "plugins": sorted(set(plugins))}


def _version(package: str, folders: list[str] | None) -> str:
    """The installed version, empty if there is none."""
    path = sys.path if folders is None else folders
    found = next(iter(metadata.distributions(name=package, path=path)), None)
    return (found.version or "") if found is not None else ""


def _packages(python: Path) -> list[str] | None:
    """Where that interpreter's packages lie; None for this one, whose import path is asked."""
    home = python.parent.parent
    if python == Path(sys.executable) or not (home / "pyvenv.cfg").is_file():
        return None
    return [str(one) for one in sorted(home.glob("lib*/python*/site-packages"))]
