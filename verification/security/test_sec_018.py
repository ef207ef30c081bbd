"""SEC-018: no key that the bot is given turns up in anything that it writes, sends or hands on."""

import secrets

import pytest

from pytest_tradeops.fixtures.on_venue import Nodes, Venue
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.node import guarding, keys, planting
from pytest_tradeops.security import literals
from pytest_tradeops.standins.sentry import SentryCapture
from pytest_tradeops.standins.sentry_probe import entry_file
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-018",
    suite="security",
    title="no API key turns up in logs, output, crash, error events or child processes, nor in the source",
    severity="critical",
    covers=("3.3.2",),
    min_grade="embedded",
    budget="240s",
    requires=("nautilus_trader", "aiohttp", "bandit"),
)
def test_sec_018(
    _subject: Subject, _trading_node: Nodes, _venue: Venue, _sentry: SentryCapture, _evidence: Evidence
) -> None:
    """Runs the subject's node with canary keys, has a bad day with it, and searches all that comes out of it.

    The keys of the venue's accounts are in the configuration of its clients, others in the variables that the adapters
    read. An order of each strategy fills, one is refused, one meets an exchange that answers 503; then a handler
    raises, and NautilusTrader ends the process. Searched are every file of the node's log directory (the log, what it
    printed, its last words), files that its Python code wrote anywhere else, what it tells about orders, the error
    events at the stand-in of Sentry, and environments and command lines of every process that it starts: for each key
    as it is, in part, percent-quoted, escaped, reversed, in hex, in base64 and in UTF-16. Literals in the strategies
    are found by trading rule T103.

    A place that could not be searched makes it inconclusive. It does not prove anything about a key that is encrypted
    or sent elsewhere, nor about files that native code writes outside of the log directory.
    """
    guarding.require(_subject.root, _subject.settings.node)
    entry = _subject.settings.sentry.entry
    if entry_file(_subject.root, entry) is None:
        _evidence.inconclusive(
            f"There is no start-up {entry} of error tracking, so error events could not be searched.",
            remedy="Run `tradeops init strategies`, or name yours in [tool.tradeops.sentry] entry.",
        )
    environ = keys.in_environment()
    variables = {**environ, "SENTRY_DSN": _sentry.dsn}
    node = _trading_node(graceful=False, start_up=entry, environ=variables, last_words=True)
    given = keys.canaries(environ, node.spec.faces)
    nonce = f"raised {secrets.token_hex(8)}"
    searched = keys.bad_day(node, _venue, nonce)
    _sentry.server.settle("10s")
    for number, raw in enumerate(_sentry.raw, 1):
        searched.append(keys.Searched("event", f"error event {number}", raw.decode("utf-8", "replace")))
    name = _subject.settings.strategies
    source = literals.search(_subject.path(name), name)
    _evidence.fact(
        keys=sorted(given), places=sorted({one.where for one in searched if one.kind not in ("event", "file")})
    )
    _evidence.examined(len(searched), "places searched", source=_venue)
    _evidence.examined(len(given), "keys looked for", source=_venue)
    _evidence.examined(source.lines, "lines of strategy code", source=Grade.EMBEDDED)
    _evidence.report([*source.findings, *keys.judge(searched, given)])
    if not any(event.mentions(nonce) for event in _sentry.events):
        _evidence.inconclusive(
            "The crash did not arrive as an error event, so error events could not be searched.",
            remedy="SEC-004 says what is missing.",
        )


@planted_fault(
    check="SEC-018",
    covers="3.3.2",
    title="a strategy logs its configuration with the key in it",
    expects="api-key: canary in log",
)
def logs_its_key(_subject: Subject) -> None:
    for path, text in planting.logging_its_key(_subject.root, _subject.settings.node.config):
        _subject.write(path, text)
