"""Reads typed settings from `[tool.tradeops]`, the environment and options: option > environment > file.

Settings are frozen dataclasses, one per domain, each in the domain's own `settings.py`. A field may carry
`metadata={"env": "TRADEOPS_..."}`, and `"choices": (...)` where only some values, or items of a list, are known.
Secrets are never read from a file: such fields carry `"secret": True` as well.
"""

import dataclasses
import difflib
import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .exceptions import ConfigError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def read_table(root: Path) -> dict[str, Any]:
    """The `[tool.tradeops]` table of `root/pyproject.toml`; empty without the file or the table.

    Raises:
        ConfigError: the file cannot be read or is not TOML, or the table is not a table.
    """
    path = root / "pyproject.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.", remedy="Correct its rights, or move it away."
        ) from None
    except (ValueError, RecursionError) as error:  # ValueError: also bytes that are no UTF-8, and an over-long number
        raise ConfigError(f"{path} is not valid TOML: {_detail(error)}.", remedy="Correct the file.") from None
    tool = document.get("tool", {})
    table = tool.get("tradeops", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"[tool.tradeops] in {path} is not a table.", remedy="Write it as [tool.tradeops].")
    return table


def parse_duration(text: object, where: str) -> float:
    """Seconds from `500ms`, `30s`, `5m`, `1h` or a plain number of seconds."""
    if isinstance(text, int | float) and not isinstance(text, bool) and text > 0:
        return float(text)
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or float(match[1]) <= 0:
        raise ConfigError(f"{where} = {text!r} is not a duration.", remedy="Write it as 500ms, 30s, 5m or 1h.")
    return float(match[1]) * _SECONDS[match[2]]


def load[T](
    kind: type[T],
    table: Mapping[str, Any],
    *,
    where: str = "tool.tradeops",
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> T:
    """A settings object of class `kind`.

    Args:
        table: The TOML table, with TOML's own types. Sub-tables become nested settings where the field's type is a
            dataclass.
        where: The table's name, for messages.
        environ: Defaults to `os.environ`.
        options: Field name to value; `None` values are ignored.

    Raises:
        ConfigError: unknown key (with the nearest known one), wrong type, or a secret in the file.
    """
    environ = os.environ if environ is None else environ
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise ConfigError(f"Unknown key {key!r} in [{where}].", remedy=suggestion(key, fields))
        if fields[key].metadata.get("secret"):
            variable = fields[key].metadata["env"]
            raise ConfigError(f"{key!r} in [{where}] is a secret.", remedy=f"Set the environment variable {variable}.")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        place = f"{where}.{name}"
        variable = field.metadata.get("env")
        given = (options or {}).get(name)
        if given is not None:
            values[name] = _convert(given, hints[name], place, field.metadata)
        elif variable and environ.get(variable):
            values[name] = _convert(_from_text(environ[variable], hints[name]), hints[name], variable, field.metadata)
        elif dataclasses.is_dataclass(hints[name]):
            nested = table.get(name, {})
            if not isinstance(nested, Mapping):
                raise ConfigError(f"[{place}] is not a table.", remedy=f"Write it as [{place}].")
            values[name] = load(typing.cast(type[Any], hints[name]), nested, where=place, environ=environ)
        elif name in table:
            values[name] = _convert(table[name], hints[name], place, field.metadata)
    return kind(**values)


def read_entries(text: str, kind: str, name: str) -> tuple[list[tuple[Any, int]] | None, list[str]]:
    """The `[[kind]]` entries of a TOML text, and its other keys; None in place of the entries if they are no list.

    Each entry comes with its line, 0 where that cannot be told, such as with an inline list.

    Raises:
        ConfigError: it is not TOML.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an over-long number
        raise ConfigError(f"{name} is not valid TOML: {_detail(error)}.", remedy="Correct the file.") from None
    others = [key for key in document if key != kind]
    entries = document.get(kind, [])
    if not isinstance(entries, list):
        return None, others
    header = re.compile(rf"\s*\[\[\s*[\"']?{kind}[\"']?\s*\]\]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    return list(zip(entries, lines if len(lines) == len(entries) else [0] * len(entries), strict=True)), others


def suggestion(word: str, known: typing.Iterable[str]) -> str:
    """One sentence naming the nearest known word, or all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(words)}."


def _detail(error: Exception) -> str:
    return str(error).rstrip(".") or "it cannot be parsed"


def _from_text(text: str, kind: Any) -> Any:
    """An environment variable's text as the TOML value it stands for."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def _convert(value: Any, kind: Any, where: str, metadata: Mapping[str, Any]) -> Any:
    if metadata.get("duration"):
        return parse_duration(value, where)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kinds = [one for one in typing.get_args(kind) if one is not type(None)]
        return _convert(value, kinds[0], where, metadata)
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise _wrong(where, value, "a list")
        (item,) = {one for one in typing.get_args(kind) if one is not Ellipsis}
        return tuple(_convert(one, item, where, metadata) for one in value)  # `choices` hold for each item
    if typing.get_origin(kind) in (dict, Mapping) or kind in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise _wrong(where, value, "a table")
        args = typing.get_args(kind)
        return (
            {name: _convert(one, args[1], f"{where}.{name}", {}) for name, one in value.items()}
            if args
            else dict(value)
        )
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind is Path and isinstance(value, str | Path):
        value = Path(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(
            where, value, {str: "a string", int: "a whole number", bool: "true or false"}.get(kind, kind.__name__)
        )
    choices = metadata.get("choices")
    if choices and value not in choices:
        raise ConfigError(f"{where} = {value!r} is not known.", remedy=suggestion(str(value), map(str, choices)))
    return value


def _wrong(where: str, value: Any, wanted: str) -> ConfigError:
    shown = repr(value) if len(repr(value)) < 60 else type(value).__name__
    return ConfigError(f"{where} = {shown} has the wrong type.", remedy=f"It must be {wanted}.")
