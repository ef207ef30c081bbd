"""Reading a provisioning file: YAML, where in it something stands, and what `$NAME` stands for."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...exceptions import TradeopsError
from ...yaml_bounds import yaml_module

_ANY_NAME = re.compile(r"\$\$|\$\{([^}]*)\}|\$(\w+)")
_BRACED = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file, and what is raised there."""

    where: str
    failure: type[TradeopsError]
    environment: Mapping[str, str]

    def inside(self, name: str) -> "Place":
        return replace(self, where=f"{self.where}, {name}")

    def error(self, message: str, name: str = "") -> TradeopsError:
        """Grafana's own words, after the place."""
        return self.failure(f"{self.inside(name).where if name else self.where}: {message}.")

    def mapping(self, value: object, what: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.error(f"{what} is no mapping")
        return value

    def items(self, value: object, what: str) -> Iterator[object]:
        if value is None:
            return iter(())
        if not isinstance(value, list):
            raise self.error(f"{what} is no list")
        return iter(value)

    def texts(self, value: object, what: str, *, braced_only: bool) -> dict[str, str]:
        """Name to text. In annotations only `${NAME}` is replaced, so that `{{ $values.A }}` stays."""
        found = {}
        for name, text in self.mapping(value if value is not None else {}, what).items():
            found[str(name)] = _plain(text) if braced_only else text_of(text, self)
            if braced_only:
                found[str(name)] = _BRACED.sub(lambda match: self.environment.get(match[1], ""), found[str(name)])
        return found


def load(text: str, place: Place) -> Mapping[str, Any]:
    """The file's content; an empty one is empty.

    Raises:
        TradeopsError: of the place's kind: no YAML, or no mapping at its top.
    """
    yaml = yaml_module()

    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise place.error(f"not YAML{line}: {problem}") from None
    return place.mapping({} if content is None else content, "the content")


def text_of(value: object, place: Place) -> str:
    """A scalar as text, with `$NAME` and `${NAME}` replaced and `$$` for a dollar sign."""
    return _ANY_NAME.sub(
        lambda match: "$" if match[0] == "$$" else place.environment.get(match[1] or match[2] or "", ""), _plain(value)
    )


def number_of(value: object, default: float, place: Place) -> float:
    """A number, also from text; the default if there is none."""
    text = text_of(value, place)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise place.error(f"not a number: {text!r}") from None


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return str(value)
