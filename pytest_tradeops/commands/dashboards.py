"""`tradeops dashboards render`: pictures of the subject's dashboards, without Grafana."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import TradeopsError
from .context import Context, Verbs, add_verb, say, warn

if TYPE_CHECKING:
    from ..monitoring.asking import Database

_FORMATS = ("svg", "png", "json")  # those of `gallery.render`, which is not loaded for other verbs

_DESCRIPTION = (
    "Asks QuestDB what the subject's dashboards ask when they are opened, and draws the answers. The rows are those of "
    "the server in TRADEOPS_QUESTDB_URL; with --sample they are made up, on a server that is started for it."
)


def add(verbs: Verbs, common: argparse.ArgumentParser) -> None:
    parser = add_verb(verbs, [], "dashboards", "Draw dashboards from real rows")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = add_verb(actions, [common], "render", "Write a picture of each dashboard", description=_DESCRIPTION)
    action.add_argument("uids", nargs="*", metavar="UID", help="Of dashboards (default: all)")
    action.add_argument("--out", type=Path, default=Path("dashboards"), metavar="DIR", help="Default: dashboards/")
    action.add_argument("--format", choices=_FORMATS, default="svg", help="Default: svg; json: the rows")
    action.add_argument("--sample", action="store_true", help="Draw made-up rows")
    action.set_defaults(run=run)


def run(context: Context, options: argparse.Namespace) -> int:
    from ..monitoring.render import gallery

    views = gallery.dashboards(context.root / context.settings.monitoring.path, options.uids)
    failed = 0
    with _rows(context, options.sample) as (database, source):
        try:
            for one in gallery.render(views, database, options.out, source=source, format=options.format):
                failed += len(one.failed)
                say(f"wrote {_shown(one.file)}  ({one.panels} panels, {one.rows} rows, {len(one.empty)} empty)")
                for problem in one.failed:
                    warn(f"{one.file.stem}: {problem}")
        except OSError as error:
            raise TradeopsError(f"{error.filename}: {error.strerror}.", remedy="Choose another --out.") from None
    return 1 if failed else 0


def _shown(file: Path) -> str:
    return os.path.relpath(file) if file.is_absolute() else str(file)


@contextmanager
def _rows(context: Context, sample: bool) -> "Iterator[tuple[Database, str]]":
    """What is asked, and what the picture says about it."""
    from ..questdb_sql import QuestDb

    settings = context.settings.services
    if not sample:
        if not settings.questdb_url:
            raise TradeopsError(
                "No QuestDB is configured whose rows could be drawn.",
                remedy="Set TRADEOPS_QUESTDB_URL, or draw made-up rows with --sample.",
            )
        with QuestDb(settings.questdb_url, token=settings.questdb_token) as database:
            yield database, "rows of the configured server"
        return
    import time

    from ..monitoring.place import MetricsPlace
    from ..monitoring.scenario import sample as rows
    from ..services.broker import Broker
    from ..services.questdb.client import QuestDbClient

    warn("starting a QuestDB for the sample rows")
    broker = Broker(settings)
    try:
        client = QuestDbClient(broker)
        with QuestDb(client.handle.endpoints["http"], token=client.handle.endpoints.get("token", "")) as direct:
            place = MetricsPlace(client, direct)
            try:
                rows.fill(place, time.time_ns)
                yield place, rows.NAME
            finally:
                place.close()
                client.close()
    finally:
        broker.close()
