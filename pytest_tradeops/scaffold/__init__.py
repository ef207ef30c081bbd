"""What `tradeops init` and `tradeops new check` write."""

#: The parts of `tradeops init`, in the order in which they are written; `files` has what each of them is.
PARTS = (
    "config",
    "strategies",
    "adr",
    "monitoring",
    "ci",
    "benchmarks",
    "codeql",
    "advisories",
    "sentry-alerts",
    "auto-merge",
    "pre-commit",
    "dependabot",
)
