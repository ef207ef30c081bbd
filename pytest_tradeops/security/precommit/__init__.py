"""pre-commit's hooks of the scanners: a commit with a HIGH issue or a secret is refused, and no other."""

from pathlib import Path

FILE = ".pre-commit-config.yaml"
REASON_MISSING = "pre-commit: missing"
REASON_INVALID = "pre-commit: invalid"
REASON_NO_BANDIT = "pre-commit: no hook for bandit"
REASON_NO_SECRETS = "pre-commit: no hook for secrets"
REASON_NO_FILES = "pre-commit: bandit saw no files"
REASON_HIGH = "pre-commit: HIGH was committed"
REASON_SECRET = "pre-commit: secret was committed"  # noqa: S105 - a sentence
REASON_REFUSED = "pre-commit: clean commit refused"


def starter() -> str:
    """The configuration that `tradeops init pre-commit` writes."""
    return Path(__file__).with_name("pre-commit-config.yaml").read_text(encoding="utf-8")
