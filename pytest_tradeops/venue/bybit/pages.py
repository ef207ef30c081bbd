"""Cursors: which entry a page ended with, as opaque text."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote

from .errors import params_error


def page[T](
    items: Sequence[T], limit: int, cursor: str | None, key: Callable[[T], str], *, more: bool = True
) -> tuple[Sequence[T], str]:
    """One page, and the cursor of the next one; empty after the last.

    Args:
        cursor: What a client sent back, percent-encoded or not.
        key: Unique among the items, stays the same between two requests.
        more: False leaves the cursor empty always.

    Raises:
        Refusal: 10001 for a cursor that names nothing.
    """
    start = 0
    if cursor:
        wanted = unquote(cursor).removeprefix("page_token:")
        found = next((index for index, item in enumerate(items) if key(item) == wanted), None)
        if found is None:
            raise params_error("params error: cursor invalid")
        start = found + 1
    chunk = items[start : start + limit]
    follows = more and bool(chunk) and start + len(chunk) < len(items)
    return chunk, quote(f"page_token:{key(chunk[-1])}", safe="") if follows else ""


def time_window(
    start: int | None, end: int | None, now_ms: int, *, default_ms: int, longest_ms: int
) -> tuple[int, int]:
    """The documented rules: one end given spans the default, both may span `longest_ms`, none is the latest."""
    if start is not None and end is not None:
        if start > end:
            raise params_error("params error: startTime invalid")
        if end - start > longest_ms:
            raise params_error(
                f"The time range between startTime and endTime cannot exceed {longest_ms // 86_400_000} days"
            )
        return start, end
    if start is not None:
        return start, start + default_ms
    if end is not None:
        return end - default_ms, end
    return now_ms - default_ms, now_ms + 1_000


def result(category: str | None, chunk: Sequence[Any], cursor: str) -> dict[str, Any]:
    body: dict[str, Any] = {"list": list(chunk), "nextPageCursor": cursor}
    return body | {"category": category} if category else body
