"""The matching engine: pure and seeded, its time comes from outside; no I/O."""

from .engine import Engine
from .views import Book, Kline, Ticker

__all__ = ["Book", "Engine", "Kline", "Ticker"]
