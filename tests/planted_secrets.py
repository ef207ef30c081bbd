"""What of a made-up secret's text must be in no output."""

import re

#: At least as long as the shortest made-up password; what is all digits is the public id in a webhook or a DSN.
_VALUE = re.compile(r"(?<![\w!#-])(?!\d+(?![\w!#-]))(?=[\w!#-]*[0-9])[\w!#-]{10,}")
_WORDS = re.compile(r"[a-z]{3,8}(?: [a-z]{3,8}){11}")
_TELLING = 4


def values_of(text: str) -> list[str]:
    """The secret parts of a text of `security.gitleaks.samples`; of a wallet's words, any four in a row."""
    words = [word for phrase in _WORDS.findall(text) for word in phrase.split()]
    found = [" ".join(words[start : start + _TELLING]) for start in range(len(words) - _TELLING + 1)]
    found = found or _VALUE.findall(text)
    assert found, text
    return found
