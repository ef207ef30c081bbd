"""The baseline of bandit's findings: those of HIGH severity that somebody owns until a day, each of them counted.

bandit's own baseline compares texts as a set: one recorded shell call absorbs every further one in its file, and a
renamed file makes all of them new. This one is a multiset of statements.
"""

from .file import LONGEST, Entry, latest, parse, render
from .held import Excused, counting, excused, findings, high, hold, keys
from .key import Key, Source, key_of
from .matching import Match, match

__all__ = [
    "LONGEST",
    "Entry",
    "Excused",
    "Key",
    "Match",
    "Source",
    "counting",
    "excused",
    "findings",
    "high",
    "hold",
    "key_of",
    "keys",
    "latest",
    "match",
    "parse",
    "render",
]
