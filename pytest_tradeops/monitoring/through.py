"""Opens the subject's dashboards in a Grafana, and looks there for what a bot has traded.

`asking` asks a database what Grafana would ask it. Here Grafana itself is asked: it looks the data source up, expands
the macros, and reads the database over the PostgreSQL wire.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..exceptions import CheckFailed, DeclarationError
from ..model import Finding
from .asking import Database, resolve
from .panels import DashboardError, DashboardView, read_dashboard
from .planting import edited, mentions
from .sql import TimeRange, with_variables

#: What a trade is written to, and what is written there only by one.
TRADED = ("trading_orders", "order_latency", "trading_positions", "trading_pnl")


class Shown(Protocol):
    """What a Grafana gave for one query."""

    @property
    def error(self) -> str: ...
    @property
    def no_datasource(self) -> bool: ...
    @property
    def rows(self) -> int: ...
    @property
    def frames(self) -> Sequence[object]: ...


class Board(Protocol):
    """A place on a Grafana."""

    def dashboard(self, given: Mapping[str, Any], *, sql: Callable[[str], str]) -> str: ...
    def panels(
        self, uid: str, *, start: int, end: int, sql: Callable[[str], str]
    ) -> Sequence[tuple[str, str, Shown]]: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """One query of a panel, and what Grafana gave.

    Attributes:
        file: Of the dashboard.
        sql: As Grafana stores it: on this run's tables, without the browser's variables.
    """

    file: str
    panel: str
    sql: str
    shown: Shown

    @property
    def where(self) -> str:
        return f"{self.file}: {self.panel}" if self.panel else self.file


class Dashboards:
    """The subject's dashboards in a folder of that Grafana.

    Args:
        folder: The subject's monitoring folder.
        rename: From a statement to the same one on this run's tables.

    Raises:
        CheckFailed: there is none, or one cannot be read.
    """

    def __init__(self, folder: Path, board: Board, rename: Callable[[str], str]) -> None:
        files = sorted((folder / "dashboards").rglob("*.json"))
        if not files:
            raise CheckFailed(
                [
                    Finding(
                        "dashboard: missing",
                        "The subject has no dashboards.",
                        f"{folder.name}/dashboards",
                        "Run `tradeops init monitoring`.",
                    )
                ]
            )
        try:
            self._views = [read_dashboard(file) for file in files]
        except DashboardError as error:
            raise CheckFailed([Finding("dashboard: missing", error.message, folder.name, error.remedy)]) from None
        self._board = board
        # Grafana keeps the panels in the order of the file, and gives each query's text back as it was renamed.
        self._uids = {view.uid: board.dashboard(view.raw, sql=rename) for view in self._views}

    def __len__(self) -> int:
        return len(self._views)

    def open(self, span: TimeRange, database: Database) -> list[Opened]:
        """What every query of every panel gives, variables as they are when the dashboard is opened."""
        return [one for view in self._views for one in self._open(view, span, database)]

    def _open(self, view: DashboardView, span: TimeRange, database: Database) -> list[Opened]:
        variables = resolve(view.variables, database, span)

        def browser(sql: str) -> str:
            return with_variables(variables.fill(sql), span, variables.values)

        start, end = span.from_ns // 10**6, span.to_ns // 10**6
        found = self._board.panels(self._uids[view.uid], start=start, end=end, sql=browser)
        return [Opened(view.file.name, title, sql, shown) for title, sql, shown in found]


def failures(opened: Sequence[Opened]) -> list[Finding]:
    """What keeps a panel from being drawn, whatever there is to show."""
    findings = []
    for one in opened:
        if one.shown.no_datasource:
            reason, remedy = "grafana: data source not found", "Name the uid of a provisioned data source in the panel."
        elif one.shown.error:
            reason, remedy = "grafana: query failed", "Compare it with what `tradeops init monitoring` writes."
        else:
            continue
        finding = Finding(reason, f"Grafana says: {one.shown.error.rstrip('.')}.", one.where, remedy)
        if finding not in findings:
            findings.append(finding)
    return findings


def unseen(
    before: Sequence[Opened], after: Sequence[Opened], written: Mapping[str, int], named: Callable[[str], str]
) -> list[Finding]:
    """What the bot has written and no panel shows.

    Args:
        before: While the tables were empty: a count that is still 0 shows nothing.
        written: Table to its rows; every row is of the trade.
        named: A table's name as statements have it here.
    """
    earlier = {(one.where, one.sql): one.shown.frames for one in before}
    findings = []
    for table, rows in written.items():
        asking = [one for one in after if mentions(one.sql, named(table))]
        if not rows:
            finding = Finding(
                "grafana: trade not recorded",
                f"The bot traded, but wrote no row to {table}.",
                table,
                "Add the collector to the node's configuration; docs/monitoring.md says how.",
            )
        elif not any(one.shown.rows and one.shown.frames != earlier.get((one.where, one.sql)) for one in asking):
            shown = f"the {len(asking)} queries that ask for it show nothing new" if asking else "no panel asks for it"
            finding = Finding(
                "grafana: trade not visible",
                f"The trade is in {table} ({rows} rows), but {shown}.",
                asking[0].where if asking else table,
                "Compare the dashboards with what `tradeops init monitoring` writes.",
            )
        else:
            continue
        findings.append(finding)
    return findings


def misspelt(folder: Path, root: Path) -> tuple[str, str]:
    """A dashboard whose first query names a data source that is not there: its path from `root`, and the new text.

    Raises:
        DeclarationError: no dashboard has a query.
    """
    for file in sorted((folder / "dashboards").rglob("*.json")):
        view = read_dashboard(file)
        for panel in view.panels:
            for query in panel.queries:
                if not query.hidden and query.sql.strip():
                    text = edited(view, {(*query.place, "datasource"): {"type": "postgres", "uid": "questbd"}})
                    return file.resolve().relative_to(root.resolve()).as_posix(), text
    raise DeclarationError("No dashboard has a query whose data source could be misspelt.")
