"""From settled results to the verdict. Pure: no I/O, no clock, no pytest."""

from .verdict import Judgement, judge

__all__ = ["Judgement", "judge"]
