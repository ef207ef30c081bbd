"""The Dependabot configuration that fits a tree, and each way in which SEC-006 breaks one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..project_tree import read_tree
from ..yaml_files import Unreadable, parse, read_text, written
from . import FILES
from .manifests import Manifest, find

_HEAD = """\
# Written by `tradeops init dependabot` for the manifests that it found; SEC-006 holds it against the tree.
# A week passes before a new version is proposed: what was published by a thief is mostly found out by then.
version: 2
updates:
"""
_ENTRY = """\
  - package-ecosystem: {ecosystem}
{folders}
    schedule:
      interval: weekly
      day: monday
      time: "05:00"
"""
_COOLDOWN = """\
    cooldown:
      default-days: 7
"""
_GROUP = """\
    groups:
      {ecosystem}:
        patterns: ["*"]
"""
#: A patch release of these has changed how orders behave: each is proposed by itself.
_ALONE = """\
        exclude-patterns: ["nautilus_trader", "nautilus-trader", "ccxt", "pybit", "python-binance"]
        update-types: [minor, patch]
"""
#: What Dependabot updates without versions of a registry, for which a cooldown has no meaning.
_NO_COOLDOWN = frozenset({"gitsubmodule", "pre-commit", "devcontainers"})


def text(manifests: Iterable[Manifest]) -> str:
    """The configuration that watches all of these; empty for none."""
    places: dict[str, list[str]] = {}
    # Those that leave least to choose first: what is seen from a folder that is watched already needs no entry.
    for manifest in sorted(manifests, key=lambda one: (len(one.ecosystems), len(one.folders))):
        if not any(folder in places.get(one, ()) for one in manifest.ecosystems for folder in manifest.folders):
            places.setdefault(manifest.ecosystems[0], []).append(manifest.folders[0])
    parts = [_entry(ecosystem, sorted(folders)) for ecosystem, folders in sorted(places.items())]
    return _HEAD + "\n".join(parts) if parts else ""


def _entry(ecosystem: str, folders: list[str]) -> str:
    one = len(folders) == 1
    lines = f"    directory: {_quoted(folders[0])}" if one else _listed(folders)
    return "".join(
        (
            _ENTRY.format(ecosystem=ecosystem, folders=lines),
            "" if ecosystem in _NO_COOLDOWN else _COOLDOWN,
            _GROUP.format(ecosystem=ecosystem),
            _ALONE if ecosystem in ("pip", "uv") else "",
        )
    )


def _listed(folders: list[str]) -> str:
    return "\n".join(["    directories:", *(f"      - {_quoted(one)}" for one in folders)])


def _quoted(folder: str) -> str:
    return json.dumps(folder, ensure_ascii=False)  # a JSON string is one in YAML, too


def without_its_folder(root: Path) -> tuple[str, str]:
    """The configuration with the entries of the first manifest's ecosystem led to where there is nothing."""
    document, manifests = _start(root)
    for number, entry in enumerate(document["updates"]):
        if not manifests or entry["package-ecosystem"] in manifests[0].ecosystems:
            entry.pop("directories", None)
            entry["directory"] = f"/planted/nothing-{number}"
    return _dumped(root, document)


def monthly(root: Path) -> tuple[str, str]:
    """The configuration with its first entry's interval changed to monthly."""
    document, _ = _start(root)
    entry = document["updates"][0]
    entry.pop("multi-ecosystem-group", None)
    entry.pop("patterns", None)
    entry["schedule"] = {"interval": "monthly"}
    return _dumped(root, document)


def _start(root: Path) -> tuple[dict[str, Any], tuple[Manifest, ...]]:
    """The subject's own, or, where that cannot be used, what would be written for it."""
    manifests = find(read_tree(root))
    for name in FILES:
        try:
            document = parse(read_text(root / name))
        except Unreadable:
            continue
        updates = document.get("updates") if isinstance(document, dict) else None
        if isinstance(updates, list) and updates and all(_usable(one) for one in updates):
            return document, manifests
    return parse(text(manifests or (Manifest("requirements.txt", ("pip",), ("/",)),))), manifests


def _usable(entry: Any) -> bool:
    return isinstance(entry, dict) and "package-ecosystem" in entry


def _dumped(root: Path, document: dict[str, Any]) -> tuple[str, str]:
    name = next((one for one in FILES if (root / one).is_file()), FILES[0])
    return name, written(document)
