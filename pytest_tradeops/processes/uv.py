"""Finds uv, which reads and makes environments from locks."""

import shutil
from pathlib import Path


def find_uv() -> Path | None:
    """A uv: that of its own package, else the one on PATH; None without any."""
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    return Path(found) if found else None
