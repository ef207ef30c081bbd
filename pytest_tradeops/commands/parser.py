"""The parser of the command line: what is mistyped is answered with what was probably meant."""

import argparse
from typing import Any, NoReturn

from ..config import suggestion


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that suggests, and takes no abbreviation: the next option may begin the same way."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **more})

    def parse_args(self, *arguments: Any, **more: Any) -> Any:
        # Nested parsers hand up what they do not know; the one of the innermost verb knows what comes near it.
        options, unknown = self.parse_known_args(*arguments, **more)
        if unknown:
            getattr(options, "parser", self).refuse(unknown[0])
        return options

    def refuse(self, word: str) -> NoReturn:
        """Ends with the sentence about an argument that has no meaning here."""
        if word.startswith("-"):
            name = word.partition("=")[0]
            known = [one for one in self._option_string_actions if one.startswith("--")]
            self.error(f"there is no option {name}. {suggestion(name, known)}")
        self.error(f"nothing is expected where {word!r} stands")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError:
            near = suggestion(str(value), map(str, action.choices or ()))
            raise argparse.ArgumentError(action, f"{value!r} is not known. {near}") from None
