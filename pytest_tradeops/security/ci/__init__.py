"""The scanners as steps of CI: which steps run them on a pull request, and whether a finding can stop it."""

REASON_MISSING = "ci: bandit missing"
REASON_SECRETS_MISSING = "ci: gitleaks missing"
REASON_BANDIT = "ci: bandit cannot block"
REASON_GITLEAKS = "ci: gitleaks cannot block"
REASON_SHALLOW = "ci: gitleaks sees a shallow clone"
REASON_INVALID = "ci: workflow invalid"
REASON_HIGH = "bandit: HIGH did not block"
REASON_LESS = "bandit: less than HIGH blocks"
REASON_UNREPORTED = "bandit: less than HIGH is not reported"

#: Scanner to the reasons for its absence and for one that cannot stop a pull request.
REASONS = {
    "bandit": (REASON_MISSING, REASON_BANDIT),
    "gitleaks": (REASON_SECRETS_MISSING, REASON_GITLEAKS),
}
