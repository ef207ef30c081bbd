"""Binance's protocols over the engine: Spot and USDT-M futures, by the exchange's public API documentation."""
