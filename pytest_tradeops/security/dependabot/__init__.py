"""Dependabot's version updates: what they watch, how often, and what the subject has that they should watch."""

#: Where GitHub looks for the configuration; the first that is there counts.
FILES = (".github/dependabot.yml", ".github/dependabot.yaml")
REASON_MISSING = "dependabot: missing"
REASON_INVALID = "dependabot: invalid"
REASON_NOTHING = "dependabot: no manifests found"
REASON_NOT_COVERED = "dependabot: manifest not covered"
REASON_IDLE = "dependabot: entry watches nothing"
REASON_GAP = "dependabot: gap over 7 days"
REASON_SCHEDULE = "dependabot: schedule not computed"
