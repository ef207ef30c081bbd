"""Runs a subject's own tests in child processes and compares what happened."""
