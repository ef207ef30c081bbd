"""Where keys are searched, without a node: findings, and places that could not be read."""

import pytest

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.node.keys import VARIABLES, Searched, canaries, in_environment, judge
from pytest_tradeops.node.spec import Access


def test_canaries_are_new_each_time_and_of_every_variable() -> None:
    first, second = in_environment(), in_environment()
    assert tuple(first) == VARIABLES
    assert not set(first.values()) & set(second.values())


def test_keys_of_the_clients_are_canaries_as_well() -> None:
    found = canaries({"X_KEY": "a" * 20}, {"bybit": Access({}, "b" * 20, "c" * 20)})
    assert sorted(found) == ["X_KEY", "api_key of bybit", "api_secret of bybit"]


def test_a_key_that_cannot_be_looked_for_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="api_key of bybit is too short"):
        canaries({}, {"bybit": Access({}, "short", "c" * 20)})


def test_each_place_has_its_reason_and_no_finding_shows_the_key() -> None:
    keys = in_environment()
    secret = keys[VARIABLES[0]]
    kinds = ("log", "output", "file", "child", "event", "report")
    findings = judge([Searched(kind, f"the {kind}", f"x{secret}y") for kind in kinds], keys)
    assert [one.reason.removeprefix("api-key: canary in ") for one in findings] == [
        "log",
        "output",
        "file",
        "child environment",
        "error event",
        "report",
    ]
    assert not any(secret[:6] in f"{one.message}{one.where}{one.remedy}" for one in findings)


def test_a_place_that_could_not_be_read_is_inconclusive_unless_a_key_was_found() -> None:
    keys = in_environment()
    unread = Searched("log", "node.jsonl", None, "it is larger than 64 MiB")
    with pytest.raises(Inconclusive, match=r"node\.jsonl could not be searched: it is larger"):
        judge([unread, Searched("output", "output.txt", "")], keys)
    leaked = Searched("output", "output.txt", keys[VARIABLES[1]])
    assert [one.where for one in judge([unread, leaked], keys)] == ["output.txt"]
