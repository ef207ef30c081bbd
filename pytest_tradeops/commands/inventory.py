"""What is installed here, and what each check would need beyond it; imports nothing heavy."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

DISTRIBUTION = "pytest-tradeops"
PLUGINS = ("pytest", "pytest-xdist", "pytest-rerunfailures", "pytest-benchmark")
#: A word in a check's `requires` that names a service, not something to install.
SERVICES = ("questdb",)
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


def lacking(word: str, services: Mapping[str, bool]) -> str:
    """What to do so that a check that requires `word` can run; empty if it can.

    Args:
        services: Service name to whether any provider could give it.
    """
    if word in SERVICES:
        return "" if services.get(word, False) else f"no provider can give {word}, see above"
    if version(word) or shutil.which(word) or importlib.util.find_spec(word.partition(".")[0]) is not None:
        return ""
    extra = next((one.name for one in extras() if word.replace("_", "-") in {_plain(name) for name in one.missing}), "")
    return install(extra) if extra else f"install {word}"


def git_version() -> str:
    """As git says it; empty without git."""
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("git version ")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
