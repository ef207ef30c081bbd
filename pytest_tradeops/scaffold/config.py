"""Completes `pyproject.toml`: adds whole tables that are not there, and never touches what is."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exceptions import ConfigError
from .files import Setting, starter

#: Files that pytest reads before `pyproject.toml`, or in place of it.
_PYTEST_FILES = {
    **dict.fromkeys(("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"), ""),
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
_WANTED = ("ci_test_command", "smoke_tests")


@dataclass(frozen=True, slots=True)
class Completion:
    """What `pyproject.toml` lacks.

    Attributes:
        text: The file as it should be.
        added: Headings of the tables that were added; empty if nothing was.
        advice: Sentences about keys that are missing in tables which exist already.
    """

    text: str
    added: tuple[str, ...]
    advice: tuple[str, ...]


def complete(setting: Setting) -> Completion:
    """The subject's `pyproject.toml` with the tables it lacks appended.

    Raises:
        ConfigError: the file is not TOML.
    """
    path = setting.root / "pyproject.toml"
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomllib.loads(before)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}.", remedy="Correct the file.") from None
    tool = document.get("tool", {})
    pieces, added, advice = [], [], []
    if not before.strip():
        pieces.append(starter("project.toml", setting.values))
        added.append("[project]")
    if not (_has_pytest_settings(setting.root) or "pytest" in tool):
        pieces.append(starter("pytest.toml", setting.values))
        added.append("[tool.pytest.ini_options]")
    if "tradeops" not in tool:
        pieces.append(starter("tradeops.toml", setting.values))
        added.append("[tool.tradeops]")
    else:
        advice = [_advice(key, setting) for key in _WANTED if key not in tool["tradeops"]]
    text = "\n".join([*([before.rstrip("\n") + "\n"] if before.strip() else []), *pieces]) if pieces else before
    return Completion(text, tuple(added), tuple(advice))


def _has_pytest_settings(root: Path) -> bool:
    return any(
        (root / name).is_file() and section in (root / name).read_text(encoding="utf-8", errors="replace")
        for name, section in _PYTEST_FILES.items()
    )


def _advice(key: str, setting: Setting) -> str:
    table: dict[str, Any] = tomllib.loads(starter("tradeops.toml", setting.values))["tool"]["tradeops"]
    shown = str(table[key]).replace("'", '"') if isinstance(table[key], list) else f'"{table[key]}"'
    return f"[tool.tradeops] has no {key}; add for example: {key} = {shown}"
