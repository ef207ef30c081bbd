"""The reference bot."""
