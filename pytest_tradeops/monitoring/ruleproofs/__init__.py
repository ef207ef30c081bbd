"""Proofs of alert rules: the subject's own rule files, evaluated on rows whose alerts are known."""
