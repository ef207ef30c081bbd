"""CodeQL as a workflow of the subject: whether it runs, what it reads, and with what it is allowed to do."""

from pathlib import Path

from ..starters import for_branch

FILE = ".github/workflows/codeql.yml"
ACTION = "github/codeql-action"
#: As it calls itself in what it uploads.
TOOL = "CodeQL"
REASON_MISSING = "codeql: missing"
REASON_INVALID = "codeql: invalid"
REASON_UNREACHABLE = "codeql: analysis unreachable"
REASON_UNPINNED = "codeql: action not pinned"
REASON_PERMISSIONS = "codeql: permissions too wide"
REASON_CANNOT_UPLOAD = "codeql: results cannot be uploaded"
REASON_NO_PYTHON = "codeql: python not analysed"
REASON_EXCLUDED = "codeql: python source excluded"
REASON_EMPTY = "codeql: language without source"
REASON_UNREADABLE = "codeql: configuration not readable"
REASON_NO_PULL_REQUEST = "codeql: no pull request run"
REASON_NO_WEEK = "codeql: no weekly run"


def starter(branch: str) -> str:
    """The workflow that `tradeops init codeql` writes, for a default branch."""
    return for_branch(Path(__file__).with_name("codeql.yml"), branch)
