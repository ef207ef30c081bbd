"""Holds documents against the schemas of GitHub's files, which check-jsonschema carries; no network."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from ..exceptions import Inconclusive

#: Sentences per file; one wrong indentation may be wrong in a hundred ways.
MOST = 10


def problems(schema: str, document: Any) -> tuple[str, ...]:
    """What speaks against a document, as sentences without a full stop, sorted; empty if the schema accepts it.

    Args:
        schema: Such as `dependabot` or `github-workflows`.

    Raises:
        Inconclusive: check-jsonschema is not installed, or carries no such schema.
    """
    found = []
    for error in _validator(schema).iter_errors(document):
        closest = _closest(error)
        found.append(f"{_place(closest[0].absolute_path)} {', or '.join(_said(one) for one in closest[:3])}")
    return tuple(sorted(set(found))[:MOST])


def _closest(error: Any) -> list[Any]:
    """Of alternatives, those that came closest say what is wrong; the error itself where it has none."""
    if not error.context:
        return [error]
    found = [one for each in error.context for one in _closest(each)]
    deepest = max(len(one.absolute_path) for one in found)
    return [one for one in found if len(one.absolute_path) == deepest]


def _said(error: Any) -> str:
    if error.validator == "enum":  # the list of all time zones is nothing to read
        return f"is {_short(repr(error.instance), 60)}, which GitHub does not know"
    return _short(error.message, 200)


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most]}..."


def _place(path: Any) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return f"{text}:" if text else "the file:"


@cache
def _validator(schema: str) -> Any:
    # Read where it lies: importing the package would load its command line, with requests and all, for one file.
    spec = importlib.util.find_spec("check_jsonschema")
    try:
        import jsonschema  # type: ignore[import-untyped]
    except ImportError:
        spec = None
    if spec is None or spec.origin is None:
        raise Inconclusive(
            "check-jsonschema is not installed.", remedy="Run `pip install 'pytest-tradeops[security]'`."
        )
    file = Path(spec.origin).parent / "builtin_schemas" / "vendor" / f"{schema}.json"
    try:
        return jsonschema.Draft7Validator(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise Inconclusive(
            f"This check-jsonschema carries no schema of {schema}.",
            remedy="Run `pip install -U check-jsonschema`.",
        ) from None
