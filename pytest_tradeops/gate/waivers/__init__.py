"""Waivers: owned, reasoned, expiring exceptions. A waived check still runs."""

from .base import base_waivers, load_waivers
from .baselined import base_baseline
from .book import WaiverBook
from .declared import base_not_applicable
from .file import LONGEST, Waiver, parse

__all__ = [
    "LONGEST",
    "Waiver",
    "WaiverBook",
    "base_baseline",
    "base_not_applicable",
    "base_waivers",
    "load_waivers",
    "parse",
]
