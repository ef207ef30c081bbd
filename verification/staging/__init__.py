"""The staging suite."""
