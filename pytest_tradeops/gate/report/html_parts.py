"""The pieces that the HTML page is made of. All of them escape what they are given, unless they say otherwise."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from .as_json import plain
from .text import block, one_line

_TEXT = 4_000
_FACT = 2_000
_ATTACHMENT = 20_000
_PICTURE = 1_000_000

_CODE = re.compile(r"`([^`\n]+)`")


def card(title: str, content: str) -> str:
    """A titled part of the page."""
    return f'<section class="card"><h2>{title}</h2>{content}</section>'


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table without the columns that are empty in every row; nothing without rows. Cells are markup already."""
    rows = list(rows)
    filled = [place for place in range(max(map(len, rows), default=0)) if any(row[place] for row in rows)]
    if not filled:
        return ""
    body = "".join(f"<tr>{''.join(f'<td>{row[place]}</td>' for place in filled)}</tr>" for row in rows)
    head = f"<tr>{''.join(f'<th>{header[place]}</th>' for place in filled)}</tr>" if header else ""
    name = f"<h3>{title}</h3>" if title else ""
    return f'{name}<table class="{kind}">{head}{body}</table>'


def line(text: str, limit: int) -> str:
    """Escaped text on one line."""
    return escape(one_line(text, limit))


def prose(text: str) -> str:
    """Escaped text; a pair of backticks makes code."""
    return _CODE.sub(r"<code>\1</code>", escape(block(text, _TEXT)))


def facts(title: str, facts: Mapping[str, Any]) -> str:
    """Facts as a table of names and JSON values."""
    rows: list[Sequence[str]] = []
    for name, value in plain(facts).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
        flat = one_line(text, _FACT)
        shown = prose(flat) if len(flat) <= 120 else f"<pre>{escape(block(text, _FACT))}</pre>"
        rows.append((line(name, 80), shown))
    return table(title, (), rows, "facts")


def artifact(name: str, media_type: str, text: str) -> str:
    """An attachment: SVG as an image, anything else as folded text, whatever its media type claims."""
    caption = f"<figcaption>{line(name, 120)}</figcaption>"
    if media_type.partition(";")[0].strip().lower() == "image/svg+xml":
        if len(text) > _PICTURE:
            return f"<figure>{caption}<p>The picture is too large for this page; see the JSON report.</p></figure>"
        data = base64.b64encode(text.encode("utf-8", errors="replace")).decode()
        return f'<figure><img alt="{line(name, 120)}" src="data:image/svg+xml;base64,{data}">{caption}</figure>'
    return (
        f'<details class="more"><summary>{line(name, 120)}</summary>'
        f"<pre>{escape(block(text, _ATTACHMENT))}</pre></details>"
    )
