"""Reads the marker of every collected check, before anything is deselected."""

import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ..exceptions import DeclarationError, Inconclusive, TradeopsError
from ..gate.catalogue import packaged_root, read_module
from ..model import CheckSpec, Suite
from .keys import MARKER, SPEC
from .suites import PREFIX, SuiteModule
from .transport import spec_to

#: On items: why the declaration cannot be used.
INVALID = pytest.StashKey[TradeopsError]()
#: On the config: node id to declaration of every check that was collected, also of those that are deselected later.
COLLECTED = pytest.StashKey[dict[str, CheckSpec]]()
#: The key of a worker's output under which the controller gets it.
OUTPUT = "tradeops_collected"

_PACKAGED = frozenset(suite.prefix for suite in Suite)


def adopt(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts each check's declaration on its item, and notes them all for the controller.

    A wrong declaration is kept and raised in the test's set-up, so that it is one failing test with a sentence, the
    same with and without workers, and not the end of the collection.
    """
    config.stash[COLLECTED] = {}
    _adopt(config, items)


def adopt_late(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The same for what became a check since."""
    config.stash.setdefault(COLLECTED, {})
    _adopt(config, [item for item in items if SPEC not in item.stash and INVALID not in item.stash])


def _adopt(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    collected = config.stash[COLLECTED]
    sources: dict[Path, Mapping[str, CheckSpec]] = {}
    for item in items:
        mark = item.get_closest_marker(MARKER)
        if mark is None:
            continue
        try:
            spec = CheckSpec.parse(mark.kwargs, mark.args)
            _refuse_impostor(item, spec)
            if item.path not in sources:
                sources[item.path] = _declared(item.path, config.rootpath)
        except DeclarationError as error:
            item.stash[INVALID] = error
            continue
        item.stash[SPEC] = collected[item.nodeid] = spec
        if spec not in [sources[item.path].get(name) for name in _names(item)]:
            # Nothing that reads the source knows of it, so nobody could tell that it was weakened, or is missing.
            item.stash[INVALID] = Inconclusive(
                f"{item.nodeid} is marked as {spec.id} while pytest runs, and its source does not say the same.",
                remedy="Write @pytest.mark.verification(...) above the function, and nothing that changes it.",
            )
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = [[nodeid, spec_to(spec)] for nodeid, spec in collected.items()]


def _declared(path: Path, root: Path) -> Mapping[str, CheckSpec]:
    if path.suffix != ".py" or not path.is_file():
        return {}
    base = packaged_root() if path.is_relative_to(packaged_root()) else root  # under the name it was first read by
    return {entry.function: entry.spec for entry in read_module(path, root=base)}


def _names(item: pytest.Item) -> set[str]:
    """What the source may call the item's function: by its place in the tree, or where it was inherited from."""
    function: Any = inspect.unwrap(getattr(item, "obj", _names))
    name = getattr(item, "originalname", None) or item.name
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    return {"::".join((*classes, name)), getattr(function, "__qualname__", "").replace(".", "::")}


def _refuse_impostor(item: pytest.Item, spec: CheckSpec) -> None:
    """A test of the subject's own must not answer in the name of a packaged check."""
    ours = item.getparent(SuiteModule) is not None or Path(item.path).is_relative_to(packaged_root())
    if not ours and (spec.id.split("-")[0] in _PACKAGED or item.nodeid.startswith(PREFIX)):
        raise DeclarationError(
            f"{item.nodeid} answers as {spec.id}, which is a packaged check.",
            remedy="Use a prefix of your own, such as ACME-001, in a folder that is not called tradeops.",
        )
