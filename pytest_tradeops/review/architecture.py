"""Recomputes the claims of the architecture record: statically from the import graph, and by loading in a child."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..exceptions import DeclarationError, Inconclusive
from ..model import Finding
from ..processes import run
from ..processes.child import clean_environment
from .architecture_claims import ArchitectureClaims, NotLoaded, layer_of
from .imports import SOURCE_FOLDERS, ImportGraph, is_within

FALSE = "adr-001: import claim false"
HEAVY = "adr-001: module loaded early"
_REMEDY = "Turn the import round, or change the claim and say in the record why."
#: Prints where the module came from, and the watched modules before and after its import.
_PROBE = """
import importlib, json, sys
by, watched = json.loads(sys.argv[1])
before = [name for name in watched if name in sys.modules]
module = importlib.import_module(by)
after = [name for name in watched if name in sys.modules]
print("\\n" + json.dumps([getattr(module, "__file__", None) or "", before, after]))
"""


def graph_findings(claims: ArchitectureClaims, graph: ImportGraph) -> tuple[Finding, ...]:
    """Every import and module that the static claims do not allow, and every claim about a module that is not there."""
    return (*_about_modules(claims, graph), *_about_imports(claims, graph))


def _about_modules(claims: ArchitectureClaims, graph: ImportGraph) -> Iterator[Finding]:
    for file, reason in graph.unread.items():
        yield Finding(
            "adr-001: module cannot be read", f"{file} cannot be parsed: {reason}.", file, "Correct the file."
        )
    claimed = [
        *(name for layer in claims.layers for name in layer.modules),
        *(name for pair in claims.allowed for name in pair),
        *claims.imports_nothing,
        *(one.by for one in claims.not_loaded),
    ]
    for name in dict.fromkeys(claimed):
        if not any(is_within(module, name) for module in graph.modules):
            yield Finding(
                "adr-001: claim names no module", f"{name} is not in the tree.", "", "Correct or drop it in the claims."
            )
    for module, path in graph.modules.items():
        if module not in claims.imports_nothing and layer_of(module, claims.layers) is None:
            yield Finding(
                "adr-001: module in no layer", f"{module} is in no layer.", path.as_posix(), "Add it to the claims."
            )


def _about_imports(claims: ArchitectureClaims, graph: ImportGraph) -> Iterator[Finding]:
    for one in graph.imports:
        where = f"{graph.modules[one.importer].as_posix()}:{one.line}"
        if one.importer in claims.imports_nothing:
            yield Finding(FALSE, f"{one.importer} imports {one.imported}, but must import nothing.", where, _REMEDY)
        source = layer_of(one.importer, claims.layers)
        if source is None:
            continue
        layer = claims.layers[source[0]]
        for rule in claims.forbidden:
            if layer.name in rule.layers and any(is_within(one.imported, name) for name in rule.modules):
                yield Finding(
                    FALSE,
                    f"{one.importer} ({layer.name}) imports {one.imported}, which is forbidden there.",
                    where,
                    _REMEDY,
                )
        target = layer_of(one.imported, claims.layers)
        if target is None or target[1] == source[1]:
            continue
        above = claims.layers[target[0]].name
        if target[0] < source[0]:
            yield Finding(
                FALSE, f"{one.importer} ({layer.name}) imports {one.imported} ({above}) above it.", where, _REMEDY
            )
        elif target[0] == source[0] and not layer.sideways and not _is_allowed(claims, one.importer, one.imported):
            yield Finding(
                FALSE, f"{one.importer} imports {one.imported} sideways in the layer {layer.name!r}.", where, _REMEDY
            )


def _is_allowed(claims: ArchitectureClaims, importer: str, imported: str) -> bool:
    return any(is_within(importer, one) and is_within(imported, other) for one, other in claims.allowed)


def loading_findings(claim: NotLoaded, root: Path, python: Path, *, timeout: float = 60.0) -> tuple[Finding, ...]:
    """What importing `claim.by` loads against the claim, in a child on the interpreter `python`.

    Args:
        timeout: Seconds for the import.

    Raises:
        Inconclusive: the import fails, hangs or says nothing that can be read, the module comes from elsewhere than
            `root`, or a watched module is loaded before.
    """
    folders = [str(root / folder) if folder else str(root) for folder in SOURCE_FOLDERS]
    environ = clean_environment({"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"})
    command = [str(python), "-c", _PROBE, json.dumps([claim.by, claim.modules])]
    try:
        done = run(command, cwd=root, timeout=timeout, env=environ)
    except OSError as error:
        raise Inconclusive(f"{python} cannot be started: {error.strerror}.", remedy="Make it again.") from None
    if done.timed_out or done.code != 0:
        how = f"took over {timeout:.0f} s" if done.timed_out else f"failed: {done.tail}"
        raise Inconclusive(
            f"Importing {claim.by} in a child {how}.", remedy="Install the project's dependencies into its environment."
        )
    file, before, after = _answer(done.stdout, claim)
    if not Path(file).resolve().is_relative_to(root.resolve()):
        raise Inconclusive(f"{claim.by} was imported from outside the project.", remedy="Uninstall the other copy.")
    if before:
        raise Inconclusive(
            f"The interpreter loads {', '.join(before)} at its start.",
            remedy="Use an environment without start-up hooks.",
        )
    return tuple(
        Finding(HEAVY, f"Importing {claim.by} loads {name}.", claim.by, f"Import {name} in the function that needs it.")
        for name in after
    )


def _answer(output: str, claim: NotLoaded) -> tuple[str, list[str], list[str]]:
    """The probe's line, the last one; an interpreter that never ran it, or a module that writes at exit, has none."""
    try:
        file, before, after = json.loads(output.rstrip().rpartition("\n")[2])
        if not isinstance(file, str) or not {*before, *after} <= {*claim.modules}:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise Inconclusive(
            f"Importing {claim.by} in a child ended well but did not say what was loaded.",
            remedy="Look for code that ends the process or prints at its end, and check the project's interpreter.",
        ) from None
    return file, list(before), list(after)


def plan_upward_import(claims: ArchitectureClaims, graph: ImportGraph) -> tuple[Path, str]:
    """A file of the lowest layer and a text which, appended to it, imports a module of a layer above.

    Raises:
        DeclarationError: no two layers have a module that can be read.
    """
    by_height: dict[int, list[str]] = {}
    for module in sorted(graph.modules):
        place = layer_of(module, claims.layers)
        if place is not None and graph.modules[module].as_posix() not in graph.unread:
            by_height.setdefault(place[0], []).append(module)
    heights: Sequence[int] = sorted(by_height)
    if len(heights) < 2:
        raise DeclarationError("Fewer than two layers have modules.", remedy="Correct the claims of the record.")
    low, high = by_height[heights[-1]][0], by_height[heights[0]][0]
    # In a function: it breaks the claim and nothing else, and only a reader that looks into functions finds it.
    return graph.modules[low], f"\n\ndef _planted_upward_import() -> object:\n    import {high}\n\n    return {high}\n"
