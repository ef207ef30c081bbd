"""The monitoring suite."""
