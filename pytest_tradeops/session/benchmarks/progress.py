"""Shows how a duet goes on."""

from typing import Any

import pytest

from ...bench.duet import table
from ...bench.duet.pair import PairResult
from ...bench.duet.suite import Suite


class Progress:
    """A line that is written over on a terminal; elsewhere a line for each pair. Quiet runs show nothing."""

    def __init__(self, config: pytest.Config) -> None:
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._reporter = reporter
        self._shows = bool(reporter and reporter.verbosity >= 0)
        self._live = bool(self._shows and reporter.isatty)

    def line(self, text: str) -> None:
        if self._shows:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"bench: {text}")

    def measuring(self, suite: Suite, name: str) -> None:
        if self._live:
            width = max(20, self._reporter._tw.fullwidth - 1)
            self._reporter.rewrite(f"bench: {table.progress(suite)}, {name}"[:width], erase=True)

    def paired(self, suite: Suite, result: PairResult) -> None:
        if not self._live:
            self.line(f"{table.progress(suite)} ({result.seconds:.1f} s)")

    def clear(self) -> None:
        """Leaves the place to what comes next."""
        if self._live:
            self._reporter.rewrite("", erase=True)
