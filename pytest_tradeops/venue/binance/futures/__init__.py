"""Binance USDT-M futures as a face of the venue."""

from .face import BinanceFutures

__all__ = ["BinanceFutures"]
