"""The control endpoint and its page."""

from .app import control_app

__all__ = ["control_app"]
