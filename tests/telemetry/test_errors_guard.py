"""What a handler raises is written down and sent before it goes on its way, and it goes on its way."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sentry_sdk

from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.telemetry import errors, sentry

ROOT = Path(__file__).parents[2]


class Strategy:
    """As far as the wrapper looks at one."""

    class id:  # noqa: N801 - read as an attribute
        value = "Own-001"

    class trader_id:  # noqa: N801
        value = "BOT-001"

    limit = 3

    def on_bar(self, bar: object) -> object:
        if isinstance(bar, Exception):
            raise bar
        return bar

    def on_order_event(self, event: object) -> object:
        return self.on_bar(event)

    def rebalance(self) -> None:
        raise ValueError("rebalance")


class Observer:
    def __init__(self, *fails: str) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.drained: list[float] = []
        self._fails = fails

    def failed(self, component: str, handler: str, error: BaseException) -> None:
        self.seen.append((component, handler, str(error)))
        if "failed" in self._fails:
            raise RuntimeError("an observer that fails")

    def drain(self, seconds: float) -> bool:
        self.drained.append(seconds)
        if "drain" in self._fails:
            raise RuntimeError("an observer that fails")
        return True


@pytest.fixture
def observer() -> Iterator[Observer]:
    found = Observer()
    errors.observe(found)
    yield found
    errors.forget(found)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryCapture]:
    with SentryCapture() as capture:
        monkeypatch.setenv("SENTRY_DSN", capture.dsn)
        assert sentry.start()
        yield capture
        sentry_sdk.get_client().close(timeout=5)
        sentry_sdk.get_global_scope().set_client(None)


def test_an_exception_is_sent_with_its_tags_and_without_secrets_when_it_comes_out(
    started: SentryCapture, observer: Observer
) -> None:
    secret = "gh" + "p_" + "a1B2" * 9
    strategy = errors.guard(Strategy())
    with pytest.raises(RuntimeError, match="refused"):
        strategy.on_bar(RuntimeError(f"order refused, token={secret}"))
    (event,) = started.events  # no waiting: it was flushed on the way
    assert {name: event.tags[name] for name in ("strategy_id", "handler", "bot")} == {
        "strategy_id": "Own-001",
        "handler": "on_bar",
        "bot": "BOT-001",
    }
    assert event.mentions("order refused")
    assert secret.encode() not in b"".join(started.raw)
    assert [one[:2] for one in observer.seen] == [("Own-001", "on_bar")]
    assert len(observer.drained) == 1


def test_secrets_stay_at_home_also_where_the_team_started_the_sdk_itself() -> None:
    secret = "gh" + "p_" + "Zz98" * 9
    with SentryCapture() as capture:
        sentry_sdk.init(dsn=capture.dsn)
        try:
            with pytest.raises(RuntimeError):
                errors.guard(Strategy()).on_bar(RuntimeError(secret))
            assert capture.events
            assert secret.encode() not in b"".join(capture.raw)
        finally:
            sentry_sdk.get_client().close(timeout=5)
            sentry_sdk.get_global_scope().set_client(None)


def test_an_exception_that_passes_two_handlers_is_taken_once(started: SentryCapture, observer: Observer) -> None:
    strategy = errors.guard(errors.guard(Strategy()))
    with pytest.raises(ValueError, match="once"):
        strategy.on_order_event(ValueError("once"))
    assert [one[1] for one in observer.seen] == ["on_bar"]
    assert len(started.events) == 1


def test_what_handlers_return_is_returned_and_nothing_is_sent(started: SentryCapture, observer: Observer) -> None:
    strategy = errors.guard(Strategy())
    assert [strategy.on_bar(7), strategy.on_order_event(event="x"), strategy.limit] == [7, "x", 3]
    assert strategy.on_bar.__name__ == "on_bar"
    assert (observer.seen, started.events) == ([], ())


def test_a_callback_of_another_name_can_be_guarded_by_itself(observer: Observer) -> None:
    strategy = Strategy()
    with pytest.raises(ValueError, match="rebalance"):
        errors.guarded(strategy.rebalance, component=strategy)()
    assert observer.seen == [("Own-001", "rebalance", "rebalance")]


def test_whoever_is_told_may_fail_and_the_exception_is_still_the_bots_own(started: SentryCapture) -> None:
    broken = Observer("failed", "drain")
    errors.observe(broken)
    try:
        with pytest.raises(ValueError, match="its own"):
            errors.guard(Strategy()).on_bar(ValueError("its own"))
    finally:
        errors.forget(broken)
    assert len(broken.seen) == len(broken.drained) == 1
    assert len(started.events) == 1


def test_without_the_sdk_rows_are_written_all_the_same(monkeypatch: pytest.MonkeyPatch, observer: Observer) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(ValueError, match="no sdk"):
        errors.guard(Strategy()).on_bar(ValueError("no sdk"))
    assert len(observer.seen) == len(observer.drained) == 1


def test_a_server_that_does_not_answer_holds_the_bot_up_for_no_longer_than_allowed(started: SentryCapture) -> None:
    started.server.stop()
    with pytest.raises(ValueError, match="alone"):
        errors.guard(Strategy(), seconds=0.2).on_bar(ValueError("alone"))


def test_an_interrupt_is_nobodys_error(observer: Observer) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        errors.guarded(interrupted)()
    assert observer.seen == []


def test_the_reference_bot_carries_this_very_file() -> None:
    assert (ROOT / "strategies" / "errors.py").read_bytes() == Path(sentry.__file__).read_bytes()
