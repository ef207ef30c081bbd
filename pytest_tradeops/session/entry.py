"""What every pytest run with the plugin installed goes through. Cheap: an ordinary run ends in the first `if`."""

import pytest

from .benchmarks import VALUES

_OPTIONS = (
    "tradeops_gate",
    "tradeops_report",
    "tradeops_html",
    "tradeops_summary",
    "tradeops_faults",
    "tradeops_subject",
)
#: With these pytest answers a question and runs no session.
_QUESTIONS = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test", "cacheshow")
_NO_VERDICT = (
    "tradeops: HOLD: the gate was taken out of the run, so nothing was judged. Find the conftest or plugin that does "
    "it, or gate with `tradeops verify`, which runs without them.\n"
)


def concluded(config: pytest.Config, code: "int | pytest.ExitCode | None") -> "int | pytest.ExitCode | None":
    """The exit code of a gated run: a green one that nobody has judged is HOLD."""
    import sys

    from ..gate import Verdict
    from .keys import STATE, is_worker

    asked = any(getattr(config.option, name, None) for name in _QUESTIONS)
    state = config.stash.get(STATE, None)
    if code or asked or is_worker(config) or (state is not None and state.concluded):
        return code
    sys.stderr.write(_NO_VERDICT)
    return Verdict.HOLD.exit_code


def configure(config: pytest.Config) -> None:
    """Sets the run up if it asks for anything of ours."""
    option = config.option
    asked = (
        any(getattr(option, name) for name in _OPTIONS)
        or "verification" in (option.markexpr or "")
        or any(one.startswith("tradeops/") for one in config.args)
        or bool(getattr(config, "workerinput", {}).get("tradeops_selected"))
    )
    if asked:
        from .setup import configure as set_up

        set_up(config)
    if option.bench_gate or option.bench_aa:
        from .benchmarks.gate import BenchGate
        from .benchmarks.refusals import refuse

        refuse(config)
        config.pluginmanager.register(BenchGate(config), "tradeops-bench-gate")
    elif any(getattr(option, name) is not None for name in VALUES):
        from .benchmarks.refusals import refuse_without_gate

        refuse_without_gate(config)
    if getattr(option, "dist", "no") != "no" and not hasattr(config, "workerinput"):
        from .workers import WorkerSetup

        config.pluginmanager.register(WorkerSetup(), "tradeops-workers")


def header(config: pytest.Config) -> list[str]:
    """One line, only when checks are what this run is about."""
    if not config.pluginmanager.has_plugin("tradeops-suites"):
        return []
    from .keys import state_of

    state = state_of(config)
    judged = f"judged as {state.gate!r}" if state.gate else "not judged (no --tradeops-gate)"
    return [f"tradeops: subject {state.root.name}, {judged}, planted faults: {state.faults}"]


def adopt(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Registers the check runtime when at least one collected test is a check."""
    if not any(item.get_closest_marker("verification") for item in items):
        return
    from .declare import adopt

    adopt(config, items)
    _register(config)


def _register(config: pytest.Config) -> None:
    if config.pluginmanager.has_plugin("tradeops-runtime"):
        return
    from .bounds import Bounds
    from .keys import state_of
    from .runtime import CheckRuntime, FaultsOnly

    config.pluginmanager.register(CheckRuntime(config), "tradeops-runtime")
    config.pluginmanager.register(Bounds(config), "tradeops-bounds")
    if state_of(config).faults == "only":
        config.pluginmanager.register(FaultsOnly(), "tradeops-faults-only")


def adopt_late(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes in what became a check after `adopt`: a marker that a hook of the subject's added."""
    if not any(item.get_closest_marker("verification") for item in items):
        return
    from .declare import adopt_late

    adopt_late(config, items)
    _register(config)


def unconfigure(config: pytest.Config) -> None:
    """Stops what the run started."""
    import sys

    if "pytest_tradeops.session.workers" in sys.modules:
        sys.modules["pytest_tradeops.session.workers"].close_services(config)
