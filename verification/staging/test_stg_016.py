"""STG-016: a strategy exception leaves no order behind unnoticed."""

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node import examined, guarding, on_exception, planting
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="STG-016",
    suite="staging",
    title="an exception in a strategy leaves no order behind at the exchange unnoticed",
    severity="critical",
    covers=(),
    min_grade="embedded",
    budget="120s",
    requires=("nautilus_trader", "aiohttp"),
)
def test_stg_016(_trading_node: Nodes, _venue: Venue, _subject: Subject, _evidence: Evidence) -> None:
    """Raises in a handler of the subject's node while orders rest in the names of its strategies.

    Once in a handler of market data and once in one of order events, which two engines of NautilusTrader call. By
    default each ends the process at once: no on_stop is called, exit code 1, orders stay where they are. The subject's
    configuration, as it is written, must set graceful_shutdown_on_exception in all three engines; then the node shuts
    down by itself with exit code 0, and calls every on_stop. No order of a strategy's may be open at the exchange
    afterwards, unless the strategy has named it with its client order id in a warning or an error.

    It does not prove that anybody reads the warning, nor that positions are closed, nor anything about a process that
    is killed.
    """
    guarding.require(_subject.root, _subject.settings.node)
    results = []
    for handler in on_exception.HANDLERS:
        node = _trading_node(graceful=None)
        examined.places(node)
        _evidence.fact(**examined.facts(node, _subject.settings.node.config), engines=dict(node.guard.engines))
        results.append(on_exception.run(node, _venue, handler))
    _evidence.fact(
        ends={name: one.end.kind for name, one in zip(on_exception.HANDLERS, results, strict=True)},
        named_by_a_strategy=sum(one.named for one in results),
    )
    _evidence.examined(sum(one.orders for one in results), "orders of strategies after an exception", source=_venue)
    findings = [*on_exception.engines(node.guard), *(found for one in results for found in one.findings)]
    _evidence.report(findings)


@planted_fault(
    check="STG-016",
    title="engines that end the process at once",
    expects="exception: order left at the venue",
)
def ends_at_once(_subject: Subject) -> None:
    _subject.write(*planting.ending_at_once(_subject.root, _subject.settings.node.config))
