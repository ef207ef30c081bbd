"""Holds the guard to every node configuration of a subject: as written, as rendered, as built, and while it runs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..exceptions import CheckFailed, DeclarationError
from ..model import Finding
from .faults import module_file
from .guard import GuardEvidence, Refused, observed
from .process import NodeProcess
from .settings import NodeSettings
from .spec import Mode

#: What a bot is built for here. On the testnet it is built and connected to nothing.
MODES: tuple[Mode, ...] = ("venue", "paper", "testnet")
_HEARD = 30.0

type Inspect = Callable[[str, Mode], GuardEvidence]


@dataclass(slots=True)
class Examination:
    """What was examined.

    Attributes:
        configurations: One row per entry and mode: what stands in it, without addresses and keys.
        clients: How many built clients were looked at.
        addresses: How many addresses were proven, in configurations and in built clients.
    """

    configurations: list[dict[str, Any]] = field(default_factory=list)
    clients: int = 0
    addresses: int = 0

    def add(self, entry: str, evidence: GuardEvidence) -> None:
        rows = {name: list(getattr(evidence, name)) for name in ("written", "rendered", "built")}
        self.configurations.append({"entry": entry, "mode": evidence.mode, "told the mode": evidence.told, **rows})
        self.clients += len(evidence.built)
        self.addresses += evidence.addresses


def entries(settings: NodeSettings) -> tuple[str, ...]:
    """Every node configuration that the subject names."""
    return tuple(dict.fromkeys((settings.config, *settings.further)))


def require(root: Path, settings: NodeSettings) -> None:
    """Ends the check, before anything is started, if the subject has no node.

    Raises:
        CheckFailed: `node: entry missing`.
    """
    for entry in entries(settings):
        if not entry.startswith("tradeops:") and not _exists(root, entry):
            text = f"The subject has nothing at {entry!r}, which says how its bot runs as a node."
            remedy = "Run `tradeops init strategies`, or name yours in [tool.tradeops.node] config."
            raise CheckFailed([Finding("node: entry missing", text, remedy=remedy)])


def _exists(root: Path, entry: str) -> bool:
    if entry.endswith(".json"):
        path = (root / entry).resolve()
        return path.is_relative_to(root.resolve()) and path.is_file()
    try:
        return bool(module_file(root, entry))
    except DeclarationError:
        return False


def examine(settings: NodeSettings, inspect: Inspect) -> Examination:
    """Builds every configuration in every mode and lets the guard look at it; nothing is connected.

    Raises:
        Refused: the guard could not prove all of them; every one of its reasons, and where.
        CheckFailed: a configuration cannot be had, or has no client of an exchange.
        Inconclusive: no node can be had.
    """
    examination = Examination()
    refusals: list[Finding] = []
    for entry in entries(settings):
        for mode in MODES:
            try:
                evidence = inspect(entry, mode)
            except Refused as refused:
                refusals += _placed(refused, entry, mode)
                continue
            if not any(row["addresses"] for row in evidence.built):
                raise CheckFailed([_empty(entry, mode)])
            examination.add(entry, evidence)
    if refusals:
        raise Refused(refusals)
    return examination


def watch(node: NodeProcess, urls: Mapping[str, Mapping[str, str]]) -> tuple[int, list[Finding]]:
    """Waits until a running node is connected to the venue, stops it, and judges every connection that was seen.

    Args:
        urls: The venue's, face name to addresses.

    Returns:
        How many of the venue's listeners it was connected to, and what is wrong.
    """
    ports = {int(one["http"].rpartition(":")[2].partition("/")[0]) for one in urls.values()}
    instruments = node.state().instruments
    for instrument in instruments:
        node.watch(instrument)
    # A quote shows that its streams are open, so that what it is connected to is all there to be seen.
    node.wait_until(lambda state: all(state.quotes.get(one) for one in instruments), _HEARD)
    node.observe()
    node.stop()
    connected = [one for one in node.remotes if one.loopback and one.port in ports]
    findings = observed(node.remotes, peers=node.spec.peers)
    if not connected and not findings:
        text = "The node was not seen connected to the venue, so nothing shows where it connects to."
        findings.append(Finding("guard: nothing observed", text, remedy="Look into the node's log, which is attached."))
    return len(connected), findings


def _placed(refused: Refused, entry: str, mode: Mode) -> Iterator[Finding]:
    for one in refused.findings:
        yield replace(one, where=f"{entry}, mode {mode}{': ' + one.where if one.where else ''}")


def _empty(entry: str, mode: Mode) -> Finding:
    text = f"{entry} has no client of an exchange in the mode {mode}, so there is nothing to prove."
    return Finding(
        "guard: no client", text, remedy="Name the configuration that your bot trades with in [tool.tradeops.node]."
    )
