"""The queue between the trading loop and the rest: in order, bounded, and never in the way."""

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.telemetry.intake import Intake


def test_what_is_heard_is_converted_in_order_in_another_thread() -> None:
    taken: list[tuple[int, str]] = []
    intake = Intake(lambda thing: taken.append((thing, threading.current_thread().name)))
    for number in range(100):
        intake.hear(number)
    intake.start()
    assert intake.drain(10)
    assert taken == [(number, "tradeops-collector") for number in range(100)]
    assert intake.close(10)
    assert (intake.dropped, intake.failures, len(intake)) == (0, 0, 0)


def test_a_full_queue_drops_and_counts() -> None:
    taken: list[int] = []
    intake = Intake(taken.append, limit=10)
    for number in range(25):
        intake.hear(number)
    assert intake.dropped == 15
    intake.start()
    assert intake.close(10)
    assert taken == list(range(10))


def test_a_backtest_waits_for_room_instead() -> None:
    taken: list[int] = []
    intake = Intake(taken.append, limit=10, wait=True)
    intake.start()
    for number in range(2_000):
        intake.hear(number)
    assert intake.close(10)
    assert (taken, intake.dropped) == (list(range(2_000)), 0)


def test_a_full_queue_without_a_thread_holds_up_nobody() -> None:
    intake = Intake(lambda _: None, limit=1, wait=True)
    for number in range(3):
        intake.hear(number)
    assert intake.dropped == 2
    assert not intake.drain(0.01)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.booleans(), max_size=50))
def test_what_cannot_be_converted_is_counted_and_the_rest_is_not_held_up(sound: list[bool]) -> None:
    taken: list[int] = []
    told: list[str] = []

    def convert(thing: tuple[int, bool]) -> None:
        if not thing[1]:
            raise ValueError(str(thing[0]))
        taken.append(thing[0])

    def failed(error: Exception) -> None:
        told.append(str(error))
        raise RuntimeError("whoever is told may fail as well")

    intake = Intake(convert, failed=failed)
    intake.start()
    for number, good in enumerate(sound):
        intake.hear((number, good))
    assert intake.close(10)
    assert taken == [number for number, good in enumerate(sound) if good]
    assert told == [str(number) for number, good in enumerate(sound) if not good]
    assert intake.failures == len(told)


def test_nothing_is_left_when_it_is_closed_while_others_speak() -> None:
    taken: list[int] = []
    intake = Intake(taken.append)
    intake.start()
    begun = threading.Barrier(4)

    def speak(base: int) -> None:
        begun.wait(5)
        for number in range(500):
            intake.hear(base + number)

    speakers = [threading.Thread(target=speak, args=(base,)) for base in (0, 1_000, 2_000)]
    for one in speakers:
        one.start()
    begun.wait(5)
    for one in speakers:
        one.join()
    assert intake.close(10)
    assert sorted(taken) == [base + number for base in (0, 1_000, 2_000) for number in range(500)]
