"""The workflows that `tradeops init` writes: texts that lie beside their domains, for a subject's default branch."""

import json
from pathlib import Path


def for_branch(path: Path, branch: str) -> str:
    """The text of a workflow whose branch is `"main"`, for another one."""
    text = path.read_text(encoding="utf-8")
    return text.replace('"main"', json.dumps(branch, ensure_ascii=False))  # a JSON string is one in YAML, too
