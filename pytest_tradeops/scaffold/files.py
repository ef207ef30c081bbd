"""The files that `tradeops init` writes, per part, as texts.

What this repository has as well (the reference bot, its smoke tests and benchmarks, records about storage and risk) is
not kept twice: a build copies it into `files/`, and a checkout reads it where it stands.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import locks
from ..bench import ci
from ..exceptions import TradeopsError
from ..security import advisories, automerge, codeql, dependabot, gitleaks, precommit, sentry
from ..security.dependabot import manifests, writing
from ..security.precommit.config import hooked_scanners
from ..security.project_tree import read_tree
from ..settings import Settings
from . import workflow

CI_TEST_COMMAND = "pytest -n auto --reruns 1"
_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "files", _HERE.parent.parent)
#: What the reference bot imports. It is pinned as it is installed here, unless the subject has a lock of its own.
_PINNED = ("nautilus_trader", "sentry-sdk")
_PINS = "requirements.txt"
_BENCHMARKS = ".github/workflows/benchmarks.yml"
_SHARED_RECORDS = ("ADR-002-data-storage.md", "ADR-003-risk-management.md")
#: What the hooks of a whole configuration look for.
_HOOKED = frozenset({"bandit", "gitleaks"})
#: How the messengers of the alerts are set up; a subject whose settings name others has its own.
_SET_UP = ("docs/telegram.md", "docs/discord.md", "scripts/discord-webhook.sh")


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file to write.

    Attributes:
        path: Relative to the subject.
        generated: Whether it stays as written, but for what `drift` leaves to its owner; otherwise it is a start, and
            the subject's from then on.
    """

    path: str
    text: str
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What the texts are filled with.

    Attributes:
        coming: Path to text of the files that the same run is about to write.
    """

    root: Path
    settings: Settings
    today: date
    coming: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, str]:
        name = re.sub(r"[^a-z0-9]+", "-", self.root.name.lower()).strip("-") or "bot"
        return {
            "name": name,
            "profile": self.settings.profile,
            "environment": json.dumps(next(iter(self.settings.security.environments), "staging"), ensure_ascii=False),
            "profile_text": json.dumps(self.settings.profile, ensure_ascii=False),
            # A JSON string is one in TOML and YAML, too; a branch may be called `on`, or hold a quote.
            "default_branch": json.dumps(workflow.default_branch(self.root), ensure_ascii=False),
            "ci_test_command": self.settings.ci_test_command or CI_TEST_COMMAND,
        }

    def text(self, path: str) -> str:
        """A file of the subject as it will be after this run; empty if there is none."""
        there = self.root / path
        return self.coming.get(path) or (there.read_text(encoding="utf-8") if there.is_file() else "")


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
    files = [
        StarterFile(".gitignore", starter("gitignore", setting.values)),
        StarterFile(gitleaks.CONFIG, gitleaks.RULES.read_text(encoding="utf-8")),
    ]
    if _own_locks(setting.root):
        return Part(tuple(files))
    found = {name: _installed(name) for name in _PINNED}
    if any(found.values()):
        pins = "\n".join(f"{name}=={version}" for name, version in found.items() if version)
        files.append(StarterFile(_PINS, starter("requirements.txt", {"pins": pins})))
    return Part(tuple(files), _unpinned(setting.root, [name for name, version in found.items() if not version]))


def _unpinned(root: Path, absent: list[str]) -> str:
    """What could not be pinned, and why; empty where all was, or where the subject has the file already."""
    if not absent or (root / _PINS).exists():
        return ""
    many = len(absent) == len(_PINNED)
    what = f"{_PINS} was left out" if many else f"{', '.join(absent)} was left out of {_PINS}"
    why = f"{' and '.join(absent)} {'are' if many else 'is'} not installed here, so there is no version to pin"
    again = "`tradeops init config`" if many else f"add {', '.join(absent)} to it"
    return f"{what}, because {why}: run `pip install '{workflow.PACKAGE}[all]'`, then {again}."


def _strategies(setting: Setting) -> Part:
    files = [
        StarterFile(f"{name}/{file.name}", file.read_text(encoding="utf-8"))
        for name in ("strategies", "tests/smoke", "benchmarks")
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
    elsewhere = [] if (setting.root / workflow.WORKFLOW).exists() else workflow.gate_elsewhere(setting.root)
    if elsewhere:
        return Part((), f"{workflow.WORKFLOW} was left out, because CI runs the gate already: {', '.join(elsewhere)}.")
    text = starter("verification.yml", {**setting.values, "install": _install(setting)})
    advice = (
        "" if _requirements(setting) else _not_installed(setting.root, tomllib.loads(setting.text("pyproject.toml")))
    )
    return Part((StarterFile(workflow.WORKFLOW, text, generated=True),), advice)


def _requirements(setting: Setting) -> set[str]:
    there = {path.name for path in setting.root.glob("requirements*.txt")}
    return there | {name for name in setting.coming if name == _PINS}


def _install(setting: Setting) -> str:
    """The lines of a step that installs what the subject runs on."""
    lines = workflow.install_lines(setting.root, setting.text("pyproject.toml"), _requirements(setting))
    return "\n".join(f"          python -m pip install {line}" for line in lines)


def _benchmarks(setting: Setting) -> Part:
    """A start: Dependabot moves the commits that it is pinned to."""
    paths = setting.settings.bench.paths or ("benchmarks",)
    places = [setting.root / one for one in paths]
    there = any(place.is_file() or any(place.rglob("*test*.py")) for place in places)
    coming = any(name.startswith(tuple(f"{one.strip('/')}/" for one in paths)) for name in setting.coming)
    if not (there or coming):
        again = "write one with the fixture `benchmark`, then `tradeops init benchmarks`"
        return Part((), f"{_BENCHMARKS} was left out, because {'/, '.join(paths)}/ holds no benchmark: {again}.")
    values = {**setting.values, "install": _install(setting), "bench_paths": "".join(f"{one} " for one in paths)}
    return _unless_used(
        setting,
        _BENCHMARKS,
        lambda _: starter("benchmarks.yml", values),
        lambda text: "--bench-gate" in text,
        "CI compares benchmarks with their base already",
    )


def _advisories(setting: Setting) -> Part:
    return _unless_used(
        setting,
        advisories.FILE,
        advisories.starter,
        lambda text: advisories.ASKS.search(text) is not None,
        "CI asks for advisories",
    )


def _codeql(setting: Setting) -> Part:
    return _unless_used(
        setting, codeql.FILE, codeql.starter, lambda text: codeql.ACTION in text, "CodeQL is used already"
    )


def _sentry_alerts(setting: Setting) -> Part:
    """A start: whom to tell of what is the team's to say."""
    return Part((StarterFile(setting.settings.sentry.alerts, sentry.alerts_starter()),))


def _automerge(setting: Setting) -> Part:
    return _unless_used(
        setting,
        automerge.FILE,
        automerge.starter,
        lambda text: automerge.METADATA in text and "merge" in text,
        "updates are merged already",
    )


def _pre_commit(setting: Setting) -> Part:
    """A start, not a generated file: hooks of other tools stand in the same one."""
    there = (setting.root / precommit.FILE).exists()
    lacks = there and hooked_scanners(setting.root) != _HOOKED
    advice = f"{precommit.FILE} lacks hooks of the scanners: take them from docs/pre-commit.md of {workflow.PACKAGE}."
    return Part((StarterFile(precommit.FILE, precommit.starter()),), advice if lacks else "")


def _dependabot(setting: Setting) -> Part:
    """Fitted once to what is there; from then on it is the subject's, and SEC-006 says when it no longer fits."""
    path = dependabot.FILES[0]
    if (setting.root / dependabot.FILES[1]).exists():
        return Part((), f"{path} was left out, because {dependabot.FILES[1]} is there.")
    text = writing.text(manifests.find(read_tree(setting.root, setting.coming)))
    if not text:
        again = "write down what the bot runs on, then `tradeops init dependabot`"
        return Part((), f"{path} was left out, because no file here names a dependency: {again}.")
    return Part((StarterFile(path, text),))


def _monitoring(setting: Setting) -> Part:
    from ..monitoring.files import generated as monitoring_files  # with all dashboards: no other verb needs them

    folder = setting.settings.monitoring.path.strip("/")
    kinds: dict[str, list[StarterFile]] = {}
    for relative, text in monitoring_files(grafana=setting.settings.monitoring.grafana).items():
        file = StarterFile(f"{folder}/{relative}", text, generated=True)
        kinds.setdefault(relative.rpartition("/")[0], []).append(file)
    found: list[StarterFile] = []
    left_out = []
    for kind, files in kinds.items():
        # Grafana has one policy tree, and a second data source or rule group of one name replaces the first.
        part = _beside_own(setting, files, f"{folder}/{kind}/**/*.*", f"{folder}/{kind}/")
        found += part.files
        left_out += [part.advice] if part.advice else []
    advice = (
        f"Files of your own are in {', '.join(left_out)}, so nothing was added there: name your dashboards in "
        "[tool.tradeops.monitoring], or set its `path` to another folder."
        if left_out
        else ""
    )
    named = (setting.settings.monitoring.telegram_guide, setting.settings.monitoring.discord_guide)
    for path in _SET_UP:
        if path in (*named, setting.settings.monitoring.discord_script):
            found.append(StarterFile(path, shared(path).read_text(encoding="utf-8")))
    return Part(tuple(found), advice)


def _not_installed(root: Path, document: dict[str, Any]) -> str:
    """What the subject runs on and pip can install from nowhere; empty if there is nothing of the kind."""
    locks = sorted(path.relative_to(root).as_posix() for path in _own_locks(root))
    if not locks and (workflow.installable(root, document) or not document.get("project", {}).get("dependencies")):
        return ""
    what = ", ".join(locks) or "the dependencies of [project], as there is no [build-system]"
    return f"The workflow does not install {what}: export what the bot runs on to {_PINS}, then `tradeops init ci`."


def _unless_used(
    setting: Setting, file: str, starter: Callable[[str], str], uses: Callable[[str], bool], because: str
) -> Part:
    """A workflow, or why not where CI has one of that use under another name.

    A start, not a generated file: Dependabot moves the commits that it is pinned to.
    """
    there = [name for name, text in ci.files(setting.root).items() if uses(text)]
    if there and file not in there:
        return Part((), f"{file} was left out, because {because}: {', '.join(there)}.")
    return Part((StarterFile(file, starter(workflow.default_branch(setting.root))),))


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
    return [one for one in locks.find(root) if one != root / _PINS]


def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _heading(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ").strip()


#: `config` also completes `pyproject.toml`; see `config.py`. `dependabot` is last: it watches what the others write.
PARTS: Mapping[str, Callable[[Setting], Part]] = {
    "config": _config,
    "strategies": _strategies,
    "adr": _adr,
    "monitoring": _monitoring,
    "ci": _ci,
    "benchmarks": _benchmarks,
    "codeql": _codeql,
    "advisories": _advisories,
    "sentry-alerts": _sentry_alerts,
    "auto-merge": _automerge,
    "pre-commit": _pre_commit,
    "dependabot": _dependabot,
}
