"""Takes gitleaks out of its container image: there it is one static file, which runs here without the engine.

Run inside of a container it would need the tree, the history and the report mounted, from a machine that the engine may
not share. The file is kept under the image's id, so that an image that was built anew is taken out anew.
"""

import shutil
import tempfile
from pathlib import Path

from ... import processes
from ...exceptions import Inconclusive

#: The project's own image. A tag can be moved: whoever wants to be sure names one by its digest, in `gitleaks_image`.
IMAGE = "ghcr.io/gitleaks/gitleaks:v8.30.1"
INSIDE = "/usr/bin/gitleaks"
_ASK, _PULL = 10.0, 120.0


def take(image: str = "") -> Path | None:
    """The program of an image, pulled if it is not here; None if nobody named one and no engine can be used.

    Raises:
        Inconclusive: the image cannot be had, or holds no gitleaks.
    """
    engine = shutil.which("docker") or shutil.which("podman")
    if engine is None or not _answers(engine):
        if image:
            raise Inconclusive(
                f"{image} cannot be had: no container engine answers.",
                remedy="Start it, or unset TRADEOPS_GITLEAKS_IMAGE.",
            )
        return None
    wanted = image or IMAGE
    identity = _inspect(engine, wanted)
    if not identity:
        pulled = _run(engine, "pull", "--quiet", wanted, timeout=_PULL)
        identity = _inspect(engine, wanted)
        if not identity:
            why = f"not within {_PULL:.0f} s" if pulled.timed_out else pulled.tail.rstrip(".")[:200]
            raise Inconclusive(f"The image {wanted} is not here and cannot be pulled: {why}.")
    kept = processes.cache_folder() / f"gitleaks-{identity[:32]}"
    if not kept.exists():
        _copy_out(engine, wanted, kept)
    return kept


def _copy_out(engine: str, image: str, kept: Path) -> None:
    # Never started: the program alone is wanted, and an image may hold anything.
    made = _run(engine, "create", "--network", "none", image, timeout=_ASK)
    name = made.stdout.strip()
    if made.code or not name:
        raise Inconclusive(f"No container can be made of {image}: {made.tail.rstrip('.')[:200]}.")
    with tempfile.TemporaryDirectory(prefix="gitleaks-", dir=kept.parent) as folder:
        try:
            copied = _run(engine, "cp", "--follow-link", f"{name}:{INSIDE}", f"{folder}/gitleaks", timeout=_ASK)
        finally:
            _run(engine, "rm", "--force", name, timeout=_ASK)
        path = Path(folder) / "gitleaks"
        if copied.code or not path.is_file():
            raise Inconclusive(f"The image {image} has no {INSIDE}.", remedy="Name another in TRADEOPS_GITLEAKS_IMAGE.")
        path.chmod(0o755)
        path.replace(kept)  # at once: another run may take it out at the same time


def _answers(engine: str) -> bool:
    return _run(engine, "version", "--format", "{{.Server.Version}}", timeout=_ASK).code == 0


def _inspect(engine: str, image: str) -> str:
    """The hexadecimal id of an image that is here; empty if it is not."""
    said = _run(engine, "image", "inspect", "--format", "{{.Id}}", image, timeout=_ASK)
    return "" if said.code else said.stdout.strip().rpartition(":")[2]


def _run(engine: str, *arguments: str, timeout: float) -> processes.Completed:
    try:
        return processes.run([engine, *arguments], cwd=Path("/"), timeout=timeout)
    except OSError as error:
        return processes.Completed(127, "", str(error.strerror))
