"""Real NautilusTrader engines and nodes, each in a process of its own."""
