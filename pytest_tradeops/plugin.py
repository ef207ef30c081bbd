"""Options, markers and wiring; no behaviour. Everything heavier is imported when a run turns out to need it."""

from typing import TYPE_CHECKING

import pytest

# Imported by name: each entry of `pytest_plugins` would make pytest look through every installed distribution (4 ms).
from .fixtures.backtest import _backtest as _backtest
from .fixtures.backtest import backtest as backtest
from .fixtures.core import _evidence as _evidence
from .fixtures.core import _subject as _subject
from .fixtures.core import evidence as evidence
from .fixtures.core import subject as subject
from .fixtures.questdb import _questdb as _questdb
from .fixtures.questdb import questdb as questdb
from .fixtures.sentry import _sentry as _sentry
from .fixtures.sentry import sentry_capture as sentry_capture

if TYPE_CHECKING:
    from _pytest.config import PytestPluginManager

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


def pytest_addhooks(pluginmanager: "PytestPluginManager") -> None:
    from . import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    from .session import entry

    entry.configure(config)


def pytest_report_header(config: pytest.Config) -> list[str]:
    from .session import entry

    return entry.header(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from .session import entry

    entry.adopt(config, items)


def pytest_unconfigure(config: pytest.Config) -> None:
    from .session import entry

    entry.unconfigure(config)
