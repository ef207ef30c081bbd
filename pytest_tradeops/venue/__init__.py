"""The simulated exchange: one engine, several faces, faults on request, a journal of what truly happened."""
