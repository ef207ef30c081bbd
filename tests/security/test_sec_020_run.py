"""SEC-020 as it is run: on the reference bot, and on bots that swallow, retry blindly, or never trade."""

from pathlib import Path

import pytest
import reference_bot
import staging_support
from lean import LEAN

pytestmark = pytest.mark.slow

CHECK = "SEC-020"
SUBMIT = "        self.submit_order(order)\n"


@pytest.fixture
def root(pytester: pytest.Pytester) -> Path:
    """The reference bot with its records."""
    return reference_bot.copy(pytester.path, CHECK)


def around(text: str) -> tuple[str, str]:
    """The submission replaced by these lines, indented as they stand in a method."""
    return SUBMIT, "".join(f"        {line}\n" for line in text.splitlines())


@pytest.mark.usefixtures("root")
def test_the_reference_bot_tells_every_error_once_and_the_fault_is_caught(pytester: pytest.Pytester) -> None:
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["caught"] for one in check["faults"]] == [True]
    # With all of its orders refused one ends the run; then what each of its places submits by itself.
    assert [one["count"] for one in check["evidence"]["examined"]] == [4, 1, 1, 1]
    assert check["evidence"]["facts"]["lost_replies"] == {"EmaCross-000": "ACCEPTED"}


QUIETLY = "try:\n    self.submit_order(order)\nexcept Exception:\n    self.log.info('no order')"
FOR_NOTHING = "try:\n    self.submit_order(order)\nexcept Exception:\n    self.log.error('something went wrong')"
STUBBORN = (
    "for _ in range(3):\n    try:\n        self.submit_order(order)\n    except Exception as error:\n"
    "        self.log.error(str(error))"
)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (QUIETLY, "error-handling: reject swallowed: EmaCross-000 was refused * orders *"),
        (FOR_NOTHING, "error-handling: reject swallowed: EmaCross-000 was refused * orders *"),
        (STUBBORN, "error-handling: blind resubmission: EmaCross-000 submitted the same order 3 times in one instant*"),
    ],
)
def test_what_stands_around_a_submission_is_found(
    pytester: pytest.Pytester, root: Path, written: str, told: str
) -> None:
    reference_bot.edit(root, "strategies/ema_cross.py", around(written))
    reference_bot.fails(pytester, CHECK, told)


STOP = """    def on_order_filled(self, event) -> None:
        try:
            self.close_position(self.cache.position(event.position_id))
        except Exception:
            pass

    def on_stop(self) -> None:
"""


def test_a_place_that_only_a_filled_order_leads_to_is_tried_by_itself(pytester: pytest.Pytester, root: Path) -> None:
    """The refusal of the entry goes on, and ends the run before anything is filled."""
    reference_bot.edit(root, "strategies/ema_cross.py", ("    def on_stop(self) -> None:\n", STOP))
    told = "error-handling: reject swallowed: EmaCross-000 at strategies/ema_cross.py:* was refused * orders *"
    reference_bot.fails(pytester, CHECK, told)


@pytest.mark.parametrize("logging", ["bypass_logging=True", 'log_level="ERROR"'])
def test_a_bot_that_logs_no_rejections_is_found(pytester: pytest.Pytester, root: Path, logging: str) -> None:
    written = f"    from nautilus_trader.config import LoggingConfig\n    return TradingNodeConfig(\n        logging=LoggingConfig({logging}),\n"
    reference_bot.edit(root, "strategies/node.py", ("    return TradingNodeConfig(\n", written))
    reference_bot.fails(pytester, CHECK, "error-handling: reject swallowed: The configuration's logging has *")


def test_a_refusal_that_is_logged_with_its_words_may_end_there(pytester: pytest.Pytester, root: Path) -> None:
    logged = (
        "try:\n    self.submit_order(order)\nexcept Exception as error:\n    self.log.exception('not submitted', error)"
    )
    reference_bot.edit(root, "strategies/ema_cross.py", around(logged))
    pytester.runpytest_subprocess(*LEAN, reference_bot.path_of(CHECK)).assert_outcomes(passed=1)


AGAIN = """    def on_order_rejected(self, event):
        order = self.cache.order(event.client_order_id)
        self.submit_order(
            self.order_factory.market(order.instrument_id, order.side, order.quantity)
        )

    def on_stop(self) -> None:
"""


def test_a_rejection_that_is_answered_with_the_same_order_is_found(pytester: pytest.Pytester, root: Path) -> None:
    reference_bot.edit(root, "strategies/ema_cross.py", ("    def on_stop(self) -> None:\n", AGAIN))
    told = "error-handling: blind resubmission: The same order of EmaCross-000 followed at once when binance-spot *"
    reference_bot.fails(pytester, CHECK, told)


def test_a_strategy_that_never_trades_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    reference_bot.edit(root, "strategies/ema_cross.py", around("pass"))
    _, check = reference_bot.judged(pytester, CHECK)
    assert check["outcome"] == "inconclusive"
    assert "EmaCross-000 submits no order in its backtest" in check["reason"]


def test_a_bot_without_a_node_is_told_so(pytester: pytest.Pytester, root: Path) -> None:
    (root / "strategies" / "node.py").unlink()
    reference_bot.fails(pytester, CHECK, "node: entry missing: * Run `tradeops init strategies`*")


def test_a_bot_on_two_exchanges_has_its_mishaps_on_both(pytester: pytest.Pytester) -> None:
    """Another team's, on Binance futures and Bybit, which gives its orders over a WebSocket."""
    project = (
        f'{staging_support.PROJECT}\n[tool.tradeops.backtest]\nentry = "desk.backtest:build"\n'
        '[tool.tradeops.profiles.own]\nrequired = ["SEC-020"]\n'
    )
    files = staging_support.FILES | {"pyproject.toml": project, "desk/backtest.py": staging_support.BACKTEST}
    for name, text in files.items():
        (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / name).write_text(text, encoding="utf-8")
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["count"] for one in check["evidence"]["examined"]] == [1, 2, 2, 1]
    assert check["evidence"]["facts"]["lost_replies"] == {"Maker-001": "ACCEPTED", "Maker-002": "ACCEPTED"}
