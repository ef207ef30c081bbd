"""Bybit v5 over the engine: linear and spot on one unified account."""
