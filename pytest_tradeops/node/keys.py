"""A node with canary keys on a bad day: orders refused, an exchange that breaks, a crash; and where a key turns up."""

import gzip
import json
import secrets
import string
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..exceptions import Inconclusive
from ..model import Finding
from . import descendants, leaks, order_check, raised
from .places import Member, Place
from .process import NodeProcess
from .spec import Access

PATIENCE = 30.0
#: Variables that NautilusTrader's adapters read keys from.
VARIABLES = (
    "BINANCE_TESTNET_API_KEY",
    "BINANCE_TESTNET_API_SECRET",
    "BINANCE_FUTURES_TESTNET_API_KEY",
    "BINANCE_FUTURES_TESTNET_API_SECRET",
    "BYBIT_TESTNET_API_KEY",
    "BYBIT_TESTNET_API_SECRET",
)
_LONGEST = 64 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_REMEDY = "Log single fields and never a configuration, an environment or a request; then revoke the key."
#: What a place is called to the word in the reason of a finding.
_WORDS = {"log": "log", "output": "output", "file": "file", "child": "child environment", "event": "error event"}


class Faults(Protocol):
    """Of the venue's faults, those that are injected here."""

    def reject_next(self, n: int = 1, *, reason: str = "", match: str = "", **to: Any) -> Any: ...

    def server_error(self, n: int = 1, *, status: int = 503, match: str = "", **to: Any) -> Any: ...

    def clear(self, *, face: str = "") -> int: ...


class Venue(Protocol):
    """What the scenario needs of the venue."""

    @property
    def faults(self) -> Faults: ...

    @property
    def keys(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Searched:
    """One place that was searched.

    Attributes:
        kind: `log`, `output`, `file`, `child`, `event` or `report`.
        text: None if it could not be read; `why` says so.
    """

    kind: str
    where: str
    text: str | None = field(repr=False)
    why: str = ""


def in_environment() -> dict[str, str]:
    """Canaries for the variables that adapters read: made up now, of the shape that exchanges give out."""
    letters = string.ascii_letters + string.digits
    return {name: "".join(secrets.choice(letters) for _ in range(64)) for name in VARIABLES}


def canaries(environ: Mapping[str, str], faces: Mapping[str, Access]) -> dict[str, str]:
    """Name to key: those in the environment, and those that the node's clients are configured with.

    Raises:
        Inconclusive: one is too short to be told from other text.
    """
    found = dict(environ)
    for name, access in sorted(faces.items()):
        found |= {f"api_key of {name}": access.api_key, f"api_secret of {name}": access.api_secret}
    short = leaks.too_short(found)
    if short:
        raise Inconclusive(f"The {short[0]} is too short to be looked for.", remedy="Let the venue make its keys.")
    return found


def bad_day(node: NodeProcess, venue: Venue, nonce: str, *, seconds: float = PATIENCE) -> list[Searched]:
    """Lets everything happen that makes a bot talk, ends in a crash, and gives the places that were filled by it.

    Raises:
        CheckFailed: `orders: no market data`.
        Inconclusive: it did not crash, or its log does not tell of what happened.
    """
    places = node.places()
    team = node.team()
    if not team:
        raise Inconclusive(
            f"{node.spec.config} names no strategies, so nobody of the team's could write a key.",
            remedy="Name them in TradingNodeConfig.strategies, or run `tradeops init strategies`.",
        )
    children = _children(node)
    for member in team:
        own = [place for place in places if place.instrument in member.instruments]
        _trouble(node, venue, member, (own or places)[0], seconds)
    children += _children(node)
    told = json.dumps([list(node.events), repr(node.state())], default=str)
    raising = raised.in_node(node, team[0].id, nonce, "", seconds=seconds)
    end = node.wait(seconds)
    if not raising.handler or end.kind not in ("exited", "crashed", "shut down"):
        raise Inconclusive(
            f"The node did not crash when a handler of {team[0].id} raised, so its last words were not seen.",
            remedy="Let the strategy subscribe to market data that the venue has.",
        )
    files = [
        _read(node.spec.log_directory, path) for path in sorted(node.spec.log_directory.rglob("*")) if _is_file(path)
    ]
    if not any(nonce in (one.text or "") for one in files):
        raise Inconclusive(
            "Nothing of the crash is in the log or in what was printed, so that place was not searched.",
            remedy="Look at the node's logging: it must write its errors somewhere.",
        )
    return [*files, *_elsewhere(node), *_started(node), *children, Searched("report", "what the node tells", told)]


def judge(searched: Sequence[Searched], keys: Mapping[str, str]) -> list[Finding]:
    """One finding per key and place.

    Raises:
        Inconclusive: nothing was found, and a place could not be searched.
    """
    findings = []
    for place in searched:
        for hit in leaks.find(keys, place.text or ""):
            reason = f"api-key: canary in {_WORDS.get(place.kind, place.kind)}"
            findings.append(Finding(reason, f"A key stands in {place.where}: {hit}.", place.where, _REMEDY))
    unread = [one for one in searched if one.text is None]
    if unread and not findings:
        raise Inconclusive(f"{unread[0].where} could not be searched: {unread[0].why}.", remedy="Make it readable.")
    return findings


def _trouble(node: NodeProcess, venue: Venue, member: Member, place: Place, seconds: float) -> None:
    """An order of the strategy's that fills, one that is refused, one that meets a broken exchange."""
    bid, _ = order_check.market(node, place, seconds)
    size, account = str(order_check.quantity(place, bid)), venue.keys[place.face].account
    filled = node.submit(place.instrument, "BUY", size, strategy=member.id)
    node.wait_until(lambda state: (one := state.order(filled)) is not None and not one.open, seconds)
    venue.faults.reject_next(1, face=place.face, account=account)
    refused = node.submit(place.instrument, "BUY", size, strategy=member.id)
    node.wait_until(lambda state: (one := state.order(refused)) is not None and not one.open, seconds)
    venue.faults.server_error(1, face=place.face, account=account)
    node.query(filled)  # the adapter writes what became of the request
    node.submit(place.instrument, "BUY", size, strategy=member.id)
    node.wait_until(lambda state: not state.inflight, seconds)
    venue.faults.clear(face=place.face)


def _children(node: NodeProcess) -> list[Searched]:
    """What the node's child processes were given, and at least one row saying that they were looked for."""
    found = descendants.of(node.pid)
    if found is None:
        return [Searched("child", "the environments of child processes", None, "this system does not show them")]
    rows = [
        Searched("child", f"environment of the child process {one.name}", one.given, "it belongs to somebody else")
        for one in found
    ]
    return rows or [Searched("child", "the environments of child processes (there are none)", "")]


def _started(node: NodeProcess) -> list[Searched]:
    """What was given to each process that it started, also to those that had ended when children were looked at."""
    rows = {(one["started"], one["given"]) for one in node.did if "started" in one}
    return [Searched("child", f"what was given to the process {name}", given) for name, given in sorted(rows)]


def _elsewhere(node: NodeProcess) -> list[Searched]:
    """The files that it wrote outside of its log directory, as far as they are still there."""
    folder = node.spec.log_directory.resolve()
    paths = sorted({Path(one["wrote"]) for one in node.did if "wrote" in one})
    ours = [one for one in paths if _is_file(one) and not one.resolve().is_relative_to(folder) and not _is_cache(one)]
    return [_read(one.parent, one) for one in ours]


def _is_cache(path: Path) -> bool:
    return "__pycache__" in path.parts  # bytecode, of which the source is searched


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _read(folder: Path, path: Path) -> Searched:
    name = path.relative_to(folder).as_posix()
    kind = {"node.jsonl": "log", "output.txt": "output"}.get(name, "file")
    try:
        if path.stat().st_size > _LONGEST:
            return Searched(kind, name, None, "it is larger than 64 MiB")
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        return Searched(kind, name, content.decode("utf-8", "replace"))
    except (OSError, EOFError, zlib.error) as error:
        return Searched(kind, name, None, getattr(error, "strerror", None) or "it cannot be read")
