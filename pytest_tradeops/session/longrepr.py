"""pytest's own representation of a failure: one sentence in place of a traceback, and without secrets."""

from collections.abc import Sequence

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from ..redaction import Redactor


def concise(item: pytest.Item, summary: str, lines: Sequence[str]) -> ReprExceptionInfo:
    """A failure representation of a few lines, which survives xdist and shows `summary` in the short summary."""
    location = item.location
    return _native("\n".join(lines) + "\n", str(item.path), location[1] or 0, summary)


def redacted(report: pytest.TestReport, redactor: Redactor) -> None:
    """Removes secrets from everything that pytest itself prints or writes of a report."""
    report.sections = [(name, redactor.text(text)) for name, text in report.sections]
    if isinstance(report.longrepr, tuple):
        path, line, message = report.longrepr
        report.longrepr = (path, line, redactor.text(message))
    elif report.longrepr is not None:
        text = str(report.longrepr)
        clean = redactor.text(text)
        if clean != text:
            crash = getattr(report.longrepr, "reprcrash", None)
            report.longrepr = _native(
                clean + "\n",
                getattr(crash, "path", report.nodeid),
                getattr(crash, "lineno", 0),
                redactor.text(getattr(crash, "message", "")),
            )


def _native(text: str, path: str, line: int, message: str) -> ReprExceptionInfo:
    return ReprExceptionInfo(
        reprtraceback=ReprTraceback([ReprEntryNative([text])], None, style="native"),
        reprcrash=ReprFileLocation(path, line, message),
    )
