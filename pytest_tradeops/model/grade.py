"""What evidence was taken from."""

import enum
from typing import Self

from ..exceptions import DeclarationError


class Grade(enum.IntEnum):
    """Ordered: a floor of `CONTAINER` accepts `TESTNET`, never `EMBEDDED`."""

    STATIC = 0  #: read or scanned from files
    EMBEDDED = 1  #: something was run here: a process, a stand-in, a locally made image
    CONTAINER = 2  #: the vendor's own image
    TESTNET = 3  #: a real server or venue that handles no real money
    REAL = 4  #: the real thing

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: object, where: str = "grade") -> Self:
        """The grade of that label.

        Raises:
            DeclarationError: no such grade.
        """
        if isinstance(text, cls):
            return text
        try:
            return cls[str(text).upper()]
        except KeyError:
            known = ", ".join(grade.label for grade in cls)
            raise DeclarationError(f"{where}: {text!r} is not a grade.", remedy=f"Known: {known}.") from None
