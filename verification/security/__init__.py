"""The security suite."""
