"""What every face is built from: the clock, keys, limits, the exchange over an engine, HTTP, sessions and faults."""
