"""Reads the marker of every collected check, before anything is deselected."""

from pathlib import Path

import pytest

from ..exceptions import DeclarationError
from ..gate.catalogue import packaged_root
from ..model import CheckSpec, Suite
from .keys import MARKER, SPEC
from .suites import PREFIX, SuiteModule
from .transport import spec_to

#: On items: why the declaration cannot be used.
INVALID = pytest.StashKey[DeclarationError]()
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
    collected = config.stash[COLLECTED] = {}
    for item in items:
        mark = item.get_closest_marker(MARKER)
        if mark is None:
            continue
        try:
            spec = CheckSpec.parse(mark.kwargs, mark.args)
            _refuse_impostor(item, spec)
        except DeclarationError as error:
            item.stash[INVALID] = error
        else:
            item.stash[SPEC] = collected[item.nodeid] = spec
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = [[nodeid, spec_to(spec)] for nodeid, spec in collected.items()]


def _refuse_impostor(item: pytest.Item, spec: CheckSpec) -> None:
    """A test of the subject's own must not answer in the name of a packaged check."""
    ours = item.getparent(SuiteModule) is not None or Path(item.path).is_relative_to(packaged_root())
    if not ours and (spec.id.split("-")[0] in _PACKAGED or item.nodeid.startswith(PREFIX)):
        raise DeclarationError(
            f"{item.nodeid} answers as {spec.id}, which is a packaged check.",
            remedy="Use a prefix of your own, such as ACME-001, in a folder that is not called tradeops.",
        )
