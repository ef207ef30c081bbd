"""Scanners, read through their machine output, never only their exit code."""
