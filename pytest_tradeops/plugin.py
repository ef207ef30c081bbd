"""Options, markers and wiring; no behaviour. Everything heavier is imported when a run turns out to need it."""

from typing import TYPE_CHECKING

import pytest

# Imported by name: each entry of `pytest_plugins` would make pytest look through every installed distribution (4 ms).
from .fixtures.alert_rules import alert_rules as alert_rules
from .fixtures.backtest import _backtest as _backtest
from .fixtures.backtest import backtest as backtest
from .fixtures.bench import _on_demand as _on_demand
from .fixtures.bench import _quiet_machine as _quiet_machine
from .fixtures.bench import bench_backtest as bench_backtest
from .fixtures.bench import bench_collector as bench_collector
from .fixtures.bench import bench_node as bench_node
from .fixtures.bench import bench_questdb as bench_questdb
from .fixtures.core import _copies as _copies
from .fixtures.core import _evidence as _evidence
from .fixtures.core import _subject as _subject
from .fixtures.core import evidence as evidence
from .fixtures.core import subject as subject
from .fixtures.github import _github as _github
from .fixtures.grafana import _grafana as _grafana
from .fixtures.grafana import grafana as grafana
from .fixtures.inboxes import _discord as _discord
from .fixtures.inboxes import _telegram as _telegram
from .fixtures.inboxes import discord_inbox as discord_inbox
from .fixtures.inboxes import telegram_inbox as telegram_inbox
from .fixtures.metrics import _metrics as _metrics
from .fixtures.metrics import metrics as metrics
from .fixtures.node import _measured as _measured
from .fixtures.node import _paper_node as _paper_node
from .fixtures.node import _trading_node as _trading_node
from .fixtures.node import paper_node as paper_node
from .fixtures.node import trading_node as trading_node
from .fixtures.questdb import _questdb as _questdb
from .fixtures.questdb import questdb as questdb
from .fixtures.sentry import _sentry as _sentry
from .fixtures.sentry import _sentry_service as _sentry_service
from .fixtures.sentry import sentry_capture as sentry_capture
from .fixtures.testnet import _testnet as _testnet
from .fixtures.venue import _spare_venue as _spare_venue
from .fixtures.venue import _venue as _venue
from .fixtures.venue import venue as venue

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.config import PytestPluginManager

    type ExitCode = int | pytest.ExitCode | None

_MARKER = (
    "verification(*, id, suite, title, severity, covers, min_grade, budget, requires): one check of a promotion "
    "checklist (pytest-tradeops); keyword arguments only, so that -m \"verification(suite='security')\" works"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    # Help texts: capital first letter, no full stop for a single phrase.
    group = parser.getgroup("tradeops", "promotion checks (pytest-tradeops)")
    add = group.addoption
    add(
        "--tradeops-gate",
        metavar="PROFILE",
        help="Judge this run as PROFILE: run the packaged suites and planted faults",
    )
    add("--tradeops-report", metavar="PATH", help="Write the JSON report there")
    add("--tradeops-html", metavar="PATH", help="Write the self-contained HTML report there")
    add("--tradeops-summary", metavar="PATH", help="Write the Markdown summary there")
    add(
        "--tradeops-faults",
        choices=("with", "only", "off"),
        help="Run planted faults in an ordinary run (default: off)",
    )
    add("--tradeops-subject", metavar="DIR", help="The project under verification (default: the rootdir)")
    bench = parser.getgroup("tradeops-bench", "benchmarks against a base (pytest-tradeops)").addoption
    bench("--bench-gate", action="store_true", help="Run the selected benchmarks against those of a base tree")
    bench("--bench-base", metavar="REF", help="A git ref, wheel, directory or name (default: the merge base)")
    bench("--bench-aa", action="store_true", help="Run the base against itself: what this machine can see")
    bench("--bench-budget", metavar="MINUTES", type=float, help="What is undecided then is inconclusive (default: 20)")
    bench("--bench-ir", choices=("auto", "all", "off"), help="Count instructions under valgrind (default: auto)")
    bench("--bench-report", metavar="PATH", help="Write every pair and verdict as JSON there")
    bench("--bench-html", metavar="PATH", help="Write a self-contained page with every pair and the history there")
    bench("--bench-summary", metavar="PATH", help="Write the Markdown for a pull request there")


def pytest_addhooks(pluginmanager: "PytestPluginManager") -> None:
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> "Generator[None, ExitCode, ExitCode]":
    code = yield
    if config.option.tradeops_gate:
        from .session import entry

        code = entry.concluded(config, code)
    return code


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    from .session import entry

    entry.configure(config)


def pytest_report_header(config: pytest.Config) -> list[str]:
    from .session import entry

    return entry.header(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    # Before `-m` is applied, so that `-m benchmark` finds them. A marker with settings, which a class or module may
    # have, is the closest one for pytest-benchmark and must stay that.
    if "benchmark" in getattr(item, "fixturenames", ()) and item.get_closest_marker("benchmark") is None:
        item.add_marker(pytest.mark.benchmark)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from .session import entry

    entry.adopt(config, items)


def pytest_unconfigure(config: pytest.Config) -> None:
    from .session import entry

    entry.unconfigure(config)
