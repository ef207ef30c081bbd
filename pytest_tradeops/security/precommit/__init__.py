"""pre-commit's hooks of the scanners: a commit with a HIGH issue or a secret is refused, and no other."""

FILE = ".pre-commit-config.yaml"
