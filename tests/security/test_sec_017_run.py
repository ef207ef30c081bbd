"""SEC-017 as it is run: on the reference bot, and on bots with one guard less each."""

from pathlib import Path

import pytest
import reference_bot

pytestmark = pytest.mark.slow

CHECK = "SEC-017"
STRATEGY = "strategies/ema_cross.py"


@pytest.fixture
def root(pytester: pytest.Pytester) -> Path:
    """The reference bot with its records."""
    return reference_bot.copy(pytester.path, CHECK)


@pytest.mark.usefixtures("root")
def test_the_reference_bot_lets_nothing_bad_through_and_the_fault_is_caught(pytester: pytest.Pytester) -> None:
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["caught"] for one in check["faults"]] == [True]
    facts = check["evidence"]["facts"]
    assert facts["not_let_in_by_nautilus"] == ["price Infinity", "price NaN", "quantity -1", "quantity NaN"]
    assert "EmaCross-000: Bar, out of order" in facts["cases"]
    data, parameters = (one["count"] for one in check["evidence"]["examined"])
    assert (data, parameters > 30) == (26, True)  # at two orders


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("        problem = self.quote_problem(quote)\n",
             "        self.looked, problem = True, '' if hasattr(self, 'looked') else self.quote_problem(quote)\n"),
            "input: bad value reached an order: *crossed book, at a later order*was sent on it*",
        ),
        (
            ('self.max_jump = Decimal(str(config.max_jump))',
             'self.max_jump = Decimal(config.max_jump if config.max_jump[:1] not in ("N", "n", "") else "0.2")'),
            "input: bad value reached an order: *max_jump = 'NaN'*",
        ),
        (("            book_problem(bid, ask),\n", ""), "input: bad value reached an order: *crossed book*was sent on it*"),
        (
            ("            time_problem(quote.ts_event, self.clock.timestamp_ns(), self.config.max_age_secs),\n", ""),
            "input: bad value reached an order: *QuoteTick, an hour old*",
        ),
        (
            ("self.last is not None and bar.ts_event <= self.last.ts_event", "False"),
            "input: bad value reached an order: *Bar, out of order*",
        ),
        (("    def __post_init__(self)", "    def unused(self)"), "input: bad value raised in a handler: *trade_size = 'NaN'*"),
        (("    def __post_init__(self)", "    def unused(self)"), "input: refusal does not name the field: *trade_size = '0'*"),
        (
            ('f"{name} must be a finite number > 0, was {value}"', '"this is no number that can be used"'),
            "input: refusal does not name the field: *max_position = 'NaN'*",
        ),
        (('f"No entry: {problem}"', '"No entry"'), "input: refusal does not name the field: *crossed book*"),
    ],
)  # fmt: skip
def test_one_guard_less_is_found(pytester: pytest.Pytester, root: Path, change: tuple[str, str], told: str) -> None:
    if "out of order" in told:
        # The age alone would stop it as well.
        reference_bot.edit(root, STRATEGY, ("problems = [time_problem(bar.ts_event, self.clock.timestamp_ns(), "
                                            "self.config.max_age_secs)]", "problems = []"))  # fmt: skip
    if "max_jump" in told:
        # A number that the configuration holds as text.
        reference_bot.edit(root, STRATEGY, ("max_jump: PositiveFloat = 0.2", 'max_jump: str = "0.2"'))
    reference_bot.edit(root, STRATEGY, change)
    reference_bot.fails(pytester, CHECK, told)


def test_a_strategy_that_only_the_node_runs_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    (root / "strategies" / "second.py").write_text(
        "from .ema_cross import EmaCross, EmaCrossConfig\n\n\nclass Second(EmaCross):\n    pass\n", encoding="utf-8"
    )
    changed = ('strategy_path="strategies.ema_cross:EmaCross"', 'strategy_path="strategies.second:Second"')
    reference_bot.edit(root, "strategies/node.py", changed)
    _, check = reference_bot.judged(pytester, CHECK)
    assert check["outcome"] == "inconclusive"
    assert "strategies.second:Second trades in the node and is not in the backtest" in check["reason"]


def test_a_strategy_that_never_orders_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    reference_bot.edit(root, STRATEGY, ("        self.submit_order(order)\n", ""))
    _, check = reference_bot.judged(pytester, CHECK)
    assert check["outcome"] == "inconclusive"
    assert "EmaCross-000 sends no order on sound" in check["reason"]


def test_a_bot_without_a_backtest_is_told_so(pytester: pytest.Pytester, root: Path) -> None:
    (root / "strategies" / "backtest.py").unlink()
    reference_bot.fails(pytester, CHECK, "backtest: entry missing: *")
