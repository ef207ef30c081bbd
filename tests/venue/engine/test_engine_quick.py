"""Frozen dataclasses that are made quickly are the same as those made slowly."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from decimal import Decimal

import pytest

from pytest_tradeops.venue.engine.model import Balance
from pytest_tradeops.venue.engine.quick import maker


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    tags: list[str] = field(default_factory=list)


def test_nothing_tells_the_two_apart() -> None:
    quick, slow = maker(Point)(x=1, tags=["a"]), Point(x=1, tags=["a"])
    assert type(quick) is Point
    assert (quick, repr(quick)) == (slow, repr(slow))
    assert pickle.loads(pickle.dumps(quick)) == copy.deepcopy(quick) == slow  # noqa: S301 - our own
    assert replace(quick, x=2) == Point(x=2, tags=["a"])
    assert hash(maker(Balance)(free=Decimal(1), locked=Decimal(2))) == hash(Balance(Decimal(1), Decimal(2)))
    with pytest.raises(FrozenInstanceError):
        quick.x = 3  # type: ignore[misc]


@pytest.mark.parametrize("fields", [{"x": 1}, {"x": 1, "tags": [], "y": 2}])
def test_every_field_is_given_and_no_other(fields: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        maker(Point)(**fields)


def test_what_does_more_than_hold_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        x: int

        def __post_init__(self) -> None:
            assert self.x

    @dataclass(frozen=True, slots=True)
    class Wider(Point):
        y: int = 0

    for cls in (Checked, Wider):
        with pytest.raises(TypeError, match="not made of its fields alone"):
            maker(cls)
