"""The knowledge suite."""
