"""SEC-019 as it is run: on the reference bot, on bots whose limit does not hold, and where nothing can be shown."""

from pathlib import Path

import pytest
import reference_bot
import staging_support

pytestmark = pytest.mark.slow

CHECK = "SEC-019"
RECORD = "docs/adr/ADR-003-risk-management.md"


@pytest.fixture
def root(pytester: pytest.Pytester) -> Path:
    """The reference bot with its records."""
    return reference_bot.copy(pytester.path, CHECK)


@pytest.mark.usefixtures("root")
def test_the_reference_bot_keeps_its_limit_and_the_fault_is_caught(pytester: pytest.Pytester) -> None:
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["caught"] for one in check["faults"]] == [True]
    counts = [one["count"] for one in check["evidence"]["examined"]]
    assert counts[0] >= 3  # filled
    # Two of the burst, one beyond the brim, six orders of other forms, one behind a resting order.
    assert counts[1] >= 10
    assert check["evidence"]["facts"]["limits"] == {"BTCUSDT.BINANCE": "1"}


#: A limiter that counts positions only: orders on their way, and those that rest, go past it.
POSITIONS_ONLY = (
    "most = beyond(held, limit, self._working(instrument), wanted)",
    "most = beyond(held, limit, [], wanted)",
)
#: One that forgets what it has passed: a burst goes past it.
FORGETS = ("self._passed[order.client_order_id] = order", "pass")

ONE = "            orders = [command.order]\n"


def unless(condition: str) -> tuple[str, str]:
    """A limiter that lets such an order through unseen."""
    return ONE, f"{ONE}            if {condition}:\n                return False\n"


MARKET_ONLY = unless("command.order.has_price")
NOT_STOPS = unless("command.order.has_trigger_price")
NOT_THE_TEAM = unless("command.strategy_id.value.startswith('EmaCross')")
NO_LISTS = ("            orders = list(command.order_list.orders)\n", "            return False\n")
#: On Spot there is no such order, and the exchange takes it for any other.
REDUCES_ON_SPOT = ("order.is_reduce_only and not (is_buy and spot)", "order.is_reduce_only")


@pytest.mark.parametrize(
    "broken", [POSITIONS_ONLY, FORGETS, MARKET_ONLY, NOT_STOPS, NOT_THE_TEAM, NO_LISTS, REDUCES_ON_SPOT]
)
def test_a_limiter_that_overlooks_something_is_found(
    pytester: pytest.Pytester, root: Path, broken: tuple[str, str]
) -> None:
    reference_bot.edit(root, "strategies/limiter.py", broken)
    reference_bot.fails(pytester, CHECK, "position-limit: exceeded at venue: BTCUSDT.BINANCE could reach *")


def test_a_node_in_which_only_the_strategies_keep_the_limit_is_found(pytester: pytest.Pytester, root: Path) -> None:
    reference_bot.edit(root, "strategies/node.py", ("        controller=position_limiter(),\n", ""))
    reference_bot.fails(pytester, CHECK, "position-limit: exceeded at venue: *")


def test_a_limit_that_nothing_comes_near_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    """All but the smallest orders are denied for their notional, so the position never gets anywhere."""
    reference_bot.edit(root, "strategies/risk.py", ('{"BTCUSDT.BINANCE": 50_000}', '{"BTCUSDT.BINANCE": 100}'))
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (20, "inconclusive"), check
    assert "fills and 0 denials of BTCUSDT.BINANCE" in check["reason"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('[limits.max_position]                      # base currency, absolute net position\n"BTCUSDT.BINANCE" = 1\n', "",
         "position-limit: none: *Write ?limits.max_position? *"),
        ('position\n"BTCUSDT.BINANCE" = 1\n', 'position\n"BTCUSDT.BINANCE" = 0\n', "adr-003: limit unreadable: *"),
    ],
)  # fmt: skip
def test_a_record_without_a_limit_is_told_so(
    pytester: pytest.Pytester, root: Path, old: str, new: str, told: str
) -> None:
    reference_bot.edit(root, RECORD, (old, new))
    reference_bot.fails(pytester, CHECK, told)


def test_an_instrument_that_the_venue_lacks_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    limits = 'position\n"BTCUSDT.BINANCE" = 1\n'
    reference_bot.edit(root, RECORD, (limits, f'{limits}"DOGEUSDT.BINANCE" = 1\n'))
    _, check = reference_bot.judged(pytester, CHECK)
    assert check["outcome"] == "inconclusive"
    assert "DOGEUSDT.BINANCE" in check["reason"]


COPIED = ("limiter", "exposure")
CONTRACTS = {"ETHUSDT-PERP.BINANCE": "2", "BTCUSDT-LINEAR.BYBIT": "0.5"}
CONTROLLER = """        controller=ImportableControllerConfig(
            controller_path="desk.limiter:PositionLimiter",
            config_path="desk.limiter:PositionLimiterConfig",
            config={"max_position": LIMITS},
        ),
        strategies=["""


#: A limiter that never looks at changes, which contracts have.
NO_CHANGES = ("            return self._refused_change(command)\n", "            return False\n")


@pytest.mark.parametrize("limited", ["whole", "no changes", ""])
def test_contracts_on_two_exchanges_are_tried_long_and_short(pytester: pytest.Pytester, limited: str) -> None:
    """Another team's bot, on futures, with the limiter as it is, with half of one, and without one."""
    node = staging_support.NODE
    if limited:
        imported = "from nautilus_trader.trading.config import ImportableControllerConfig\n"
        node = f"{imported}LIMITS = {CONTRACTS}\n{node.replace('        strategies=[', CONTROLLER)}"
    rows = "\n".join(f'"{name}" = {limit}' for name, limit in CONTRACTS.items())
    record = f"# ADR-003: limits\n\n```toml claims\n[limits.max_position]\n{rows}\n```\n"
    files = staging_support.FILES | {
        "desk/node.py": node,
        "docs/adr/ADR-003-limits.md": record,
        **{f"desk/{name}.py": (reference_bot.ROOT / "strategies" / f"{name}.py").read_text() for name in COPIED},
    }
    files["pyproject.toml"] += '\n[tool.tradeops.profiles.own]\nrequired = ["SEC-019"]\n'
    for name, text in files.items():
        (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
        (pytester.path / name).write_text(text, encoding="utf-8")
    if limited == "no changes":
        reference_bot.edit(pytester.path, "desk/limiter.py", NO_CHANGES)
    if limited != "whole":
        reference_bot.fails(pytester, CHECK, "position-limit: exceeded at venue: ETHUSDT-PERP.BINANCE could reach *")
        return
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert check["evidence"]["facts"]["exchanges"] == ["binance-futures", "bybit"]
    assert check["evidence"]["examined"][1]["count"] >= 12  # denials: three ways, two sides, two exchanges
