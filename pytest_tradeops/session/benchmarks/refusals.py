"""What a run that measures cannot be combined with."""

import pytest

from . import VALUES, switch


def refuse(config: pytest.Config) -> None:
    """Refuses a combination that would measure nothing, or measure it wrongly.

    Raises:
        UsageError: one sentence with what to do about it.
    """
    option = config.option
    if getattr(option, "dist", "no") != "no" or getattr(option, "numprocesses", None):
        raise pytest.UsageError("--bench-gate measures one benchmark at a time and cannot run with workers: add -n0.")
    if getattr(option, "codspeed", False):
        raise pytest.UsageError("--bench-gate and --codspeed both take the `benchmark` fixture: leave one out.")
    if option.tradeops_gate:
        raise pytest.UsageError("--bench-gate and --tradeops-gate are two runs: leave one out.")
    if not config.pluginmanager.hasplugin("benchmark"):
        raise pytest.UsageError("--bench-gate needs pytest-benchmark, which is switched off: remove `-p no:benchmark`.")
    for name in ("benchmark_skip", "benchmark_disable"):
        if getattr(option, name) and not option.benchmark_only and not option.benchmark_enable:
            raise pytest.UsageError(f"--bench-gate cannot measure with {switch(name)}: leave it out.")


def refuse_without_gate(config: pytest.Config) -> None:
    """Refuses options of the gate in a run without it, which would look as if something had been compared.

    Raises:
        UsageError: one was given.
    """
    for name in VALUES:
        if getattr(config.option, name) is not None:
            raise pytest.UsageError(f"{switch(name)} means nothing without --bench-gate: add it.")
