"""What the server says of itself."""

import re


def version_of(build: str) -> str:
    """`9.3.4` from the answer to `select build`; the whole answer when it has another shape."""
    match = re.search(r"QuestDB ([\w.+-]+)", build)
    return match[1].rstrip(",") if match else build
