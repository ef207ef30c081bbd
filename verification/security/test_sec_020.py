"""SEC-020: a rejection, a lost reply and an exception are each told once, and none is answered with more orders."""

import secrets

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import examined, guarding, mishaps, raised, swallowed
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-020",
    suite="security",
    title="no rejection is swallowed, none is answered with the same order, and no order is left unknown",
    severity="critical",
    covers=("3.3.4",),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_sec_020(_subject: Subject, _trading_node: Nodes, _venue: Venue, _evidence: Evidence) -> None:
    """Refuses, loses and breaks what the subject's strategies do, in their backtest and in a node on the venue.

    In the backtest every order of a strategy is refused inside of submit_order, then those of each line that submits:
    the exception must go on, or the strategy must log it, and the same order must not come twice in one instant. In the
    node the venue refuses an order of each strategy, then takes one whose answer and whose event are lost, then a
    handler raises. A rejection must be told once, by an event and in the log, which the bot's own logging must not turn
    off; no order of the same terms may follow; the order whose reply was lost must be known to the node once it has
    asked; and what the handler raised must be in the log.

    It does not prove that anybody reads the log, nor how a bot survives an exchange that is down: STG-015. Whether
    exceptions arrive at Sentry is SEC-004's, and what becomes of orders after one is STG-016's.
    """
    guarding.require(_subject.root, _subject.settings.node)
    settings = _subject.settings.backtest
    backtest = raised.Backtest(_subject.root, settings.entry, settings.seed, "", {}, seconds=settings.timeout)
    refused = swallowed.refuse(backtest, _trading_node.host, f"refused {secrets.token_hex(8)}")
    findings = swallowed.judge(refused)
    node = _trading_node()
    examined.places(node)
    quiet = mishaps.usual(node)
    _evidence.fact(**examined.facts(node, _subject.settings.node.config))
    rejected = mishaps.each(node, lambda member, place: mishaps.reject(node, _venue, member, place, quiet[member.id]))
    lost = mishaps.each(node, lambda member, place: mishaps.lost_reply(node, _venue, member, place, quiet[member.id]))
    nonce = f"raised {secrets.token_hex(8)}"
    raising = mishaps.raise_in_one(node, nonce)
    findings += [finding for one in (*rejected, *lost, raising) for finding in one.findings]
    findings += mishaps.log_findings(node, [one.order for one in rejected])
    _evidence.fact(lost_replies={one.strategy: one.status for one in lost})
    _evidence.examined(
        sum(len(one.attempts) for one in refused), "orders refused in submit_order", source=Grade.EMBEDDED
    )
    _evidence.examined(len(rejected), "orders rejected by the exchange", source=_venue)
    _evidence.examined(len(lost), "orders whose reply was lost", source=_venue)
    _evidence.examined(1, "exceptions in a handler", source=_venue)
    _evidence.report(findings)


@planted_fault(
    check="SEC-020",
    covers="3.3.4",
    title="a broad except around submit_order",
    expects="error-handling: reject swallowed",
)
def broad_except(_subject: Subject) -> None:
    for path, text in swallowed.swallowing_tree(_subject.root, _subject.settings.strategies).items():
        _subject.write(path, text)
