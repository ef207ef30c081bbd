"""The packaged suites: one small file per check, its planted faults beside it. Shipped as `pytest_tradeops._suites`."""
