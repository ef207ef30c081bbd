"""Breaks a *copy* of a subject on purpose, for planted faults."""

import re
from pathlib import Path

from ...exceptions import DeclarationError

_BLOCK = re.compile(r"^(```+|~~~+)[ \t]*toml[ \t]+claims[^\n]*\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r"""^(\s*version\s*=\s*)(["'])[^"'\n]*\2""", re.MULTILINE)


def claim_another_version(folder: Path, record: str) -> None:
    """Changes the version in the claims of `record`, a file in `folder`.

    Raises:
        DeclarationError: there is no such line, so the fault would plant nothing.
    """
    for file in sorted(folder.glob(f"{record}-*.md")):
        text = file.read_text(encoding="utf-8")
        block = _BLOCK.search(text)
        if block is None:
            continue
        changed, count = _VERSION.subn(r"\g<1>\g<2>0.0.1\g<2>", block[2], count=1)
        if count:
            file.write_text(text[: block.start(2)] + changed + text[block.end(2) :], encoding="utf-8")
            return
    raise DeclarationError(f"The claims of {record} have no line with a version.", remedy="Plant the fault otherwise.")
