"""Whether a generated file is still what would be written: what its owner may change is not compared."""

import re

#: A line with this ends what is generated; the lines below it are the subject's own.
OWN = "# Yours from here on"
#: Dependabot moves the commits that actions are pinned to, and the versions beside them.
_PIN = re.compile(r"@[0-9a-f]{40} # v\S+")


def completed(text: str, there: str) -> str:
    """The text to write over a file that is there: with the owner's lines of it, where both have a place for them."""
    head, mark, _ = _parts(text)
    _, its_mark, own = _parts(there)
    return head + mark + own if mark and its_mark else text


def same(text: str, there: str) -> bool:
    """Whether nothing generated differs."""
    return _PIN.sub("@", completed(text, there)) == _PIN.sub("@", there)


def _parts(text: str) -> tuple[str, str, str]:
    """What is generated, the line that ends it, and what follows; the last two are empty without such a line."""
    lines = text.splitlines(keepends=True)
    at = next((number for number, line in enumerate(lines) if line.lstrip().startswith(OWN)), None)
    if at is None:
        return text, "", ""
    return "".join(lines[:at]), lines[at], "".join(lines[at + 1 :])
