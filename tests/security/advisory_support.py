"""Projects with a lock, and records of weaknesses, for the tests of advisories."""

from pathlib import Path
from typing import Any

SOURCE = '{ registry = "https://pypi.org/simple" }'


def record(identity: str, package: str, *, fixed: str = "99", **more: Any) -> dict[str, Any]:
    """A record in OSV's format about every version of a package before `fixed`."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    return {
        "id": identity,
        "modified": "2026-01-01T00:00:00Z",
        "summary": f"{package} does what it should not",
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
        **more,
    }


def write_project(root: Path, pins: dict[str, str], *, extra: str = "", optional: bool = False) -> Path:
    """A project called `bot` and its `uv.lock`, as uv itself writes one; no network.

    Args:
        pins: Name to version of what it runs on.
        extra: More packages, in TOML.
        optional: Let the project need them by an extra only.
    """
    needed = ", ".join(f'"{name}=={version}"' for name, version in pins.items())
    declared = f"dependencies = [{needed}]" if not optional else "dependencies = []"
    more = f"\n[project.optional-dependencies]\nlive = [{needed}]\n" if optional else ""
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "bot"\nversion = "1"\nrequires-python = ">=3.12"\n{declared}\n{more}', encoding="utf-8"
    )
    names = ", ".join(f'{{ name = "{name}" }}' for name in pins)
    specifiers = ", ".join(
        f'{{ name = "{name}", specifier = "=={version}"' + (", marker = \"extra == 'live'\" }" if optional else " }")
        for name, version in pins.items()
    )
    own = f"optional-dependencies = {{ live = [{names}] }}" if optional else f"dependencies = [{names}]"
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {SOURCE}\n\n' for name, version in pins.items()
    )
    metadata = f"[package.metadata]\nrequires-dist = [{specifiers}]\n" + ('provides-extras = ["live"]\n' * optional)
    (root / "uv.lock").write_text(
        'version = 1\nrevision = 3\nrequires-python = ">=3.12"\n\n'
        f'[[package]]\nname = "bot"\nversion = "1"\nsource = {{ virtual = "." }}\n{own}\n\n{metadata}\n{packages}{extra}',
        encoding="utf-8",
    )
    return root
