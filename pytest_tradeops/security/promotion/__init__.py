"""Promotion in CI: which jobs deploy, which run the gate, and whether one can start without the other's decision."""

FILE = ".github/workflows/verification.yml"
REASON_MISSING = "staging: no deploying job"
REASON_INVALID = "staging: workflow invalid"
REASON_WITHOUT = "staging: starts without the gate"
REASON_CANNOT_BLOCK = "staging: gate cannot block"
REASON_SKIPPED = "staging: gate may be skipped"
REASON_ALTHOUGH = "staging: starts although the gate failed"
