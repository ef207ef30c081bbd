"""What is made of an error, without a node: swallowed refusals, logs, and the fault that swallows."""

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_tradeops.exceptions import DeclarationError, Inconclusive
from pytest_tradeops.node.guard import GuardEvidence
from pytest_tradeops.node.mishaps import ORPHAN, TWICE, log_findings, orphans
from pytest_tradeops.node.process import NodeProcess
from pytest_tradeops.node.swallowed import RESUBMITTED, SWALLOWED, Refused, judge, swallowing_tree


def attempt(ts: int = 1, quantity: str = "1") -> dict[str, Any]:
    return {"ts": ts, "instrument": "BTCUSDT.BINANCE", "side": "BUY", "quantity": quantity}


@pytest.mark.parametrize(
    ("refused", "reasons"),
    [
        (Refused("S-1", (attempt(),), True, ()), []),
        (Refused("S-1", (attempt(),), False, ("refused",)), []),
        (Refused("S-1", (attempt(),), False, ()), [SWALLOWED]),
        (Refused("S-1", (attempt(1), attempt(2)), False, ("refused",)), []),  # the next decision is another order
        (Refused("S-1", (attempt(1), attempt(1, "2")), False, ("refused",)), []),
        (Refused("S-1", (attempt(1), attempt(1)), False, ("refused",)), [RESUBMITTED]),
        (Refused("S-1", (attempt(1), attempt(1)), False, ()), [SWALLOWED, RESUBMITTED]),
    ],
)
def test_a_refusal_is_heard_of_and_not_repeated(refused: Refused, reasons: list[str]) -> None:
    assert [one.reason for one in judge([refused])] == reasons


def test_who_submits_nothing_shows_nothing() -> None:
    with pytest.raises(Inconclusive, match="S-2 submits no order"):
        judge([Refused("S-1", (attempt(),), True, ()), Refused("S-2", (), False, ())])
    with pytest.raises(Inconclusive, match="no strategy"):
        judge([])


class Log:
    """A node that has only a log."""

    def __init__(self, *messages: str, hides: str = "") -> None:
        self.guard = GuardEvidence("venue", True, (), (), (), hides_rejections=hides)
        self.spec = SimpleNamespace(config="bot.node:config")
        self._rows = [{"message": one, "level": "WARN"} for one in messages]

    def log_lines(self, *_levels: str) -> list[dict[str, Any]]:
        return self._rows


@pytest.mark.parametrize(("times", "reasons"), [(0, [SWALLOWED]), (1, []), (2, [TWICE])])
def test_the_log_has_a_rejection_once(times: int, reasons: list[str]) -> None:
    line = "<--[EVT] OrderRejected(client_order_id=O-1, reason='no')"
    log = Log(*[line] * times, "Failed on submit_order ClientOrderId('O-1')", "<--[EVT] OrderRejected(O-2)")
    assert [one.reason for one in log_findings(cast("NodeProcess", log), ["O-1"])] == reasons


def test_a_bot_whose_own_log_hides_rejections_tells_none() -> None:
    log = Log("<--[EVT] OrderRejected(client_order_id=O-1, reason='no')", hides="bypass_logging")
    [finding] = log_findings(cast("NodeProcess", log), ["O-1"])
    assert (finding.reason, finding.where) == (SWALLOWED, "bot.node:config")
    assert "bypass_logging" in finding.message


@pytest.mark.parametrize(
    ("status", "found"), [("ACCEPTED", 0), ("PARTIALLY_FILLED", 0), ("SUBMITTED", 1), ("REJECTED", 1), ("", 1)]
)
def test_an_order_that_rests_at_the_venue_is_one_of_the_nodes(status: str, found: int) -> None:
    """REJECTED is what NautilusTrader makes of an order that it could not ask about; an empty status: unknown."""
    order = SimpleNamespace(
        client_id="O-1", type=SimpleNamespace(value="LIMIT"), side=SimpleNamespace(value="BUY"), market="BTCUSDT.spot"
    )
    venue = SimpleNamespace(orders=lambda _face, only_open: [order] if only_open else [])
    state = SimpleNamespace(orders=[SimpleNamespace(client_order_id="O-1", status=status)] if status else [])
    place = SimpleNamespace(face="binance-spot", instrument="BTCUSDT.BINANCE")
    assert [one.reason for one in orphans(cast("Any", state), cast("Any", venue), cast("Any", place))] == [
        ORPHAN
    ] * found


def test_the_fault_wraps_every_submission_and_nothing_else(tmp_path: Path) -> None:
    text = "class S:\n    def go(self, order):\n        if order:\n            return self.submit_order(order)\n        self.log(1)\n"
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "one.py").write_text(text, encoding="utf-8")
    (tmp_path / "bot" / "none.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "bot" / "broken.py").write_text("submit_order(\n", encoding="utf-8")
    changed = swallowing_tree(tmp_path, "bot")
    assert list(changed) == ["bot/one.py"]
    tries = [one for one in ast.walk(ast.parse(changed["bot/one.py"])) if isinstance(one, ast.Try)]
    assert [ast.unparse(one.body[0]) for one in tries] == ["return self.submit_order(order)"]


def test_a_fault_that_would_plant_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="calls submit_order"):
        swallowing_tree(tmp_path, ".")
