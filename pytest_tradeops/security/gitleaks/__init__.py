"""gitleaks over a work tree and its whole history, read so that a scan of nothing is never a clean one."""

from pathlib import Path

#: The rules of this package on top of gitleaks' own; `tradeops init` writes the same text.
RULES = Path(__file__).with_name("gitleaks.toml")
CONFIG = ".gitleaks.toml"
IGNORE = ".gitleaksignore"
