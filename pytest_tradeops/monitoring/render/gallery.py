"""Every dashboard of a subject as a picture, from a server's real rows or from sample ones."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...exceptions import TradeopsError
from ..asking import Answer, Database, ask
from ..panels import DashboardError, DashboardView, read_dashboard
from ..sql import TimeRange
from .figure import Format, picture, svg

FORMATS = ("svg", "png", "json")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One written file; `empty` and `failed` name panels without rows, and panels whose query fails."""

    file: Path
    panels: int
    rows: int
    empty: tuple[str, ...]
    failed: tuple[str, ...]


def dashboards(folder: Path, wanted: Sequence[str] = ()) -> list[DashboardView]:
    """The subject's dashboards by uid, all of them or those that are wanted.

    Raises:
        TradeopsError: there are none, or one that is wanted is not there.
    """
    views = []
    for file in sorted(folder.glob("dashboards/**/*.json")):
        try:
            views.append(read_dashboard(file))
        except DashboardError:
            continue  # `tradeops monitoring lint` says what is wrong with it
    known = {one.uid: one for one in views}
    missing = [uid for uid in wanted if uid not in known]
    if missing or not views:
        named = f"No dashboard has the uid {missing[0]!r}" if missing else "There are no dashboards"
        raise TradeopsError(
            f"{named} under {folder.name}/.",
            remedy=f"There are {', '.join(sorted(known))}." if known else "Run `tradeops init monitoring`.",
        )
    return [known[uid] for uid in wanted] if wanted else views


def render(
    views: Iterable[DashboardView], database: Database, out: Path, *, source: str, format: str, now_ns: int = 0
) -> Iterator[Drawn]:
    """Writes a file for each dashboard, with what it shows over its own time range; yields each when it is there."""
    out.mkdir(parents=True, exist_ok=True)
    for view in views:
        now = now_ns or time.time_ns()
        span = TimeRange(now - view.range_ms * 10**6, now)
        answers = ask(view, database, span)
        file = out / f"{view.uid or view.file.stem}.{format}"
        file.write_bytes(_content(view, answers, span, source, format))
        yield Drawn(
            file,
            len(view.panels),
            sum(one.rows for one in answers),
            tuple(one.name for one in answers if not one.error and not one.rows),
            tuple(f"{one.name}: {one.error}" for one in answers if one.error),
        )


def _content(view: DashboardView, answers: Sequence[Answer], span: TimeRange, source: str, format: str) -> bytes:
    if format == "json":
        return _as_json(view, answers, span, source).encode()
    if format == "svg":
        return (svg(view, answers, span, source=source) + "\n").encode()
    chosen: Format = "png"
    return picture(view, answers, span, source=source, format=chosen)


def _as_json(view: DashboardView, answers: Sequence[Answer], span: TimeRange, source: str) -> str:
    """What each query came back with; times are nanoseconds since 1970."""
    panels = [
        {
            "panel": one.panel.title,
            "query": one.query.ref,
            "sql": one.sql,
            "error": one.error,
            "frames": [
                [
                    {"name": field.name, "type": field.type, "labels": dict(field.labels), "values": list(field.values)}
                    for field in frame.fields
                ]
                for frame in one.frames
            ],
        }
        for one in answers
    ]
    document = {"uid": view.uid, "title": view.title, "source": source, "from": span.from_ns, "to": span.to_ns}
    return json.dumps({**document, "panels": panels}, indent=2, ensure_ascii=False) + "\n"
