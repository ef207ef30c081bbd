"""What holds after any sequence of operations; the long test does more than 20,000 of them."""

import pickle
import random
from collections import Counter

import pytest
from engine_flow import Flow, Operation
from engine_mirror import check_tape, plain
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_tradeops.venue.engine.events import Execution, OrderUpdate, WalletUpdate
from pytest_tradeops.venue.engine.model import OrderType, Reason

#: what, who, which market, buys, price in ticks around the last one, quantity in steps, and what the rest decides
OPERATION = st.tuples(
    st.integers(0, 25),
    st.integers(0, 2),
    st.integers(0, 2),
    st.booleans(),
    st.integers(-9, 9),
    st.integers(1, 900),
    st.integers(0, 251),
)
_SETTINGS = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def run(operations: list[Operation], *, background: bool = False, every: int = 1) -> Flow:
    flow = Flow(background=background)
    for number, operation in enumerate(operations):
        flow.do(operation)
        if number % every == 0:
            flow.check()
    flow.check()
    if not background:
        check_tape(flow.engine, flow.mirror)
    return flow


@settings(max_examples=20, **_SETTINGS)
@given(st.lists(OPERATION, min_size=20, max_size=60), st.booleans())
def test_everything_holds_after_every_operation(operations: list[Operation], background: bool) -> None:
    run(operations, background=background)


@pytest.mark.slow
@settings(max_examples=105, phases=[Phase.generate], **_SETTINGS)
@given(st.lists(OPERATION, min_size=200, max_size=230), st.booleans())
def test_everything_holds_over_twenty_thousand_operations(operations: list[Operation], background: bool) -> None:
    run(operations, background=background, every=4)


def drawn(count: int, seed: int) -> list[Operation]:
    rng = random.Random(seed)
    return [
        (
            rng.randrange(26), rng.randrange(3), rng.randrange(3), rng.random() < 0.5, rng.randint(-9, 9),
            rng.randint(1, 900), rng.randrange(252),
        )
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("background", [False, True])
def test_long_flows_hold_and_reach_every_corner(background: bool) -> None:
    """Properties of what never happens are worth nothing."""
    seen: Counter[object] = Counter()
    for seed in range(6):
        flow = run(drawn(700, seed), background=background, every=5)
        for entry in flow.log:
            if isinstance(entry, OrderUpdate):
                seen[entry.execution] += 1
                seen[entry.order.reason] += 1
                seen[entry.order.type, entry.execution] += 1
            elif isinstance(entry, WalletUpdate):
                seen[entry.cause] += 1
            elif isinstance(entry, Reason):
                seen["refused", entry] += 1
    missing = [execution for execution in Execution if not seen[execution]]
    missing += [(kind, Execution.TRIGGERED) for kind in OrderType if kind.conditional and not seen[kind, "TRIGGERED"]]
    ends = {
        Reason.POST_ONLY, Reason.SELF_TRADE, Reason.POSITION_CLOSED, Reason.LIQUIDATION, Reason.FILL_OR_KILL,
        Reason.IMMEDIATE_OR_CANCEL, Reason.REDUCE_ONLY, *([] if background else [Reason.NO_LIQUIDITY]),
    }  # fmt: skip
    refusals = {
        Reason.BALANCE, Reason.MARGIN, Reason.REDUCE_ONLY, Reason.TRIGGER_NOW, Reason.TOO_MANY_ORDERS,
        Reason.DUPLICATE_CLIENT_ID, Reason.UNKNOWN_ORDER, Reason.NOT_AMENDABLE, Reason.LEVERAGE, Reason.QUANTITY_MIN,
    }  # fmt: skip
    missing += [reason for reason in ends if not seen[reason]]
    missing += [("refused", reason) for reason in refusals if not seen["refused", reason]]
    assert missing == []
    assert seen["liquidation"]


@settings(max_examples=10, **_SETTINGS)
@given(st.lists(OPERATION, min_size=10, max_size=60))
def test_the_same_commands_give_the_same_events(operations: list[Operation]) -> None:
    assert plain(run(operations, background=True, every=1000).log) == plain(
        run(operations, background=True, every=1000).log
    )


def test_an_engine_goes_on_from_a_pickle_as_if_nothing_had_been() -> None:
    """How a server keeps its state; nothing in it hangs on the process."""
    flow = run(drawn(300, 3), background=True, every=1000)
    twin: Flow = pickle.loads(pickle.dumps(flow))  # noqa: S301 - our own
    for each in (flow, twin):
        each.log.clear()
        for operation in drawn(100, 4):
            each.do(operation)
    assert plain(flow.log) == plain(twin.log)
    assert flow.log
