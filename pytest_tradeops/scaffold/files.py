"""The files that `tradeops init` writes, per part, as texts.

What this repository has as well (the reference bot, its smoke tests, records about storage and risk) is not kept
twice: a build copies it into `files/`, and a checkout reads it where it stands.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path

from ..exceptions import TradeopsError
from ..settings import Settings

CI_TEST_COMMAND = "pytest -n auto --reruns 1"
_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "files", _HERE.parent.parent)
#: What the reference bot imports. It is pinned as it is installed here, unless the subject has a lock of its own.
_PINNED = ("nautilus_trader", "sentry-sdk")
_PINS = "requirements.txt"
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock*.toml", "requirements*.txt", "requirements/*.txt")
_SHARED_RECORDS = ("ADR-002-data-storage.md", "ADR-003-risk-management.md")


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file to write.

    Attributes:
        path: Relative to the subject.
        generated: Whether it stays as written; otherwise it is a start, and the subject's from then on.
    """

    path: str
    text: str
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What the texts are filled with."""

    root: Path
    settings: Settings
    today: date

    @property
    def values(self) -> Mapping[str, str]:
        name = re.sub(r"[^a-z0-9]+", "-", self.root.name.lower()).strip("-") or "bot"
        return {
            "name": name,
            "profile": self.settings.profile,
            "default_branch": self.settings.default_branch,
            "ci_test_command": self.settings.ci_test_command or CI_TEST_COMMAND,
        }


def shared(relative: str) -> Path:
    """A file or folder that the package ships and this repository has itself."""
    for place in _PLACES:
        if (place / relative).exists():
            return place / relative
    raise TradeopsError(f"This installation lacks {relative}.", remedy="Reinstall it: pip install pytest-tradeops.")


def starter(name: str, values: Mapping[str, str]) -> str:
    """A text of `starters/`, its `{{words}}` filled in; others, such as GitHub's, are left alone."""
    text = (_HERE / "starters" / name).read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values.get(match[1], match[0]), text)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one part, and a sentence about those that were left out, empty if none was."""

    files: tuple[StarterFile, ...]
    advice: str = ""


def _config(setting: Setting) -> Part:
    files = [StarterFile(".gitignore", starter("gitignore", setting.values))]
    pins = "".join(f"{name}=={found}\n" for name in _PINNED if (found := _installed(name)))
    if pins and not _own_locks(setting.root):
        files.append(StarterFile(_PINS, starter("requirements.txt", {"pins": pins.rstrip("\n")})))
    return Part(tuple(files))


def _strategies(setting: Setting) -> Part:
    files = [
        StarterFile(f"{name}/{file.name}", file.read_text(encoding="utf-8"))
        for name in ("strategies", "tests/smoke")
        for file in sorted(shared(name).glob("*.py"))
    ]
    folder = setting.settings.strategies.strip("/")
    advice = (
        "so the reference bot was left out: name your entries as `entry` in [tool.tradeops.backtest], "
        "[tool.tradeops.risk] and [tool.tradeops.sentry], and a few fast tests as `smoke_tests` in [tool.tradeops]."
    )
    if folder != "strategies" and not any((setting.root / folder).glob("**/*.py")):
        # Its modules, and the settings, name each other as `strategies`.
        return Part((), f"`strategies` is set to {folder!r}, {advice}")
    return _beside_own(setting, files, f"{folder}/**/*.py", f"{folder}/ has code of its own, {advice}")


def _adr(setting: Setting) -> Part:
    folder = setting.settings.adr.path.strip("/")
    source = shared("docs/adr")
    records = {"ADR-001-architecture.md": starter("ADR-001-architecture.md", {})}
    records.update({name: (source / name).read_text(encoding="utf-8") for name in _SHARED_RECORDS})
    # A record is dated on the day on which its subject took the decision.
    records = {
        name: re.sub(r"(?m)^- Date: .*$", f"- Date: {setting.today}", text, count=1) for name, text in records.items()
    }
    rows = "\n".join(f"| [{_heading(text)}]({name}) | Accepted |" for name, text in records.items())
    template = StarterFile(f"{folder}/template.md", (source / "template.md").read_text(encoding="utf-8"))
    starts = [
        *(StarterFile(f"{folder}/{name}", text) for name, text in records.items()),
        StarterFile(f"{folder}/README.md", starter("adr-index.md", {"records": rows})),
    ]
    part = _beside_own(
        setting,
        starts,
        f"{folder}/ADR-*.md",
        f"{folder}/ has records of its own, so the starter records were left out: name those that carry claims in "
        "[tool.tradeops.adr].",
    )
    return Part((*part.files, template), part.advice)


def _ci(setting: Setting) -> Part:
    # With a lock of another kind, how to install from it is for the subject to say.
    pins = "" if _own_locks(setting.root) else f" -r {_PINS}"
    text = starter("verification.yml", {**setting.values, "pins": pins})
    return Part((StarterFile(".github/workflows/verification.yml", text, generated=True),))


def _beside_own(setting: Setting, files: list[StarterFile], pattern: str, advice: str) -> Part:
    """All files, or where the subject has others of that pattern only those that are there already.

    Half a reference bot among somebody's strategies, or a second ADR-001, would be worse than none.
    """
    ours = {setting.root / file.path for file in files}
    if set(setting.root.glob(pattern)) <= ours:
        return Part(tuple(files))
    there = tuple(file for file in files if (setting.root / file.path).exists())
    return Part(there, advice if len(there) < len(files) else "")


def _own_locks(root: Path) -> list[Path]:
    return [one for pattern in _LOCKS for one in root.glob(pattern) if one != root / _PINS]


def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _heading(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ").strip()


#: `config` also completes `pyproject.toml`; see `config.py`.
PARTS: Mapping[str, Callable[[Setting], Part]] = {
    "config": _config,
    "strategies": _strategies,
    "adr": _adr,
    "ci": _ci,
}
