"""Waivers: owned, reasoned, expiring exceptions. A waived check still runs."""

from .base import base_waivers, load_waivers
from .book import WaiverBook
from .file import LONGEST, Waiver, parse

__all__ = ["LONGEST", "Waiver", "WaiverBook", "base_waivers", "load_waivers", "parse"]
