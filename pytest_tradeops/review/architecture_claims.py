"""What the architecture record claims in its `toml claims` block, validated.

```toml claims
imports_nothing = ["acme"]            # packages whose __init__ imports nothing; they need no layer

[[layers]]                            # from top to bottom, at least two; imports go down only
name = "entry"
modules = ["acme.cli", "acme.web"]    # each with everything below it
sideways = true                       # whether modules of this layer may import each other; default false
[[layers]]
name = "core"
modules = ["acme.core", "acme.orders"]

[[allowed]]                           # single sideways imports in a layer without `sideways`
importer = "acme.orders"
imported = "acme.core"

[[forbidden]]                         # foreign modules that layers never import, not even inside a function
layers = ["core"]
modules = ["flask"]

[[not_loaded]]                        # modules that importing `by` must not load
by = "acme.cli"
modules = ["pandas"]
```
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config import suggestion
from ..exceptions import CheckFailed
from ..model import Finding

MALFORMED = "adr-001: claims malformed"
_KEYS = ("imports_nothing", "layers", "allowed", "forbidden", "not_loaded")


@dataclass(frozen=True, slots=True)
class Layer:
    """Modules of one height."""

    name: str
    modules: tuple[str, ...]
    sideways: bool = False


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Foreign modules that the named layers never import."""

    layers: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """Modules that importing `by` must not load."""

    by: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArchitectureClaims:
    """The claims of the architecture record; `layers` from top to bottom, `allowed` as (importer, imported)."""

    layers: tuple[Layer, ...]
    allowed: tuple[tuple[str, str], ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    imports_nothing: tuple[str, ...] = ()
    not_loaded: tuple[NotLoaded, ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The top-level packages that the claims are about, sorted."""
        names = (*self.imports_nothing, *(module for layer in self.layers for module in layer.modules))
        return tuple(sorted({name.partition(".")[0] for name in names}))


def parse_claims(table: Mapping[str, Any], where: str) -> ArchitectureClaims:
    """The claims.

    Raises:
        CheckFailed: something in them is unknown, missing, of the wrong type, or contradicts itself; with all findings.
    """
    findings: list[Finding] = []

    def wrong(message: str, remedy: str) -> None:
        findings.append(Finding(MALFORMED, message, where, remedy))

    for key in table:
        if key not in _KEYS:
            wrong(f"The claims have an unknown key {key!r}.", suggestion(key, _KEYS))
    layers = tuple(
        Layer(_text(row, "name", at, wrong), _names(row.get("modules"), f"{at}.modules", wrong), _flag(row, at, wrong))
        for at, row in _rows(table, "layers", ("name", "modules", "sideways"), wrong)
    )
    if len(layers) < 2:
        wrong("The claims name fewer than two layers, so they claim nothing.", "Add [[layers]] from top to bottom.")
    owners: dict[str, str] = {}
    for layer in layers:
        for module in layer.modules:
            if module in owners:
                wrong(f"{module} is in two layers.", f"Take it out of {owners[module]!r} or {layer.name!r}.")
            owners[module] = layer.name
    allowed = tuple(
        (_text(row, "importer", at, wrong), _text(row, "imported", at, wrong))
        for at, row in _rows(table, "allowed", ("importer", "imported"), wrong)
    )
    for importer, imported in allowed:
        ends = [layer_of(module, layers) for module in (importer, imported)]
        if None in ends or len({end[0] for end in ends if end}) != 1:
            wrong(f"{importer} -> {imported} is not sideways.", "Allow imports within one layer only.")
    forbidden = tuple(
        Forbidden(_names(row.get("layers"), f"{at}.layers", wrong), _names(row.get("modules"), f"{at}.modules", wrong))
        for at, row in _rows(table, "forbidden", ("layers", "modules"), wrong)
    )
    for name in (name for one in forbidden for name in one.layers):
        if name not in {layer.name for layer in layers}:
            wrong(f"There is no layer {name!r}.", suggestion(name, (layer.name for layer in layers)))
    not_loaded = tuple(
        NotLoaded(_text(row, "by", at, wrong), _names(row.get("modules"), f"{at}.modules", wrong))
        for at, row in _rows(table, "not_loaded", ("by", "modules"), wrong)
    )
    bare = _names(table["imports_nothing"], "imports_nothing", wrong) if "imports_nothing" in table else ()
    if findings:
        raise CheckFailed(findings)
    return ArchitectureClaims(layers, allowed, forbidden, bare, not_loaded)


def layer_of(module: str, layers: Iterable[Layer]) -> tuple[int, str] | None:
    """Height from the top and claimed name of the innermost claimed module that holds `module`."""
    found: tuple[int, str] | None = None
    for height, layer in enumerate(layers):
        for name in layer.modules:
            inside = module == name or module.startswith(f"{name}.")
            if inside and (found is None or len(name) > len(found[1])):
                found = height, name
    return found


type _Wrong = Callable[[str, str], None]


def _rows(
    table: Mapping[str, Any], key: str, known: tuple[str, ...], wrong: _Wrong
) -> list[tuple[str, Mapping[str, Any]]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        wrong(f"{key} is not a list of tables.", f"Write [[{key}]].")
        return []
    for number, row in enumerate(rows, 1):
        for name in row:
            if name not in known:
                wrong(f"{key} {number} has an unknown key {name!r}.", suggestion(name, known))
    return [(f"{key} {number}", row) for number, row in enumerate(rows, 1)]


def _text(row: Mapping[str, Any], key: str, at: str, wrong: _Wrong) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        wrong(f"{at} needs {key}, a text.", f"Write {key} = '...'.")
        return ""
    return value


def _names(value: Any, at: str, wrong: _Wrong) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        wrong(f"{at} is not a list of names.", "Write ['name', ...] with at least one.")
        return ()
    return tuple(value)


def _flag(row: Mapping[str, Any], at: str, wrong: _Wrong) -> bool:
    value = row.get("sideways", False)
    if not isinstance(value, bool):
        wrong(f"{at}.sideways is not true or false.", "Write true or false.")
    return value is True
