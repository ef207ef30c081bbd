"""Work with a known dose, whose instructions ADR-008 records: what a counter reads where there is five percent more of it.

It stays as it is: the record is about the instrument, and not about the product.
"""

import json
from typing import Any

import pytest

MESSAGE = '{"e": "trade", "s": "BTCUSDT", "p": "100.10", "q": "0.25", "m": true}'


def book(messages: int) -> dict[str, float]:
    """Reads so many messages into a book of prices."""
    found: dict[str, float] = {}
    for number in range(messages):
        one = json.loads(MESSAGE)
        key = f"{one['s']}:{number % 16}"
        found[key] = found.get(key, 0.0) + float(one["p"]) * float(one["q"])
    return found


@pytest.mark.parametrize("messages", [1000, 1050])
def test_book(benchmark: Any, messages: int) -> None:
    assert len(benchmark(book, messages)) == 16
