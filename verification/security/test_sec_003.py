"""SEC-003: no node configuration of the subject can reach a live venue."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import guarding, planting
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-003",
    suite="security",
    title="no node configuration can reach a live venue",
    severity="critical",
    covers=("4.1.2",),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_sec_003(_subject: Subject, _trading_node: Nodes, _venue: Venue, _evidence: Evidence) -> None:
    """Builds every node configuration of the subject, for the venue, on paper and for the testnet, under the guard.

    Examined are `config` and `further` of [tool.tradeops.node]. As written, each client must be of an exact known
    class, name a test environment explicitly (every default of NautilusTrader is the live venue), and lead nowhere but
    to loopback or an exchange's own test host, with no proxy. The same holds as rendered, and once more for the
    addresses that are read back from the clients that NautilusTrader has built. Then the bot runs on the simulated
    venue, and every socket of its process must end there or elsewhere on loopback.

    A guard that trips ends the run with exit code 22: nothing was connected and no order was placed. Sockets are
    evidence of where the bot went, not a lock: only a network of its own keeps a process in. Configurations for
    production stand in files of their own and are not named here. docs/venue.md has the guard's rules.
    """
    guarding.require(_subject.root, _subject.settings.node)
    examination = guarding.examine(
        _subject.settings.node, lambda entry, mode: _trading_node.inspect(config=entry, mode=mode)
    )
    _evidence.fact(configurations=examination.configurations)
    _evidence.examined(len(examination.configurations), "node configurations", source=_venue)
    _evidence.examined(examination.clients, "built clients", source=_venue)
    _evidence.examined(examination.addresses, "addresses", source=_venue)
    with _trading_node() as node:
        connected, findings = guarding.watch(node, _venue.urls)
    _evidence.examined(connected, "exchanges that the node was connected to", source=_venue)
    _evidence.report(findings)


@planted_fault(
    check="SEC-003",
    covers="4.1.2",
    title="the environment is left out, and the default is the live venue",
    expects="guard: environment not explicit",
)
def environment_left_out(_subject: Subject) -> None:
    _subject.write(*planting.without_environment(_subject.root, _subject.settings.node.config))
