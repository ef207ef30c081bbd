"""Limits in a risk record's claims: numbers above zero, or a sentence about what is wrong."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.review.adr_limits import claimed_limits, numbers


def record(tmp_path: Path, claims: str) -> Path:
    text = f"# ADR-003: limits\n\n```toml claims\n{claims}\n```\n"
    (tmp_path / "ADR-003-limits.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_they_are_read_as_decimals(tmp_path: Path) -> None:
    folder = record(tmp_path, '[limits.max_position]\n"BTCUSDT.BINANCE" = 1\n"ETHUSDT.BINANCE" = "0.50"')
    limits = claimed_limits(folder, "ADR-003", "docs/adr")
    assert numbers(limits, "max_position", "ADR-003") == {
        "BTCUSDT.BINANCE": Decimal(1),
        "ETHUSDT.BINANCE": Decimal("0.50"),
    }
    assert numbers(limits, "max_notional_per_order", "ADR-003") == {}


@pytest.mark.parametrize("claims", ["", "limits = 3", "[limits]"])
def test_a_record_without_limits_says_so(tmp_path: Path, claims: str) -> None:
    with pytest.raises(CheckFailed, match="adr-003: limits missing"):
        claimed_limits(record(tmp_path, claims), "ADR-003", "docs/adr")


def test_a_missing_record_says_so(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="adr-003: record missing"):
        claimed_limits(tmp_path, "ADR-003", "docs/adr")


@pytest.mark.parametrize("value", ["much", "NaN", float("inf"), 0, -1, True, None, {}, []])
def test_no_number_above_zero_is_refused(value: Any) -> None:
    with pytest.raises(CheckFailed, match="adr-003: limit unreadable"):
        numbers({"max_position": {"BTCUSDT.BINANCE": value}}, "max_position", "ADR-003")


def test_a_limit_for_no_instrument_is_refused() -> None:
    with pytest.raises(CheckFailed, match="is no table"):
        numbers({"max_position": 3}, "max_position", "ADR-003")
